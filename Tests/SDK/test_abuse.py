"""Hostile peers on the tunnel's and the API's port, fed from the fuzzer's kept inputs: others are served in the usual time."""

import os
import random
import socket
import ssl
import threading
import time
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from conftest import NAMES, running

CORPORA = Path(__file__).resolve().parents[1] / "Fuzz" / "Corpora"
# As many as the promise says; fewer while something else is looked for.
REQUESTS = int(os.environ.get("ADIT_ABUSE", "10000"))
SEED = int(os.environ.get("ADIT_SEED", random.randrange(1 << 32)))


@pytest.fixture(scope="module")
def abused(tmp_path_factory):
    """A relay of its own: whoever shows it wrong keys is slowed for a while."""
    with running(tmp_path_factory.mktemp("abused"), NAMES, ["lonely"]) as house:
        yield house


def corpus(name):
    return [path.read_bytes() for path in sorted((CORPORA / name).iterdir())]


def connect(relay):
    place = urlsplit(relay.url)
    context = ssl.create_default_context(cafile=str(relay.authority))
    return context.wrap_socket(
        socket.create_connection((place.hostname, place.port), timeout=30), server_hostname=place.hostname
    )


class Watch:
    """Asks for a page again and again, and remembers the longest wait."""

    def __init__(self, relay):
        self.relay = relay
        self.context = ssl.create_default_context(cafile=str(relay.authority))
        self.longest = 0.0
        self.count = 0
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.run)

    def run(self):
        while not self.over.wait(0.05):
            start = time.monotonic()
            with urllib.request.urlopen(self.relay.url + "/healthz", context=self.context, timeout=30) as answer:
                assert answer.status == 200
            self.longest = max(self.longest, time.monotonic() - start)
            self.count += 1

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()


def mutate(numbers, data):
    data = bytearray(data or b"{}")
    for _ in range(numbers.randrange(1, 6)):
        place = numbers.randrange(len(data))
        match numbers.randrange(4):
            case 0:
                data[place] = numbers.randrange(256)
            case 1:
                del data[place : place + numbers.randrange(1, 20)]
                data = data or bytearray(b"[")
            case 2:
                data[place:place] = numbers.randbytes(numbers.randrange(1, 20))
            case 3:
                data[place:place] = data[: numbers.randrange(len(data))]
    return bytes(data)


def ask(relay, key, share, numbers, bodies, paths, outcomes):
    """Sends malformed requests on one connection after the other, each as long as the relay keeps it."""
    connection, reader = None, None
    for _ in range(share):
        if connection is None:
            connection = connect(relay)
            reader = connection.makefile("rb")
        body = mutate(numbers, numbers.choice(bodies))
        head = (
            f"POST {numbers.choice(paths)} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {key}\r\n"
            f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        ).encode()
        if numbers.randrange(10) == 0:
            head = mutate(numbers, head)
        keeps = False
        try:
            connection.sendall(head + body)
            if not head.endswith(b"\r\n\r\n") or f"content-length: {len(body)}\r\n".encode() not in head:
                # What is no request any more may wait for ever: its caller leaves.
                outcomes["left"] = outcomes.get("left", 0) + 1
                connection.close()
                connection = None
                continue
            status = reader.readline()
            outcomes[status[9:12]] = outcomes.get(status[9:12], 0) + 1
            length, keeps = 0, status.startswith(b"HTTP/1.1 ")
            while (line := reader.readline()) not in (b"\r\n", b""):
                name, _, value = line.decode("latin-1").partition(":")
                if name.lower() == "content-length":
                    length = int(value)
                keeps = keeps and (name.lower(), value.strip().lower()) != ("connection", "close")
                keeps = keeps and name.lower() != "transfer-encoding"
            reader.read(length)
        except OSError:
            outcomes["closed"] = outcomes.get("closed", 0) + 1
            keeps = False
        if not keeps:
            connection.close()
            connection = None
    if connection:
        connection.close()


def test_malformed_requests(abused):
    print(f"ADIT_SEED={SEED}")
    sources = {
        "Request": ["/v1/chat/completions", "/v1/completions", "/v1/embeddings"],
        "MessagesRequest": ["/v1/messages", "/v1/messages/count_tokens"],
        "ResponsesRequest": ["/v1/responses"],
        "GeminiRequest": ["/v1beta/models/gemma-tunnel:generateContent"],
    }
    outcomes = {}
    with Watch(abused.relay) as watch:
        threads = [
            threading.Thread(
                target=ask,
                args=(
                    abused.relay,
                    abused.key,
                    REQUESTS // 8,
                    random.Random(SEED + index),
                    corpus(list(sources)[index % 4]),
                    sources[list(sources)[index % 4]],
                    outcomes,
                ),
            )
            for index in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    print(f"{outcomes}; {watch.count} others were answered, the slowest after {watch.longest:.2f} s")
    assert watch.count > 0 and watch.longest < 5
    assert not {status for status in outcomes if status in (b"500", b"502", b"504")}, outcomes
    assert outcomes.get(b"400", 0) > REQUESTS // 10, outcomes


def enter(relay, token, number):
    connection = connect(relay)
    connection.sendall(
        "GET /.well-known/adit/tunnel HTTP/1.1\r\nhost: localhost\r\nconnection: Upgrade\r\nupgrade: adit-tunnel-1\r\n"
        f"authorization: Bearer {token}\r\nadit-session: hostile{number}\r\nadit-generation: 1\r\n\r\n".encode()
    )
    head = b""
    while b"\r\n\r\n" not in head:
        data = connection.recv(4096)
        assert data, head
        head += data
    assert head.startswith(b"HTTP/1.1 101 "), head
    return connection


def test_hostile_peers_on_tunnels(abused):
    """Every kept input of the tunnel's fuzzer as the bytes of a connector."""
    print(f"ADIT_SEED={SEED}")
    numbers = random.Random(SEED)
    inputs = corpus("QMux") + corpus("Control")
    token = abused.relay.administer("token", "create", "hostile-*")["secret"]
    parameters = bytes.fromhex("09ff5153300d0a0d0a00")
    with Watch(abused.relay) as watch:
        for number, data in enumerate(inputs):
            connection = enter(abused.relay, token, number)
            try:
                # Half of them introduce themselves properly first.
                connection.sendall((parameters if number % 2 else b"") + data + mutate(numbers, data))
            except OSError:
                pass
            connection.close()
    print(f"{watch.count} others were answered, the slowest after {watch.longest:.2f} s")
    assert watch.count > 0 and watch.longest < 5
    body = b'{"model":"gemma-tunnel","messages":[{"role":"user","content":"Hello"}]}'
    request = urllib.request.Request(
        abused.relay.url + "/v1/chat/completions",
        data=body,
        headers={"authorization": f"Bearer {abused.key}", "content-type": "application/json"},
    )
    with urllib.request.urlopen(request, context=watch.context, timeout=30) as answer:
        assert answer.status == 200

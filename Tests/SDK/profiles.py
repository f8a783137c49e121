"""A relay that is set up as one of the profiles in deploy/profiles says, with a scripted model behind it."""

import json
import os
import re
import subprocess
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from types import SimpleNamespace
import ssl

from programs import FOLDER, ROOT, Connector, Relay
from upstream import MODEL, Handler, Upstream

DEPLOYMENT = "gemma-tunnel"
SAY = [{"role": "user", "content": "Hello"}]


class Answer:
    """What came back: status, headers, text."""

    def __init__(self, status, headers, text):
        self.status, self.headers, self.text = status, headers, text

    @property
    def json(self):
        return json.loads(self.text)

    @property
    def error(self):
        return self.json["error"]


class House:
    """A relay of a profile, and what one does with it."""

    def __init__(self, relay, upstream):
        self.relay, self.upstream = relay, upstream
        self.trust = ssl.create_default_context(cafile=str(relay.authority))

    def key(self, *words):
        return self.relay.administer("key", "create", *words)["secret"]

    def call(self, path, body=None, key=None, header="authorization", query="", **headers):
        """One request as curl would send it."""
        if key:
            headers[header] = f"Bearer {key}" if header == "authorization" else key
        data = None if body is None else json.dumps(body).encode()
        if data:
            headers.setdefault("content-type", "application/json")
        request = urllib.request.Request(self.relay.url + path + query, data, headers)
        try:
            with urllib.request.urlopen(request, timeout=30, context=self.trust) as reply:
                return Answer(reply.status, reply.headers, reply.read().decode())
        except urllib.error.HTTPError as reply:
            return Answer(reply.code, reply.headers, reply.read().decode())

    def chat(self, key=None, model=DEPLOYMENT, path="/v1/chat/completions", **members):
        return self.call(path, {"model": model, "messages": SAY, **members}, key)

    def cut_off(self):
        """The connector dies; what a caller is told then, and after how many seconds."""
        self.connector.program.process.kill()
        self.connector.program.process.wait()
        deadline = time.monotonic() + 20
        while self.relay.administer("status")["tunnels"] and time.monotonic() < deadline:
            time.sleep(0.02)
        began = time.monotonic()
        answer = self.chat(self.secret)
        return answer, time.monotonic() - began

    def balance(self, user="default"):
        """What a user has left and what is held, in millionths of a credit."""
        balance = self.relay.administer("balance", "show", user)
        return tuple(round(float(balance[name]) * 1_000_000) for name in ("available", "held"))


def until_429(house, key, most=200):
    """Calls until a limit is met: how many were answered, the refusal, and how many seconds it took."""
    began = time.monotonic()
    for count in range(most):
        answer = house.chat(key)
        if answer.status != 200:
            break
    assert answer.status == 429, answer.text
    return count, answer, time.monotonic() - began


@contextmanager
def profile(name, directory):
    """A running relay of a profile, with a connector that serves its deployment."""
    folder = ROOT / "deploy" / "profiles" / name
    upstream = Upstream()
    upstream.RequestHandlerClass = Handler
    relay = Relay(directory, "--config", folder / "relay.yaml")
    connector = None
    try:
        environment = {**os.environ, "ADIT_DATA": str(relay.data), "ADIT_RELAY_PROGRAM": str(FOLDER / "adit-relay")}
        words = [folder / "setup", DEPLOYMENT]
        done = subprocess.run(words, env=environment, check=True, capture_output=True, text=True, timeout=60)
        # What setup shows, and shows once: the token for the connector, and a key if it makes one.
        token, *keys = re.findall(r"^  ([a-z]+-\S+)$", done.stdout, re.MULTILINE)
        arguments = ["--upstream", upstream.url, "--deployment", f"{DEPLOYMENT}={MODEL}"]
        connector = Connector(directory, relay, token, *arguments).online()
        house = House(relay, upstream)
        house.connector = connector
        house.printed = keys
        yield house
    finally:
        if connector:
            connector.stop()
        relay.stop()
        upstream.shutdown()
        upstream.server_close()

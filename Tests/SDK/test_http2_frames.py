"""Frames that no client would send, on the public port: the cases that h2spec walks, and floods.

Each is said on a connection of its own. The relay must answer with an error of the stream or of the connection, or close; what
breaks the whole connection must end it; and others are served meanwhile in the usual time.
"""

import socket
import ssl
import struct
import time
import urllib.request
from urllib.parse import urlsplit

import hpack
import pytest

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)
END_STREAM, END_HEADERS, PADDED, PRIORITISED, ACK = 1, 4, 8, 0x20, 1


@pytest.fixture
def relay(house):
    return house.relay


def frame(kind, flags=0, stream=0, payload=b"", length=None):
    size = len(payload) if length is None else length
    return struct.pack(">I", size)[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def block(*fields, method="GET", path="/healthz", more=()):
    """A header block, encoded without a memory of others."""
    usual = [(":method", method), (":scheme", "https"), (":path", path), (":authority", "localhost")]
    return hpack.Encoder().encode(list(fields or usual) + list(more))


def headers(stream=1, flags=END_STREAM | END_HEADERS, payload=None):
    return frame(HEADERS, flags, stream, block() if payload is None else payload)


def settings(identifier, value):
    return frame(SETTINGS, payload=struct.pack(">HI", identifier, value))


class Connection:
    """One TLS connection that speaks HTTP/2 as badly as it is told to."""

    def __init__(self, relay, preface=PREFACE + frame(SETTINGS)):
        place = urlsplit(relay.url)
        context = ssl.create_default_context(cafile=str(relay.authority))
        context.set_alpn_protocols(["h2"])
        raw = socket.create_connection((place.hostname, place.port), timeout=30)
        self.socket = context.wrap_socket(raw, server_hostname=place.hostname)
        assert self.socket.selected_alpn_protocol() == "h2"
        self.rest = b""
        self.is_over = False
        self.say(preface)

    def say(self, data):
        try:
            self.socket.sendall(data)
        except OSError:
            self.is_over = True

    def frames(self, seconds):
        """Frames as they come, until the end or until nothing comes for so long."""
        self.socket.settimeout(seconds)
        while True:
            while len(self.rest) >= 9:
                size = int.from_bytes(self.rest[:3], "big")
                if len(self.rest) < 9 + size:
                    break
                kind, flags = self.rest[3], self.rest[4]
                stream = int.from_bytes(self.rest[5:9], "big") & 0x7FFFFFFF
                payload, self.rest = self.rest[9 : 9 + size], self.rest[9 + size :]
                yield kind, flags, stream, payload
            try:
                data = self.socket.recv(65536)
            except TimeoutError:
                return
            except OSError:
                data = b""
            if not data:
                self.is_over = True
                return
            self.rest += data

    def close(self):
        self.socket.close()


def expect_serving(relay, within=5.0):
    """Somebody else is answered in the usual time."""
    start = time.monotonic()
    context = ssl.create_default_context(cafile=str(relay.authority))
    with urllib.request.urlopen(f"{relay.url}/healthz", context=context, timeout=30) as answer:
        assert answer.status == 200
    assert time.monotonic() - start < within


# What breaks the connection: it must end.
CONNECTION = {
    "a SETTINGS of five bytes": frame(SETTINGS, payload=b"12345"),
    "an acknowledgement with a payload": frame(SETTINGS, ACK, payload=b"123456"),
    "SETTINGS on a stream": frame(SETTINGS, stream=1),
    "ENABLE_PUSH of 2": settings(2, 2),
    "a window of 2^31": settings(4, 1 << 31),
    "frames of at most 100 bytes": settings(5, 100),
    "a PING of seven bytes": frame(PING, payload=b"1234567"),
    "a PING on a stream": frame(PING, stream=1, payload=b"12345678"),
    "a frame larger than agreed": frame(DATA, 0, 1, b"x" * 16_385),
    "a header larger than agreed": frame(HEADERS, END_HEADERS, 1, b"x" * 16_385),
    "RST_STREAM of three bytes": headers() + frame(RST_STREAM, stream=1, payload=b"123"),
    "RST_STREAM on the connection": frame(RST_STREAM, payload=b"\0\0\0\1"),
    "RST_STREAM of an idle stream": frame(RST_STREAM, stream=1, payload=b"\0\0\0\1"),
    "WINDOW_UPDATE of three bytes": frame(WINDOW_UPDATE, payload=b"123"),
    "WINDOW_UPDATE of nothing": frame(WINDOW_UPDATE, payload=b"\0\0\0\0"),
    "a connection's window too large": frame(WINDOW_UPDATE, payload=struct.pack(">I", 0x7FFFFFFF)) * 2,
    "WINDOW_UPDATE of an idle stream": frame(WINDOW_UPDATE, stream=1, payload=b"\0\0\0\1"),
    "DATA on the connection": frame(DATA, payload=b"x"),
    "DATA on an idle stream": frame(DATA, stream=1, payload=b"x"),
    "HEADERS on the connection": headers(stream=0),
    "HEADERS on an even stream": headers(stream=2),
    "a stream below the last": headers(stream=5) + headers(stream=3),
    "padding longer than its frame": frame(HEADERS, END_HEADERS | PADDED, 1, b"\xff" + block()),
    "CONTINUATION of nothing": frame(CONTINUATION, END_HEADERS, 1, block()),
    "a frame inside of a header": frame(HEADERS, END_STREAM, 1, block()[:2]) + frame(PING, payload=b"12345678"),
    "a header that cannot be decoded": frame(HEADERS, END_STREAM | END_HEADERS, 1, b"\xff\xff\xff\xff\xff\xff"),
    "PUSH_PROMISE of a client": headers() + frame(PUSH_PROMISE, END_HEADERS, 1, b"\0\0\0\2" + block()),
    "GOAWAY on a stream": frame(GOAWAY, stream=1, payload=b"\0" * 8),
    "GOAWAY of four bytes": frame(GOAWAY, payload=b"\0" * 4),
}

USUAL = [(":method", "GET"), (":scheme", "https"), (":path", "/healthz"), (":authority", "localhost")]
POST = [(":method", "POST"), (":scheme", "https"), (":path", "/v1/chat/completions"), (":authority", "localhost")]

# What breaks one stream: an error of the stream, of HTTP, or of the connection.
STREAM = {
    "an upper-case name": headers(payload=block(*USUAL, ("X-Loud", "1"))),
    "a pseudo-header that does not exist": headers(payload=block(*USUAL, (":nothing", "1"))),
    "a pseudo-header of answers": headers(payload=block(*USUAL, (":status", "200"))),
    "a pseudo-header behind others": headers(payload=block(USUAL[0], ("x", "1"), *USUAL[1:])),
    "no method": headers(payload=block(*USUAL[1:])),
    "no path": headers(payload=block(USUAL[0], USUAL[1], USUAL[3])),
    "two methods": headers(payload=block(USUAL[0], *USUAL)),
    "an empty path": headers(payload=block(USUAL[0], USUAL[1], (":path", ""), USUAL[3])),
    "a header of connections": headers(payload=block(*USUAL, ("connection", "keep-alive"))),
    "te that is not trailers": headers(payload=block(*USUAL, ("te", "gzip"))),
    "less body than said": headers(flags=END_HEADERS, payload=block(*POST, ("content-length", "9")))
    + frame(DATA, END_STREAM, 1, b"short"),
    "more body than said": headers(flags=END_HEADERS, payload=block(*POST, ("content-length", "1")))
    + frame(DATA, END_STREAM, 1, b"much"),
    "a stream's window of nothing more": headers(flags=END_HEADERS, payload=block(*POST))
    + frame(WINDOW_UPDATE, stream=1, payload=b"\0\0\0\0"),
    "a stream's window too large": headers(flags=END_HEADERS, payload=block(*POST))
    + frame(WINDOW_UPDATE, stream=1, payload=struct.pack(">I", 0x7FFFFFFF)) * 2,
    "a stream that depends on itself": frame(
        HEADERS, END_STREAM | END_HEADERS | PRIORITISED, 1, b"\0\0\0\1\0" + block()
    ),
    "DATA behind the end": headers() + frame(DATA, END_STREAM, 1, b"x"),
}


@pytest.mark.parametrize("case", CONNECTION)
def test_what_breaks_a_connection_ends_it(relay, case):
    connection = Connection(relay)
    connection.say(CONNECTION[case])
    said = [kind for kind, _, _, _ in connection.frames(20)]
    connection.close()
    assert connection.is_over, f"still open behind {said}"
    expect_serving(relay)


@pytest.mark.parametrize("case", STREAM)
def test_what_breaks_a_stream(relay, case):
    connection = Connection(relay)
    connection.say(STREAM[case])
    outcome = None
    for kind, _, _, payload in connection.frames(20):
        if kind in (RST_STREAM, GOAWAY):
            outcome = kind
        elif kind == HEADERS:
            # «DATA behind the end» may find its stream answered already.
            outcome = dict(hpack.Decoder().decode(payload))[":status"]
        if outcome is not None:
            break
    connection.close()
    assert outcome is not None or connection.is_over
    if isinstance(outcome, str):
        assert outcome.startswith("4") or case == "DATA behind the end", outcome
    expect_serving(relay)


def test_a_bad_preface_ends_the_connection(relay):
    connection = Connection(relay, preface=b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n" + b"x" * 64)
    list(connection.frames(20))
    connection.close()
    assert connection.is_over
    expect_serving(relay)


FLOODS = {
    "rapid reset": lambda: b"".join(
        headers(stream=number) + frame(RST_STREAM, stream=number, payload=b"\0\0\0\x08") for number in range(1, 8_001, 2)
    ),
    "CONTINUATION without an end": lambda: frame(HEADERS, END_STREAM, 1, block())
    + frame(CONTINUATION, 0, 1, b"\0\1a\1b" * 100) * 2_000,
    "a header without an end": lambda: frame(HEADERS, END_STREAM, 1, block())
    + frame(CONTINUATION, 0, 1, b"\0\1a\x7f\x80\x7f" + b"b" * 16_000) * 200,
    "PING": lambda: frame(PING, payload=b"12345678") * 20_000,
    "SETTINGS": lambda: settings(3, 100) * 20_000,
    "empty DATA": lambda: headers(flags=END_HEADERS, payload=block(*POST)) + frame(DATA, stream=1) * 20_000,
    "PRIORITY": lambda: frame(PRIORITY, stream=1, payload=b"\0\0\0\3\0") * 20_000,
    "streams that are broken": lambda: b"".join(
        headers(stream=number, payload=block(*USUAL, ("X-Loud", "1"))) for number in range(1, 8_001, 2)
    ),
}


@pytest.mark.parametrize("flood", FLOODS)
def test_a_flood_is_cut_off(relay, flood):
    connection = Connection(relay)
    connection.say(FLOODS[flood]())
    for _ in connection.frames(20):
        pass
    connection.close()
    assert connection.is_over
    expect_serving(relay)

"""One relay and one connector for the whole run, and the SDKs' clients in front of them."""

import re
import ssl
from contextlib import contextmanager
from types import SimpleNamespace

import anthropic
import openai
import pytest
from examples import Examples
from google import genai
from google.genai import types
from programs import Connector, Relay
from upstream import MODEL, USAGE, Handler, Upstream

NAMES = ["gemma-tunnel", "org/model:7b"]
# The names in the examples of documents.
DOCUMENTED = ["gpt-5.5", "claude-opus-4-6", "gemini-3.5-flash", "gemma-tunnel"]


class SpokenScripts(Handler):
    """Takes a script's name from what the user says («script:think»): no unknown field passes a translation.

    Once a tool has answered it calls no more tools, so that conversations come to an end.
    """

    thoughts = ()
    ending = {}

    def do_POST(self):
        self.thoughts = ()
        self.ending = {}
        super().do_POST()

    def script_answer(self, body):
        if "script" in body:
            return self.converse(body)
        script = re.search(r"script:(\w+)", str([m["content"] for m in body["messages"] if m["role"] == "user"][-1:]))
        if not script:
            return self.converse(body)
        with self.server.lock:
            self.server.asked[script[1]] = self.server.asked.get(script[1], 0) + 1
        getattr(self, "script_" + script[1])({**body, "script": script[1]})

    def converse(self, body):
        if body["messages"][-1]["role"] == "tool":
            body = {key: value for key, value in body.items() if key != "tools"}
        super().script_answer(body)

    def script_think(self, body):
        """Reasons before it answers, and counts it."""
        self.thoughts = ("Let me", " see.")
        self.converse(body)

    def script_stop(self, body):
        """Says the caller's own stop sequence."""
        self.ending = {"stop_reason": body["stop"][0]}
        self.converse(body)

    def script_cut(self, body):
        """Has no more tokens."""
        self.ending = {"finish_reason": "length"}
        self.converse(body)

    def script_busy(self, body):
        self.answer({"error": {"message": "server busy, please try again", "type": "api_error"}}, 503)

    def script_fail_in_stream(self, body):
        """Says in its stream that it has failed."""
        self.begin()
        self.chunk({"role": "assistant", "content": "half an"})
        self.server.may_break.wait(10)
        self.event({"error": {"message": "out of memory", "type": "server_error", "code": 500}})
        self.end_stream()

    def begin(self):
        super().begin()
        for thought in self.thoughts:
            self.chunk({"reasoning_content": thought})

    def answer(self, document, status=200):
        if document.get("object") == "chat.completion" and self.thoughts:
            document["choices"][0]["message"]["reasoning_content"] = "".join(self.thoughts)
        super().answer(self.amended(document), status)

    def event(self, document):
        super().event(self.amended(document))

    def amended(self, document):
        """The same with this script's ending and usage."""
        for choice in document.get("choices", []):
            if choice.get("finish_reason"):
                choice.update(self.ending)
        if self.thoughts and document.get("usage"):
            details = {"prompt_tokens_details": {"cached_tokens": 2}}
            document["usage"] = {**USAGE, **details, "completion_tokens_details": {"reasoning_tokens": 3}}
        return document


@contextmanager
def running(directory, names, offline):
    """Everything between a caller and the model: relay, connector, upstream, a key, and what to trust."""
    upstream = Upstream()
    upstream.RequestHandlerClass = SpokenScripts
    relay = Relay(directory, "--listen-plain", "127.0.0.1:0")
    connector = None
    try:
        for name in [*names, *offline]:
            relay.administer("deployment", "create", name)
        key = relay.administer("key", "create", "--label", "sdk")["secret"]
        token = relay.administer("token", "create", "--label", "sdk", *names)["secret"]
        mapping = [word for name in names for word in ("--deployment", f"{name}={MODEL}")]
        connector = Connector(directory, relay, token, "--upstream", upstream.url, *mapping).online()
        trust = ssl.create_default_context(cafile=str(relay.authority))
        yield SimpleNamespace(relay=relay, upstream=upstream, key=key, trust=trust)
    finally:
        if connector:
            connector.stop()
        relay.stop()
        upstream.shutdown()
        upstream.server_close()


@pytest.fixture(scope="session")
def house(tmp_path_factory):
    """The relay of most tests."""
    with running(tmp_path_factory.mktemp("adit"), NAMES, ["lonely"]) as house:
        yield house


@pytest.fixture(scope="session")
def documented(tmp_path_factory):
    """A relay with the deployments that documents call, and their examples' way to run."""
    with running(tmp_path_factory.mktemp("documented"), DOCUMENTED, ["offline-tunnel"]) as house:
        house.examples = Examples(house.relay.url, house.key, house.relay.authority)
        yield house


def pytest_terminal_summary(terminalreporter):
    """Tells what stood in for what."""
    for note in Examples.notes:
        terminalreporter.write_line(note)


@pytest.fixture(autouse=True)
def logs_on_failure(request, house):
    """Shows what the relay said when a test fails."""
    log = house.relay.program.log
    before = log.stat().st_size
    failed = request.session.testsfailed
    yield
    if request.session.testsfailed > failed:
        print(log.read_text()[before:])


@pytest.fixture(params=["HTTP/1.1", "HTTP/2", "HTTP/1.1 without TLS"])
def way(house, request):
    """The ways to a relay: either version of HTTP, and plainly, as behind a proxy that has the certificate."""
    is_plain = request.param == "HTTP/1.1 without TLS"
    return SimpleNamespace(url=house.relay.plain_url if is_plain else house.relay.url, http2=request.param == "HTTP/2")


@pytest.fixture
def client(house, way):
    """The SDK as users have it."""
    http = openai.DefaultHttpxClient(verify=house.trust, http2=way.http2)
    with openai.OpenAI(base_url=way.url + "/v1", api_key=house.key, http_client=http, timeout=30) as client:
        yield client


@pytest.fixture
def make_async_client(house):
    """Makes the asynchronous client inside the event loop that uses it."""

    def make():
        http = openai.DefaultAsyncHttpxClient(verify=house.trust)
        return openai.AsyncOpenAI(base_url=house.relay.url + "/v1", api_key=house.key, http_client=http, timeout=30)

    return make


@pytest.fixture
def claude(house, way):
    """Anthropic's SDK, without its retries."""
    http = anthropic.DefaultHttpxClient(verify=house.trust, http2=way.http2)
    with anthropic.Anthropic(
        base_url=way.url, api_key=house.key, http_client=http, timeout=30, max_retries=0
    ) as client:
        yield client


@pytest.fixture
def make_async_claude(house):
    """Makes Anthropic's asynchronous client inside the event loop that uses it."""

    def make():
        http = anthropic.DefaultAsyncHttpxClient(verify=house.trust)
        return anthropic.AsyncAnthropic(
            base_url=house.relay.url, api_key=house.key, http_client=http, timeout=30, max_retries=0
        )

    return make


@pytest.fixture
def make_gemini(house):
    """Makes Google's client; the asynchronous one is its `aio`."""

    def make(key=None, http2=False, url=house.relay.url):
        options = types.HttpOptions(
            base_url=url,
            timeout=30_000,
            client_args={"verify": house.trust, "http2": http2},
            async_client_args={"verify": house.trust},
        )
        return genai.Client(api_key=key or house.key, http_options=options)

    return make


@pytest.fixture
def gemini(make_gemini, way):
    """Google's SDK."""
    with make_gemini(http2=way.http2, url=way.url) as client:
        yield client

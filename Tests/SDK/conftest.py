"""One relay and one connector for the whole run, and the SDK's clients in front of them."""

import ssl
from types import SimpleNamespace

import openai
import pytest
from programs import Connector, Relay
from upstream import MODEL, Upstream

NAMES = ["gemma-tunnel", "org/model:7b"]


@pytest.fixture(scope="session")
def house(tmp_path_factory):
    """Everything between the SDK and the model: relay, connector, upstream, a key, and what to trust."""
    directory = tmp_path_factory.mktemp("adit")
    upstream = Upstream()
    relay = Relay(directory)
    connector = None
    try:
        for name in [*NAMES, "lonely"]:
            relay.administer("deployment", "create", name)
        key = relay.administer("key", "create", "--label", "sdk")["secret"]
        token = relay.administer("token", "create", "--label", "sdk", *NAMES)["secret"]
        mapping = [word for name in NAMES for word in ("--deployment", f"{name}={MODEL}")]
        connector = Connector(directory, relay, token, "--upstream", upstream.url, *mapping).online()
        trust = ssl.create_default_context(cafile=str(relay.authority))
        yield SimpleNamespace(relay=relay, upstream=upstream, key=key, trust=trust)
    finally:
        if connector:
            connector.stop()
        relay.stop()
        upstream.shutdown()
        upstream.server_close()


@pytest.fixture(autouse=True)
def logs_on_failure(request, house):
    """Shows what the relay said when a test fails."""
    log = house.relay.program.log
    before = log.stat().st_size
    failed = request.session.testsfailed
    yield
    if request.session.testsfailed > failed:
        print(log.read_text()[before:])


@pytest.fixture(params=["HTTP/1.1", "HTTP/2"])
def client(house, request):
    """The SDK as users have it, over either version of HTTP."""
    http = openai.DefaultHttpxClient(verify=house.trust, http2=request.param == "HTTP/2")
    with openai.OpenAI(base_url=house.relay.url + "/v1", api_key=house.key, http_client=http, timeout=30) as client:
        yield client


@pytest.fixture
def make_async_client(house):
    """Makes the asynchronous client inside the event loop that uses it."""

    def make():
        http = openai.DefaultAsyncHttpxClient(verify=house.trust)
        return openai.AsyncOpenAI(base_url=house.relay.url + "/v1", api_key=house.key, http_client=http, timeout=30)

    return make

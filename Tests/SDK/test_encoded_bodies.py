"""Bodies that the client compresses, as Codex does with zstd."""

import gzip

import httpx2
import openai
import pytest
import zstandard

ENCODERS = {"gzip": gzip.compress, "zstd": zstandard.compress}


class Encoding(httpx2.HTTPTransport):
    """Sends every body encoded."""

    def __init__(self, coding, **options):
        super().__init__(**options)
        self.coding = coding

    def handle_request(self, request):
        body = ENCODERS[self.coding](request.read())
        headers = [(name, value) for name, value in request.headers.items() if name != "content-length"]
        headers.append(("content-encoding", self.coding))
        return super().handle_request(httpx2.Request(request.method, request.url, headers=headers, content=body))


@pytest.fixture(params=ENCODERS)
def client(house, request):
    http = httpx2.Client(transport=Encoding(request.param, verify=house.trust))
    with openai.OpenAI(base_url=house.relay.url + "/v1", api_key=house.key, http_client=http, timeout=30) as client:
        yield client


def test_chat_and_responses(client):
    say = "Hello there, " * 1000
    answer = client.chat.completions.create(model="gemma-tunnel", messages=[{"role": "user", "content": say}])
    assert answer.choices[0].message.content == "You said: " + say
    with client.responses.stream(model="gemma-tunnel", input=say, store=False) as stream:
        assert stream.get_final_response().output_text.strip() == ("You said: " + say).strip()

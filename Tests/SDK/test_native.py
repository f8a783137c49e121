"""A model server that speaks Messages and Responses itself: what passes is what the SDKs understand."""

import json
import re
import ssl
from types import SimpleNamespace

import anthropic
import openai
import pytest
from programs import Connector, Relay
from upstream import MODEL, Handler, Upstream

TEXT = "A way in."
BLOCK = {"type": "text", "text": TEXT}
MESSAGE = {"id": "chatcmpl-1", "type": "message", "role": "assistant", "model": MODEL}
ITEM = {
    "id": "msg_1",
    "type": "message",
    "status": "completed",
    "role": "assistant",
    "content": [{"type": "output_text", "text": TEXT, "annotations": []}],
}
RESPONSE = {"id": "resp_theirs", "object": "response", "created_at": 1790000000, "model": MODEL, "tools": []}
USAGE = {"input_tokens": 5, "output_tokens": 7, "total_tokens": 12}


class VLLM(Handler):
    """vLLM, as far as it is asked here."""

    def do_GET(self):
        if self.path == "/v1/models":
            entry = {"id": MODEL, "object": "model", "created": 1, "owned_by": "vllm", "max_model_len": 8192}
            self.answer({"object": "list", "data": [entry]})
        elif self.path == "/version":
            self.answer({"version": "0.25.2"})
        elif self.path == "/health":
            self.answer({})
        else:
            self.answer({"detail": "Not Found"}, 404)

    def do_POST(self):
        if self.path not in ("/v1/messages", "/v1/responses", "/tokenize"):
            return super().do_POST()
        body = json.loads(self.rfile.read(int(self.headers["content-length"])) or b"{}")
        if not body:
            return self.answer({"error": {"message": "model: field required", "code": 400}}, 400)
        self.server.bodies.append((self.path, body))
        getattr(self, re.sub(r"\W", "_", self.path.removeprefix("/")))(body)

    def tokenize(self, body):
        self.answer({"count": 42, "max_model_len": 8192, "tokens": []})

    def v1_messages(self, body):
        if not body.get("stream"):
            return self.answer({**MESSAGE, "content": [BLOCK], "stop_reason": "end_turn", "usage": USAGE})
        self.begin()
        start = {**MESSAGE, "content": [], "usage": {"input_tokens": 5, "output_tokens": 0}}
        self.named({"type": "message_start", "message": start})
        self.named({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}})
        for word in ["A way", " in."]:
            delta = {"type": "text_delta", "text": word}
            self.named({"type": "content_block_delta", "index": 0, "delta": delta})
        self.named({"type": "content_block_stop", "index": 0})
        self.named({"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": USAGE})
        self.named({"type": "message_stop"})
        self.end_stream()

    def v1_responses(self, body):
        whole = {**RESPONSE, "status": "completed", "output": [ITEM], "usage": USAGE}
        if not body.get("stream"):
            return self.answer(whole)
        self.begin()
        begun = {**RESPONSE, "status": "in_progress", "output": []}
        place = {"item_id": "msg_1", "output_index": 0, "content_index": 0}
        part = {"type": "output_text", "text": TEXT, "annotations": []}
        events = [
            {"type": "response.created", "response": begun},
            {"type": "response.in_progress", "response": begun},
            {
                "type": "response.output_item.added",
                "output_index": 0,
                "item": {**ITEM, "status": "in_progress", "content": []},
            },
            {"type": "response.content_part.added", **place, "part": {**part, "text": ""}},
            {"type": "response.output_text.delta", **place, "delta": "A way", "logprobs": []},
            {"type": "response.output_text.delta", **place, "delta": " in.", "logprobs": []},
            {"type": "response.output_text.done", **place, "text": TEXT, "logprobs": []},
            {"type": "response.content_part.done", **place, "part": part},
            {"type": "response.output_item.done", "output_index": 0, "item": ITEM},
            {"type": "response.completed", "response": whole},
        ]
        for number, event in enumerate(events):
            self.named({"sequence_number": number, **event})
        self.end_stream()

    def named(self, document):
        self.raw(f"event: {document['type']}\ndata: {json.dumps(document)}\n\n")


@pytest.fixture(scope="module")
def native(tmp_path_factory):
    directory = tmp_path_factory.mktemp("native")
    upstream = Upstream()
    upstream.RequestHandlerClass = VLLM
    relay = Relay(directory)
    connector = None
    try:
        relay.administer("deployment", "create", "gemma-tunnel")
        key = relay.administer("key", "create", "--label", "sdk")["secret"]
        token = relay.administer("token", "create", "--label", "sdk", "gemma-tunnel")["secret"]
        connector = Connector(directory, relay, token, "--upstream", upstream.url).online()
        yield SimpleNamespace(relay=relay, upstream=upstream, key=key, authority=str(relay.authority))
    finally:
        if connector:
            connector.stop()
        relay.stop()
        upstream.shutdown()
        upstream.server_close()


@pytest.fixture
def claude(native):
    http = anthropic.DefaultHttpxClient(verify=ssl.create_default_context(cafile=native.authority))
    options = {"base_url": native.relay.url, "api_key": native.key, "http_client": http, "max_retries": 0}
    with anthropic.Anthropic(**options) as client:
        yield client


@pytest.fixture
def client(native):
    http = openai.DefaultHttpxClient(verify=ssl.create_default_context(cafile=native.authority))
    options = {"base_url": native.relay.url + "/v1", "api_key": native.key, "http_client": http, "max_retries": 0}
    with openai.OpenAI(**options) as client:
        yield client


ASKED = {"model": "gemma-tunnel", "max_tokens": 64, "messages": [{"role": "user", "content": "What is an adit?"}]}


def test_messages(claude, native):
    message = claude.messages.create(**ASKED)
    assert native.upstream.bodies[-1][0] == "/v1/messages"
    assert native.upstream.bodies[-1][1]["model"] == MODEL
    assert (message.model, message.content[0].text, message.stop_reason) == ("gemma-tunnel", TEXT, "end_turn")
    assert message.id.startswith("msg_")


def test_streamed_messages(claude, native):
    with claude.messages.stream(**ASKED) as stream:
        assert list(stream.text_stream) == ["A way", " in."]
        message = stream.get_final_message()
    assert native.upstream.bodies[-1][0] == "/v1/messages"
    assert message.content[0].text == TEXT
    assert message.usage.output_tokens == 7


def test_tokens_are_counted(claude, native):
    counted = claude.messages.with_raw_response.count_tokens(model="gemma-tunnel", messages=ASKED["messages"])
    assert native.upstream.bodies[-1][0] == "/tokenize"
    assert counted.headers["adit-token-count"] == "exact"
    assert counted.parse().input_tokens == 42


def test_responses(client, native):
    response = client.responses.create(model="gemma-tunnel", input="What is an adit?")
    assert native.upstream.bodies[-1][0] == "/v1/responses"
    assert (response.model, response.output_text, response.status) == ("gemma-tunnel", TEXT, "completed")
    assert client.responses.retrieve(response.id).output_text == TEXT


def test_streamed_responses(client, native):
    with client.responses.stream(model="gemma-tunnel", input="What is an adit?") as stream:
        words = [event.delta for event in stream if event.type == "response.output_text.delta"]
        response = stream.get_final_response()
    assert native.upstream.bodies[-1][0] == "/v1/responses"
    assert words == ["A way", " in."]
    assert response.output_text == TEXT
    assert response.usage.output_tokens == 7

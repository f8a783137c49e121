"""The examples of a quick start: a first call in each dialect, streaming, and where the key goes."""

import pytest

CHAT = """
curl $ADIT_URL/v1/chat/completions \\
  -H "Authorization: Bearer $ADIT_API_KEY" \\
  -H "Content-Type: application/json" \\
  -d '{
    "model": "gpt-5.5",
    "messages": [
      { "role": "user", "content": "Reply with OK" }
    ]
  }'
"""
PYTHON = """
import os
from openai import OpenAI

client = OpenAI(
    api_key=os.environ["ADIT_API_KEY"],
    base_url=os.environ["ADIT_URL"] + "/v1",
)

resp = client.chat.completions.create(
    model="gpt-5.5",
    messages=[{"role": "user", "content": "Reply with OK"}],
)
print(resp.choices[0].message.content)
"""
JAVASCRIPT = """
import OpenAI from "openai";

const client = new OpenAI({
  apiKey: process.env.ADIT_API_KEY,
  baseURL: process.env.ADIT_URL + "/v1",
});

const resp = await client.chat.completions.create({
  model: "gpt-5.5",
  messages: [{ role: "user", content: "Reply with OK" }],
});
console.log(resp.choices[0].message.content);
"""
MESSAGES = """
curl $ADIT_URL/v1/messages \\
  -H "x-api-key: $ADIT_API_KEY" \\
  -H "anthropic-version: 2023-06-01" \\
  -H "Content-Type: application/json" \\
  -d '{
    "model": "claude-opus-4-6",
    "max_tokens": 256,
    "messages": [
      { "role": "user", "content": "Reply with OK" }
    ]
  }'
"""
GEMINI = """
curl $ADIT_URL/v1beta/models/gemini-3.5-flash:generateContent \\
  -H "x-goog-api-key: $ADIT_API_KEY" \\
  -H "Content-Type: application/json" \\
  -d '{
    "contents": [
      { "role": "user", "parts": [{ "text": "Reply with OK" }] }
    ]
  }'
"""
STREAMED = """
curl $ADIT_URL/v1/chat/completions \\
  -H "Authorization: Bearer $ADIT_API_KEY" \\
  -H "Content-Type: application/json" \\
  -d '{
    "model": "gpt-5.5",
    "stream": true,
    "messages": [{ "role": "user", "content": "Write a short poem about routing." }]
  }'
"""
# The same calls with another key's place: what a header is called, and the words before the key.
PLACES = ["Authorization: Bearer ", "x-api-key: ", "x-goog-api-key: "]
CALLS = {"chat": (CHAT, PLACES[0]), "messages": (MESSAGES, PLACES[1]), "gemini": (GEMINI, PLACES[2])}


def with_keys(example, place, headers):
    """The example with other headers in the place of its key's."""
    return example.replace(f'-H "{place}$ADIT_API_KEY"', " ".join(f'-H "{header}"' for header in headers))


def test_chat_completions(documented):
    reply = documented.examples.shell(CHAT)
    assert (reply.status, reply.type) == (200, "application/json")
    assert reply.json["object"] == "chat.completion"
    assert reply.json["model"] == "gpt-5.5"
    assert reply.json["choices"][0]["message"] == {"role": "assistant", "content": "You said: Reply with OK"}


def test_chat_completions_in_python(documented):
    assert documented.examples.python(PYTHON) == "You said: Reply with OK\n"


def test_chat_completions_in_javascript(documented, tmp_path):
    assert documented.examples.javascript(JAVASCRIPT, PYTHON, tmp_path) == "You said: Reply with OK\n"


def test_messages(documented):
    reply = documented.examples.shell(MESSAGES)
    assert (reply.status, reply.json["type"], reply.json["model"]) == (200, "message", "claude-opus-4-6")
    assert reply.json["content"] == [{"type": "text", "text": "You said: Reply with OK"}]
    assert documented.upstream.bodies[-1]["max_tokens"] == 256


def test_generate_content(documented):
    reply = documented.examples.shell(GEMINI)
    assert reply.status == 200
    candidate = reply.json["candidates"][0]
    assert candidate["content"] == {"role": "model", "parts": [{"text": "You said: Reply with OK"}]}
    assert candidate["finishReason"] == "STOP"


def test_streaming_ends_with_done(documented):
    reply = documented.examples.shell(STREAMED)
    assert (reply.status, reply.type) == (200, "text/event-stream")
    assert reply.events[-1] == "[DONE]"
    assert {chunk["object"] for chunk in reply.events[:-1]} == {"chat.completion.chunk"}
    words = [chunk["choices"][0]["delta"].get("content", "") for chunk in reply.events[:-1]]
    assert "".join(words) == "You said: Write a short poem about routing. "


def test_every_inference_endpoint_streams(documented):
    messages = documented.examples.shell(MESSAGES.replace('"max_tokens"', '"stream": true, "max_tokens"'))
    assert messages.type == "text/event-stream"
    assert messages.events[-1] == {"type": "message_stop"}
    for gemini in (
        GEMINI.replace('"contents"', '"stream": true, "contents"'),
        GEMINI.replace(":generateContent", ":streamGenerateContent?alt=sse"),
    ):
        reply = documented.examples.shell(gemini)
        assert reply.type == "text/event-stream"
        assert reply.events[-1]["candidates"][0]["finishReason"] == "STOP"
    responses = documented.examples.shell(
        STREAMED.replace("chat/completions", "responses").replace('"messages"', '"input"')
    )
    assert responses.type == "text/event-stream"
    assert [event for event in responses.events if event != "[DONE]"][-1]["type"] == "response.completed"


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("place", PLACES)
def test_any_of_the_headers_is_accepted(documented, call, place):
    example, own = CALLS[call]
    assert documented.examples.shell(with_keys(example, own, [place + "$ADIT_API_KEY"])).status == 200


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(("first", "second"), [(0, 1), (0, 2), (1, 2)])
def test_the_first_of_the_headers_counts(documented, call, first, second):
    example, own = CALLS[call]
    good = [PLACES[first] + "$ADIT_API_KEY", PLACES[second] + "sk-wrong"]
    bad = [PLACES[second] + "$ADIT_API_KEY", PLACES[first] + "sk-wrong"]
    assert documented.examples.shell(with_keys(example, own, good)).status == 200
    assert documented.examples.shell(with_keys(example, own, bad)).status == 401


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("parameter", ["key", "api_key"])
@pytest.mark.parametrize("with_header", [False, True])
def test_a_key_in_the_query_is_refused(documented, call, parameter, with_header):
    example, own = CALLS[call]
    before = len(documented.upstream.bodies)
    command, rest = example.split(" \\\n", 1)
    example = f'{command}"?{parameter}=$ADIT_API_KEY" \\\n{rest}'
    reply = documented.examples.shell(example if with_header else with_keys(example, own, []))
    assert reply.status == 400
    # It says where the key goes instead, and does not repeat it.
    assert "Authorization: Bearer" in reply.json["error"]["message"]
    assert documented.key not in reply.text
    assert len(documented.upstream.bodies) == before

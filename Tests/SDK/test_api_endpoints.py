"""A page of endpoints: each that it lists answers, under the names and in the shapes that it gives."""

import pytest

MESSAGES = """
curl $ADIT_URL/v1/messages \\
  -H "x-api-key: $ADIT_API_KEY" \\
  -H "anthropic-version: 2023-06-01" \\
  -H "Content-Type: application/json" \\
  -d '{
    "model": "claude-opus-4-6",
    "max_tokens": 512,
    "messages": [{ "role": "user", "content": "Hello" }]
  }'
"""
GEMINI = """
curl "$ADIT_URL/v1beta/models/gemini-3.5-flash:generateContent" \\
  -H "x-goog-api-key: $ADIT_API_KEY" \\
  -H "Content-Type: application/json" \\
  -d '{
    "contents": [{ "parts": [{ "text": "Hello" }] }]
  }'
"""
HEADERS = '-H "Authorization: Bearer $ADIT_API_KEY" -H "Content-Type: application/json"'
CHAT = '{"model": "gpt-5.5", "messages": [{"role": "user", "content": "Hello"}]}'
POSTS = {
    "chat/completions": (CHAT, "chat.completion"),
    "embeddings": ('{"model": "gpt-5.5", "input": "Hello"}', "list"),
    "responses": ('{"model": "gpt-5.5", "input": "Hello"}', "response"),
}


def test_messages(documented):
    reply = documented.examples.shell(MESSAGES)
    assert (reply.status, reply.json["role"], reply.json["stop_reason"]) == (200, "assistant", "end_turn")
    assert reply.json["content"][0]["text"] == "You said: Hello"
    assert documented.upstream.bodies[-1]["max_tokens"] == 512


def test_generate_content(documented):
    reply = documented.examples.shell(GEMINI)
    assert reply.status == 200
    assert reply.json["candidates"][0]["content"]["parts"] == [{"text": "You said: Hello"}]
    assert reply.json["modelVersion"] == "gemini-3.5-flash"


@pytest.mark.parametrize("prefix", ["/v1/", "/"])
@pytest.mark.parametrize("path", POSTS)
def test_endpoints_of_openai_and_their_aliases(documented, prefix, path):
    body, kind = POSTS[path]
    reply = documented.examples.shell(f"curl $ADIT_URL{prefix}{path} {HEADERS} -d '{body}'")
    assert (reply.status, reply.json["object"]) == (200, kind)


def test_the_alias_of_messages(documented):
    assert documented.examples.shell(MESSAGES.replace("/v1/messages", "/messages")).json["type"] == "message"


@pytest.mark.parametrize("prefix", ["/v1", ""])
def test_the_models(documented, prefix):
    names = ["claude-opus-4-6", "gemini-3.5-flash", "gemma-tunnel", "gpt-5.5", "offline-tunnel"]
    reply = documented.examples.shell(f'curl $ADIT_URL{prefix}/models -H "Authorization: Bearer $ADIT_API_KEY"')
    assert (reply.json["object"], sorted(model["id"] for model in reply.json["data"])) == ("list", names)
    reply = documented.examples.shell(
        f'curl $ADIT_URL{prefix}/models -H "x-api-key: $ADIT_API_KEY" -H "anthropic-version: 2023-06-01"'
    )
    assert sorted((model["type"], model["id"]) for model in reply.json["data"]) == [("model", name) for name in names]


def test_the_models_of_gemini(documented):
    key = '-H "x-goog-api-key: $ADIT_API_KEY"'
    reply = documented.examples.shell(f"curl $ADIT_URL/v1beta/models {key}")
    assert "models/gemini-3.5-flash" in [model["name"] for model in reply.json["models"]]
    reply = documented.examples.shell(f"curl $ADIT_URL/v1beta/models/gemini-3.5-flash {key}")
    assert reply.json["name"] == "models/gemini-3.5-flash"
    assert "generateContent" in reply.json["supportedGenerationMethods"]


@pytest.mark.parametrize("query", ["", "?alt=sse"])
def test_stream_generate_content(documented, query):
    reply = documented.examples.shell(GEMINI.replace(":generateContent", ":streamGenerateContent" + query))
    assert (reply.status, reply.type) == (200, "text/event-stream" if query else "application/json")
    chunks = reply.events if query else reply.json
    parts = [part for chunk in chunks for part in chunk["candidates"][0]["content"]["parts"]]
    assert "".join(part["text"] for part in parts) == "You said: Hello "


@pytest.mark.parametrize(
    ("example", "kind"),
    [
        (f"curl $ADIT_URL/v1/chat/completions {HEADERS} -d '{CHAT}'", "invalid_request_error"),
        (MESSAGES, "invalid_request_error"),
        (GEMINI, None),
    ],
)
def test_a_malformed_request_is_400(documented, example, kind):
    reply = documented.examples.shell(example.replace('"content": "Hello"', '"content":').replace("[{ ", "{{"))
    assert reply.status == 400
    assert reply.json["error"].get("type") == kind
    assert kind or reply.json["error"]["status"] == "INVALID_ARGUMENT"


@pytest.mark.parametrize("key", ["sk-adit-wrong", "missing", "disabled"])
@pytest.mark.parametrize("example", [MESSAGES, GEMINI], ids=["messages", "gemini"])
def test_a_key_that_is_missing_wrong_or_disabled_is_401(documented, example, key):
    if key == "missing":
        example = example.replace('-H "x-api-key: $ADIT_API_KEY"', "")
        example = example.replace('-H "x-goog-api-key: $ADIT_API_KEY"', "")
    if key == "disabled":
        made = documented.relay.administer("key", "create", "--label", "disabled")
        assert documented.examples.shell(example, made["secret"]).status == 200
        documented.relay.administer("key", "disable", str(made["id"]))
        key = made["secret"]
    reply = documented.examples.shell(example, key)
    assert reply.status == 401
    error = reply.json["error"]
    assert "authentication_error" == error.get("type") or "UNAUTHENTICATED" == error.get("status")
    assert error["message"]


def test_a_wrong_path_is_404(documented):
    reply = documented.examples.shell(f"curl $ADIT_URL/v1/chat/completion {HEADERS} -d '{CHAT}'")
    assert (reply.status, reply.json["error"]["type"]) == (404, "invalid_request_error")
    reply = documented.examples.shell(GEMINI.replace("/models/", "/model/"))
    assert (reply.status, reply.json["error"]["status"]) == (404, "NOT_FOUND")


def test_a_busy_model_is_429(documented):
    reply = documented.examples.shell(MESSAGES.replace("Hello", "script:busy"))
    assert (reply.status, reply.json["error"]["type"]) == (429, "rate_limit_error")
    assert int(reply.headers["retry-after"]) >= 1


def test_a_failure_behind_the_relay_is_5xx(documented):
    reply = documented.examples.shell(MESSAGES.replace("Hello", "script:broken"))
    assert (reply.status, reply.json["error"]["type"]) == (502, "api_error")
    reply = documented.examples.shell(GEMINI.replace("gemini-3.5-flash", "offline-tunnel"))
    assert (reply.status, reply.json["error"]["status"]) == (503, "UNAVAILABLE")

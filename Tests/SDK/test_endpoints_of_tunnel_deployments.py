"""A reference of the endpoints in front of a tunnel: chat completions, messages, responses, and their errors."""

import pytest

HEADERS = """-H "Authorization: Bearer $ADIT_API_KEY" \\
  -H "Content-Type: application/json" """
CHAT = f"""
curl $ADIT_URL/v1/chat/completions \\
  {HEADERS} \\
  -d '{{
    "model": "gemma-tunnel",
    "messages": [
      {{"role": "system", "content": "You are a helpful assistant."}},
      {{"role": "user", "content": "What is 2 + 2?"}}
    ]
  }}'
"""
MESSAGES = f"""
curl $ADIT_URL/v1/messages \\
  {HEADERS} \\
  -d '{{
    "model": "gemma-tunnel",
    "max_tokens": 256,
    "messages": [
      {{"role": "user", "content": "Explain async/await"}}
    ]
  }}'
"""
RESPONSES = f"""
curl $ADIT_URL/v1/responses \\
  {HEADERS} \\
  -d '{{
    "model": "gemma-tunnel",
    "input": "Write a haiku about tunnels."
  }}'
"""
EXAMPLES = {"chat": CHAT, "messages": MESSAGES, "responses": RESPONSES}


def with_fields(example, fields):
    return example.replace('"model": "gemma-tunnel"', f'"model": "gemma-tunnel", {fields}')


def test_chat_completions(documented):
    reply = documented.examples.shell(CHAT)
    assert (reply.status, reply.type) == (200, "application/json")
    answer = reply.json
    assert isinstance(answer["id"], str) and isinstance(answer["created"], int)
    assert (answer["object"], answer["model"]) == ("chat.completion", "gemma-tunnel")
    choice = answer["choices"][0]
    assert (choice["index"], choice["finish_reason"]) == (0, "stop")
    assert choice["message"] == {"role": "assistant", "content": "You said: What is 2 + 2?"}
    assert answer["usage"] == {"prompt_tokens": 5, "completion_tokens": 7, "total_tokens": 12}
    assert [message["role"] for message in documented.upstream.bodies[-1]["messages"]] == ["system", "user"]


def test_the_fields_of_chat_completions(documented):
    reply = documented.examples.shell(with_fields(CHAT, '"stream": true, "temperature": 0.5, "max_tokens": 9'))
    assert reply.events[-1] == "[DONE]"
    body = documented.upstream.bodies[-1]
    assert (body["stream"], body["temperature"], body["max_tokens"]) == (True, 0.5, 9)
    assert documented.examples.shell(with_fields(CHAT, '"stream": false')).json["object"] == "chat.completion"


def test_messages(documented):
    reply = documented.examples.shell(MESSAGES)
    assert reply.status == 200
    answer = reply.json
    assert answer["id"].startswith("msg_")
    assert (answer["type"], answer["role"], answer["model"]) == ("message", "assistant", "gemma-tunnel")
    assert answer["content"] == [{"type": "text", "text": "You said: Explain async/await"}]
    assert answer["stop_reason"] == "end_turn"
    assert (answer["usage"]["input_tokens"], answer["usage"]["output_tokens"]) == (5, 7)


def test_the_fields_of_messages(documented):
    reply = documented.examples.shell(with_fields(MESSAGES, '"stream": true, "system": "Be brief."'))
    assert reply.type == "text/event-stream"
    assert [reply.events[0]["type"], reply.events[-1]["type"]] == ["message_start", "message_stop"]
    body = documented.upstream.bodies[-1]
    assert (body["stream"], body["max_tokens"]) == (True, 256)
    assert body["messages"][0] == {"role": "system", "content": "Be brief."}
    reply = documented.examples.shell(MESSAGES.replace('"max_tokens": 256,', ""))
    assert (reply.status, reply.json["error"]["message"].split(":")[0]) == (400, "max_tokens")


def test_responses(documented):
    reply = documented.examples.shell(RESPONSES)
    assert reply.status == 200
    answer = reply.json
    assert answer["id"].startswith("resp_")
    assert (answer["object"], answer["model"]) == ("response", "gemma-tunnel")
    item = answer["output"][0]
    assert (item["type"], item["role"]) == ("message", "assistant")
    part = item["content"][0]
    assert (part["type"], part["text"]) == ("output_text", "You said: Write a haiku about tunnels.")
    counts = [answer["usage"][name] for name in ("input_tokens", "output_tokens", "total_tokens")]
    assert counts == [5, 7, 12]


def test_the_fields_of_responses(documented):
    reply = documented.examples.shell(with_fields(RESPONSES, '"stream": true'))
    events = [event for event in reply.events if event != "[DONE]"]
    assert [events[0]["type"], events[-1]["type"]] == ["response.created", "response.completed"]
    items = '[{"role": "user", "content": "Write a haiku."}]'
    reply = documented.examples.shell(RESPONSES.replace('"Write a haiku about tunnels."', items))
    assert reply.json["output"][0]["content"][0]["text"] == "You said: Write a haiku."


# Errors: each status, in the dialect of its endpoint


def error(reply, name):
    """The error in its dialect's shape, without its message."""
    assert reply.type == "application/json"
    document = reply.json
    assert document["error"]["message"]
    if name == "messages":
        assert document["type"] == "error"
        return reply.status, document["error"]["type"]
    assert set(document["error"]) == {"message", "type", "param", "code"}
    return reply.status, document["error"]["type"], document["error"]["code"]


@pytest.mark.parametrize("name", EXAMPLES)
@pytest.mark.parametrize("key", ["sk-adit-wrong", "missing"])
def test_an_invalid_or_missing_key_is_401(documented, name, key):
    example = EXAMPLES[name]
    if key == "missing":
        example = example.replace('-H "Authorization: Bearer $ADIT_API_KEY"', "")
    wanted = (401, "authentication_error") if name == "messages" else (401, "invalid_request_error", "invalid_api_key")
    assert error(documented.examples.shell(example, key), name) == wanted


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_key_without_access_to_the_model_is_403(documented, name):
    key = documented.relay.administer("key", "create", "--label", "narrow", "--models", "gpt-*")["secret"]
    reply = documented.examples.shell(EXAMPLES[name], key)
    assert error(reply, name)[:2] == (403, "permission_error")
    assert "gemma-tunnel" in reply.json["error"]["message"]


@pytest.mark.parametrize("name", EXAMPLES)
def test_no_such_deployment_is_404(documented, name):
    reply = documented.examples.shell(EXAMPLES[name].replace("gemma-tunnel", "nobody"))
    wanted = (404, "not_found_error") if name == "messages" else (404, "invalid_request_error", "model_not_found")
    assert error(reply, name) == wanted
    assert "nobody" in reply.json["error"]["message"]


@pytest.mark.parametrize("name", EXAMPLES)
@pytest.mark.parametrize("stream", [False, True])
def test_an_offline_connector_is_503(documented, name, stream):
    example = with_fields(EXAMPLES[name], '"stream": true') if stream else EXAMPLES[name]
    reply = documented.examples.shell(example.replace("gemma-tunnel", "offline-tunnel"))
    wanted = (503, "overloaded_error") if name == "messages" else (503, "server_error", "connector_offline")
    assert error(reply, name) == wanted
    assert int(reply.headers["retry-after"]) >= 1
    # It says what to do: the connector must be started.
    message = reply.json["error"]["message"]
    assert "offline-tunnel" in message and "connector" in message


@pytest.mark.parametrize("name", EXAMPLES)
def test_too_much_is_429(documented, name):
    said = {"chat": "What is 2 + 2?", "messages": "Explain async/await", "responses": "Write a haiku about tunnels."}
    reply = documented.examples.shell(EXAMPLES[name].replace(said[name], "script:busy"))
    assert error(reply, name)[:2] == (429, "rate_limit_error")

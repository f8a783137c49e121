"""A page that promises OpenAI's chat and nothing else: its examples, the list of models, and its errors."""

import pytest

CHAT = """
curl $ADIT_URL/v1/chat/completions \\
-H "Authorization: Bearer $ADIT_API_KEY" \\
-H "Content-Type: application/json" \\
-d '{
"model": "gpt-5.5",
"messages": [
{ "role": "user", "content": "Write a short headline" }
]
}'"""
JAVASCRIPT = """
import OpenAI from "openai";
const client = new OpenAI({
apiKey: process.env.ADIT_API_KEY,
baseURL: process.env.ADIT_URL + "/v1",
});
const response = await client.chat.completions.create({
model: "gpt-5.5",
messages: [
{ role: "user", content: "Write a short headline" },
],
});
console.log(response.choices[0].message.content);"""
PYTHON = """
import os
from openai import OpenAI
client = OpenAI(api_key=os.environ["ADIT_API_KEY"], base_url=os.environ["ADIT_URL"] + "/v1")
response = client.chat.completions.create(
    model="gpt-5.5",
    messages=[
        {"role": "user", "content": "Write a short headline"},
    ],
)
print(response.choices[0].message.content)"""


def test_chat_completions(documented):
    reply = documented.examples.shell(CHAT)
    assert (reply.status, reply.json["choices"][0]["message"]["content"]) == (200, "You said: Write a short headline")
    assert reply.json["usage"]["total_tokens"] == 12


def test_chat_completions_in_javascript(documented, tmp_path):
    assert documented.examples.javascript(JAVASCRIPT, PYTHON, tmp_path) == "You said: Write a short headline\n"


def test_stream_may_be_left_out_or_false(documented):
    reply = documented.examples.shell(CHAT.replace('"messages"', '"stream": false, "messages"'))
    assert (reply.status, reply.type) == (200, "application/json")


def test_the_models_are_those_that_are_enabled(documented):
    documented.relay.administer("deployment", "create", "retired")
    ask = 'curl $ADIT_URL/v1/models -H "Authorization: Bearer $ADIT_API_KEY"'
    assert "retired" in [model["id"] for model in documented.examples.shell(ask).json["data"]]
    documented.relay.administer("deployment", "delete", "retired")
    models = documented.examples.shell(ask).json["data"]
    assert "retired" not in [model["id"] for model in models]
    # Nothing but the names: neither where a model runs nor what it is called there.
    assert {key for model in models for key in model} == {"id", "object", "created", "owned_by"}


@pytest.mark.parametrize(
    ("change", "status", "type", "code"),
    [
        (("[\n{", "{"), 400, "invalid_request_error", None),
        (("$ADIT_API_KEY", "sk-adit-wrong"), 401, "invalid_request_error", "invalid_api_key"),
        (("Write a short headline", "script:busy"), 429, "rate_limit_error", "rate_limit_exceeded"),
        (("Write a short headline", "script:broken"), 502, "server_error", "bad_gateway"),
        (("gpt-5.5", "offline-tunnel"), 503, "server_error", "connector_offline"),
    ],
)
def test_errors_have_a_message_a_type_and_a_code(documented, change, status, type, code):
    example = CHAT.replace(*change)
    if "script:" in example:
        # Chat passes a script's name as a field.
        name = change[1].removeprefix("script:")
        example = example.replace('"messages"', f'"script": "{name}", "messages"')
    reply = documented.examples.shell(example)
    error = reply.json["error"]
    assert (reply.status, error["type"], error["code"]) == (status, type, code)
    # Safe: nothing of where the model is.
    assert str(documented.upstream.server_port) not in error["message"]

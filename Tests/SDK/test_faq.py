"""What answers to frequent questions promise: one key and address for all dialects, streams, keys in headers."""

import anthropic
import openai
import pytest
from google import genai
from google.genai import types


def test_one_key_and_one_address_for_every_sdk(documented):
    """Existing code changes its base URL and its key, and nothing else."""
    url, key, trust = documented.relay.url, documented.key, documented.trust
    with openai.OpenAI(
        base_url=url + "/v1", api_key=key, http_client=openai.DefaultHttpxClient(verify=trust)
    ) as client:
        chat = client.chat.completions.create(model="gpt-5.5", messages=[{"role": "user", "content": "Hi"}])
        assert chat.choices[0].message.content == "You said: Hi"
        assert client.responses.create(model="gpt-5.5", input="Hi").output_text == "You said: Hi"
    with anthropic.Anthropic(
        base_url=url, api_key=key, http_client=anthropic.DefaultHttpxClient(verify=trust)
    ) as client:
        message = client.messages.create(
            model="claude-opus-4-6", max_tokens=9, messages=[{"role": "user", "content": "Hi"}]
        )
        assert message.content[0].text == "You said: Hi"
    options = types.HttpOptions(base_url=url, client_args={"verify": trust})
    with genai.Client(api_key=key, http_options=options) as client:
        assert client.models.generate_content(model="gemini-3.5-flash", contents="Hi").text == "You said: Hi"


@pytest.mark.parametrize("path", ["chat/completions", "messages", "responses"])
def test_stream_is_a_field_of_every_endpoint(documented, path):
    field = '"input"' if path == "responses" else '"max_tokens": 9, "messages"'
    reply = documented.examples.shell(
        f"""curl $ADIT_URL/v1/{path} -H "x-api-key: $ADIT_API_KEY" -H "Content-Type: application/json" \\
        -d '{{"model": "gpt-5.5", "stream": true, {field}: [{{"role": "user", "content": "Hi"}}]}}'"""
    )
    assert (reply.status, reply.type) == (200, "text/event-stream")


def test_keys_begin_with_sk(documented):
    assert documented.key.startswith("sk-")


@pytest.mark.parametrize("parameter", ["key", "api_key"])
@pytest.mark.parametrize("path", ["/v1/models", "/v1beta/models", "/v1/responses/resp_1"])
def test_a_key_in_the_url_is_refused(documented, path, parameter):
    reply = documented.examples.shell(f"curl $ADIT_URL{path}?{parameter}=$ADIT_API_KEY")
    assert reply.status == 400
    assert documented.key not in reply.text


def test_a_leaked_key_is_disabled_at_once(documented):
    ask = 'curl $ADIT_URL/v1/models -H "Authorization: Bearer $ADIT_API_KEY"'
    leaked = documented.relay.administer("key", "create", "--label", "leaked")
    assert documented.examples.shell(ask, leaked["secret"]).status == 200
    documented.relay.administer("key", "disable", str(leaked["id"]))
    assert documented.examples.shell(ask, leaked["secret"]).status == 401


def test_the_models_say_whether_a_name_is_right(documented):
    names = [
        model["id"]
        for model in documented.examples.shell(
            'curl $ADIT_URL/v1/models -H "Authorization: Bearer $ADIT_API_KEY"'
        ).json["data"]
    ]
    assert "gpt-5.5" in names and "gpt-5.6" not in names
    reply = documented.examples.shell(
        """curl $ADIT_URL/v1/chat/completions -H "x-api-key: $ADIT_API_KEY" \\
        -d '{"model": "gpt-5.6", "messages": [{"role": "user", "content": "Hi"}]}' -H "Content-Type: application/json"
        """
    )
    assert (reply.status, reply.json["error"]["code"]) == (404, "model_not_found")

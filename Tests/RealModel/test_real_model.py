"""What is made up elsewhere is real here: the server, its stream, its errors, and its way of stopping."""

import json
import time
import urllib.request

import openai
import pytest
from google.genai import types

QUESTION = [{"role": "user", "content": "What is an adit?"}]
SAME = {"temperature": 0, "seed": 1, "max_tokens": 24}


def test_chat(client):
    answer = client.chat.completions.create(model="tiny", messages=QUESTION, **SAME)
    assert answer.model == "tiny"
    assert answer.choices[0].message.content
    assert answer.usage.prompt_tokens > 0
    assert answer.usage.completion_tokens > 0
    assert answer.choices[0].finish_reason in ("stop", "length")


def test_the_stream_says_the_same(client):
    whole = client.chat.completions.create(model="tiny", messages=QUESTION, **SAME)
    with client.chat.completions.create(model="tiny", messages=QUESTION, stream=True, **SAME) as stream:
        chunks = list(stream)
    words = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert words == whole.choices[0].message.content
    assert {chunk.model for chunk in chunks} == {"tiny"}
    assert chunks[-1].choices[0].finish_reason == whole.choices[0].finish_reason
    assert len(chunks) > 5


def test_the_stream_helper(client):
    with client.chat.completions.stream(model="tiny", messages=QUESTION, **SAME) as stream:
        for _ in stream:
            pass
        # The final completion would raise: this model never stops by itself, so every answer ends by its length.
        assert stream.current_completion_snapshot.choices[0].message.content


def test_completions(client):
    answer = client.completions.create(model="tiny", prompt="An adit is", **SAME)
    assert answer.choices[0].text
    with client.completions.create(model="tiny", prompt="An adit is", stream=True, **SAME) as stream:
        assert "".join(chunk.choices[0].text for chunk in stream) == answer.choices[0].text


def test_a_prompt_that_is_too_long(client):
    with pytest.raises(openai.APIStatusError) as caught:
        client.chat.completions.create(model="tiny", messages=[{"role": "user", "content": "x" * 4000}])
    assert caught.value.status_code == 400
    assert caught.value.body["message"]


def test_messages(claude):
    message = claude.messages.create(model="tiny", max_tokens=24, messages=QUESTION)
    assert message.model == "tiny"
    assert message.content[0].text
    # This model never stops by itself.
    assert message.stop_reason in ("end_turn", "max_tokens")
    assert message.usage.input_tokens > 0
    assert message.usage.output_tokens > 0


def test_streamed_messages(claude):
    with claude.messages.stream(model="tiny", max_tokens=24, messages=QUESTION) as stream:
        words = list(stream.text_stream)
        message = stream.get_final_message()
    assert len(words) > 5
    assert "".join(words) == message.content[0].text
    assert message.usage.output_tokens > 0


def test_responses(client):
    response = client.responses.create(model="tiny", input="What is an adit?", max_output_tokens=24, temperature=0)
    assert response.model == "tiny"
    assert response.output_text
    assert response.status in ("completed", "incomplete")
    assert response.usage.input_tokens > 0
    again = client.responses.create(
        model="tiny", input="And where?", max_output_tokens=8, previous_response_id=response.id
    )
    # The model reads all that came before.
    assert again.usage.input_tokens > response.usage.input_tokens + response.usage.output_tokens // 2


def test_streamed_responses(client):
    asked = {"model": "tiny", "input": "What is an adit?", "max_output_tokens": 24}
    with client.responses.create(stream=True, **asked) as stream:
        events = list(stream)
    assert events[0].type == "response.created"
    assert events[-1].type in ("response.completed", "response.incomplete")
    words = "".join(event.delta for event in events if event.type == "response.output_text.delta")
    assert words == events[-1].response.output_text
    assert [event.sequence_number for event in events] == list(range(len(events)))


def test_gemini(gemini):
    config = types.GenerateContentConfig(max_output_tokens=24, temperature=0)
    answer = gemini.models.generate_content(model="tiny", contents="What is an adit?", config=config)
    assert answer.text
    assert answer.model_version == "tiny"
    assert answer.usage_metadata.prompt_token_count > 0
    assert answer.candidates[0].finish_reason in (types.FinishReason.STOP, types.FinishReason.MAX_TOKENS)


def test_streamed_gemini(gemini):
    config = types.GenerateContentConfig(max_output_tokens=24)
    stream = gemini.models.generate_content_stream(model="tiny", contents="What is an adit?", config=config)
    chunks = list(stream)
    assert len(chunks) > 5
    assert "".join(chunk.text or "" for chunk in chunks)
    # This server reports no usage in a stream, so there is none to tell.
    assert chunks[-1].candidates[0].finish_reason in (types.FinishReason.STOP, types.FinishReason.MAX_TOKENS)


def test_tokens_are_estimated_and_say_so(claude, client, gemini, house):
    """This server counts the tokens of a text (`/extras/tokenize/count`), but not of a conversation in its template."""
    counted = claude.messages.with_raw_response.count_tokens(model="tiny", messages=QUESTION)
    assert counted.headers["adit-token-count"] == "estimate"
    assert counted.parse().input_tokens > 0
    assert client.responses.input_tokens.count(model="tiny", input="What is an adit?").input_tokens > 0
    request = urllib.request.Request(
        house.url + "/v1beta/models/tiny:countTokens",
        json.dumps({"contents": [{"parts": [{"text": "What is an adit?"}]}]}).encode(),
        {"x-goog-api-key": house.key, "content-type": "application/json"},
    )
    with urllib.request.urlopen(request, context=house.trust) as answer:
        assert answer.headers["adit-token-count"] == "estimate"
    assert gemini.models.count_tokens(model="tiny", contents="What is an adit?").total_tokens > 0


def test_a_caller_that_leaves_frees_the_model(client):
    # One call at a time is all that this server does: the second would wait for the first to end.
    stream = client.chat.completions.create(model="tiny", messages=QUESTION, stream=True, max_tokens=400, temperature=1)
    next(iter(stream))
    stream.close()
    started = time.monotonic()
    assert client.chat.completions.create(model="tiny", messages=QUESTION, max_tokens=1).choices
    assert time.monotonic() - started < 20


def test_the_server_goes_away_and_comes_back(client, server):
    server.stop()
    with pytest.raises(openai.InternalServerError) as caught:
        client.chat.completions.create(model="tiny", messages=QUESTION, **SAME)
    assert caught.value.status_code == 503
    assert "tiny" in caught.value.message
    server.start()
    patient = client.with_options(max_retries=20)
    assert patient.chat.completions.create(model="tiny", messages=QUESTION, **SAME).choices

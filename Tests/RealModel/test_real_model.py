"""What is made up elsewhere is real here: the server, its stream, its errors, and its way of stopping."""

import time

import openai
import pytest

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

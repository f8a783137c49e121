"""Every SDK tries again by itself when the model server was busy, and does not when that is of no use."""

import asyncio

import anthropic
import openai
import pytest
from google.genai import errors, types

TURN = [{"role": "user", "content": "script:busy_once"}]


@pytest.fixture(autouse=True)
def count(house):
    """How often each script was asked."""
    house.upstream.asked.clear()
    return house.upstream.asked


@pytest.mark.parametrize("streamed", [False, True])
def test_messages(claude, count, streamed):
    ask = {"model": "gemma-tunnel", "max_tokens": 9, "messages": TURN}
    patient = claude.with_options(max_retries=2)
    if streamed:
        with patient.messages.stream(**ask) as stream:
            answer = stream.get_final_message()
    else:
        answer = patient.messages.create(**ask)
    assert answer.stop_reason == "end_turn"
    assert count["busy_once"] == 2


@pytest.mark.parametrize("streamed", [False, True])
def test_responses(client, count, streamed):
    if streamed:
        with client.responses.stream(model="gemma-tunnel", input="script:busy_once") as stream:
            answer = stream.get_final_response()
    else:
        answer = client.responses.create(model="gemma-tunnel", input="script:busy_once")
    assert answer.status == "completed"
    assert count["busy_once"] == 2


@pytest.mark.parametrize("streamed", [False, True])
def test_gemini(make_gemini, count, streamed):
    # Google's SDK only does so when it is told to.
    options = types.HttpRetryOptions(attempts=2, initial_delay=0.1, max_delay=0.1)
    ask = {
        "model": "gemma-tunnel",
        "contents": "script:busy_once",
        "config": types.GenerateContentConfig(http_options=types.HttpOptions(retry_options=options)),
    }
    with make_gemini() as client:
        if streamed:
            answer = list(client.models.generate_content_stream(**ask))[-1]
        else:
            answer = client.models.generate_content(**ask)
    assert answer.candidates[0].finish_reason == types.FinishReason.STOP
    assert count["busy_once"] == 2


def test_asynchronously(make_async_client, make_async_claude, count):
    async def run():
        async with make_async_client() as client, make_async_claude() as claude:
            answer = await client.responses.create(model="gemma-tunnel", input="script:busy_once")
            assert (answer.status, count["busy_once"]) == ("completed", 2)
            count.clear()
            patient = claude.with_options(max_retries=2)
            message = await patient.messages.create(model="gemma-tunnel", max_tokens=9, messages=TURN)
            assert (message.stop_reason, count["busy_once"]) == ("end_turn", 2)

    asyncio.run(run())


def test_a_refusal_is_not_tried_again(client, claude, gemini, count):
    with pytest.raises(openai.BadRequestError):
        client.responses.create(model="gemma-tunnel", input="script:refuse")
    with pytest.raises(anthropic.BadRequestError):
        claude.with_options(max_retries=2).messages.create(
            model="gemma-tunnel", max_tokens=9, messages=[{"role": "user", "content": "script:refuse"}]
        )
    options = types.HttpRetryOptions(attempts=3, initial_delay=0.1, max_delay=0.1)
    with pytest.raises(errors.ClientError):
        gemini.models.generate_content(
            model="gemma-tunnel",
            contents="script:refuse",
            config=types.GenerateContentConfig(http_options=types.HttpOptions(retry_options=options)),
        )
    assert count["refuse"] == 3

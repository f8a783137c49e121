"""Responses, whole and streamed, as OpenAI's SDK asks for them."""

import re

import openai
import pydantic
import pytest

ASK = {"model": "gemma-tunnel", "input": "Hello there"}
HELLO = [{"role": "user", "content": "Hello there"}]


class Mountain(pydantic.BaseModel):
    name: str
    metres: int


def stream(client, **more):
    """What a streamed response is in the end."""
    with client.responses.stream(**{**ASK, **more}) as events:
        return events.get_final_response()


def answers(client, streamed, **more):
    return stream(client, **more) if streamed else client.responses.create(**{**ASK, **more})


@pytest.mark.parametrize("name", ["gemma-tunnel", "org/model:7b"])
def test_create(client, house, name):
    answer = client.responses.create(model=name, input="Hello there")
    assert answer.output_text == "You said: Hello there"
    assert [item.type for item in answer.output] == ["message"]
    assert (answer.object, answer.model, answer.status) == ("response", name, "completed")
    assert (answer.error, answer.incomplete_details) == (None, None)
    assert (answer.usage.input_tokens, answer.usage.output_tokens, answer.usage.total_tokens) == (5, 7, 12)
    assert re.fullmatch("resp_[0-9a-f]{24}", answer.id)
    assert re.fullmatch("req_[0-9a-f]{24}", answer._request_id)
    assert house.upstream.bodies[-1] == {"model": "scripted", "messages": HELLO, "stream": False}


@pytest.mark.parametrize("name", ["gemma-tunnel", "org/model:7b"])
def test_stream(client, house, name):
    with client.responses.stream(model=name, input="Hello there") as events:
        words = [event.delta for event in events if event.type == "response.output_text.delta"]
        answer = events.get_final_response()
    assert words == ["You ", "said: ", "Hello ", "there "]
    assert answer.output_text == "You said: Hello there "
    assert (answer.model, answer.status, answer.usage.total_tokens) == (name, "completed", 12)
    assert house.upstream.bodies[-1]["stream_options"] == {"include_usage": True}


def test_the_events_of_a_stream(client):
    with client.responses.create(**ASK, stream=True) as events:
        seen = list(events)
    assert [event.type.removeprefix("response.") for event in seen] == [
        "created",
        "in_progress",
        "output_item.added",
        "content_part.added",
        *["output_text.delta"] * 4,
        "output_text.done",
        "content_part.done",
        "output_item.done",
        "completed",
    ]
    assert [event.sequence_number for event in seen] == list(range(len(seen)))
    assert seen[0].response.id == seen[-1].response.id


@pytest.mark.parametrize("streamed", [False, True])
def test_instructions(client, house, streamed):
    answer = answers(client, streamed, instructions="Be brief.", metadata={"a": "b"})
    assert (answer.instructions, answer.metadata) == ("Be brief.", {"a": "b"})
    assert house.upstream.bodies[-1]["messages"] == [{"role": "system", "content": "Be brief."}, *HELLO]


def test_messages_as_input(client, house):
    answer = client.responses.create(
        model="gemma-tunnel",
        input=[
            {"role": "developer", "content": "Be kind."},
            {"role": "user", "content": "One"},
            {"role": "assistant", "content": "Two"},
            {"role": "user", "content": [{"type": "input_text", "text": "Three"}]},
        ],
        instructions="Be brief.",
    )
    assert answer.output_text == "You said: Three"
    # Templates want one system message, at the beginning.
    assert house.upstream.bodies[-1]["messages"] == [
        {"role": "system", "content": "Be brief.\n\nBe kind."},
        {"role": "user", "content": "One"},
        {"role": "assistant", "content": "Two"},
        {"role": "user", "content": "Three"},
    ]


def test_sampling(client, house):
    client.responses.create(**ASK, temperature=0.5, top_p=0.9, max_output_tokens=50, extra_body={"top_k": 40})
    body = house.upstream.bodies[-1]
    assert (body["temperature"], body["top_p"], body["max_tokens"], body["top_k"]) == (0.5, 0.9, 50, 40)


@pytest.mark.parametrize("streamed", [False, True])
def test_reasoning(client, house, streamed):
    answer = answers(client, streamed, input="script:think", reasoning={"effort": "low", "summary": "auto"})
    assert [item.type for item in answer.output] == ["reasoning", "message"]
    assert [part.text for part in answer.output[0].summary] == ["Let me see."]
    assert answer.output_text.rstrip() == "You said: script:think"
    assert answer.reasoning.effort == "low"
    assert answer.usage.output_tokens_details.reasoning_tokens == 3
    assert answer.usage.input_tokens_details.cached_tokens == 2
    assert house.upstream.bodies[-1]["reasoning_effort"] == "low"


def test_the_events_of_reasoning(client):
    with client.responses.stream(**{**ASK, "input": "script:think"}) as events:
        thoughts = [event.delta for event in events if event.type == "response.reasoning_summary_text.delta"]
    assert thoughts == ["Let me", " see."]


@pytest.mark.parametrize("streamed", [False, True])
def test_sealed_reasoning_goes_back(client, house, streamed):
    more = {"store": False, "include": ["reasoning.encrypted_content"]}
    answer = answers(client, streamed, input="script:think", **more)
    assert answer.output[0].encrypted_content
    items = [item.model_dump(exclude_none=True, exclude={"summary", "parsed"}) for item in answer.output]
    items[0]["summary"] = []
    client.responses.create(model="gemma-tunnel", input=[*items, {"role": "user", "content": "Go on."}], **more)
    said = house.upstream.bodies[-1]["messages"]
    assert [message["role"] for message in said] == ["assistant", "user"]
    assert said[0]["reasoning_content"] == "Let me see."


def test_images(client, house):
    pixel = "data:image/png;base64,iVBORw0KGgo="
    content = [
        {"type": "input_text", "text": "What is it?"},
        {"type": "input_image", "image_url": pixel, "detail": "low"},
    ]
    client.responses.create(model="gemma-tunnel", input=[{"role": "user", "content": content}])
    assert house.upstream.bodies[-1]["messages"][0]["content"] == [
        {"type": "text", "text": "What is it?"},
        {"type": "image_url", "image_url": {"url": pixel, "detail": "low"}},
    ]


def test_an_image_by_its_address_is_not_fetched_unasked(client):
    content = [{"type": "input_image", "image_url": "https://pictures.example/x.jpg"}]
    with pytest.raises(openai.BadRequestError, match="images.fetch"):
        client.responses.create(model="gemma-tunnel", input=[{"role": "user", "content": content}])


def test_parse(client, house):
    answer = client.responses.parse(**ASK, text_format=Mountain)
    assert answer.output_parsed == Mountain(name="Matterhorn", metres=4478)
    format = house.upstream.bodies[-1]["response_format"]
    assert (format["type"], format["json_schema"]["name"]) == ("json_schema", "Mountain")
    assert sorted(format["json_schema"]["schema"]["properties"]) == ["metres", "name"]
    assert format["json_schema"]["strict"] is True


def test_parse_while_streaming(client):
    assert stream(client, text_format=Mountain).output_parsed == Mountain(name="Matterhorn", metres=4478)


@pytest.mark.parametrize("streamed", [False, True])
def test_the_end_of_the_tokens(client, streamed):
    if streamed:
        with client.responses.create(**{**ASK, "input": "script:cut"}, stream=True) as events:
            last = list(events)[-1]
        assert last.type == "response.incomplete"
        answer = last.response
    else:
        answer = client.responses.create(**{**ASK, "input": "script:cut"})
    assert (answer.status, answer.incomplete_details.reason) == ("incomplete", "max_output_tokens")
    assert answer.output[-1].status == "incomplete"


def test_counting_tokens(client, house):
    before = len(house.upstream.bodies)
    short = client.responses.input_tokens.count(**ASK)
    long = client.responses.input_tokens.count(**ASK, instructions="Be brief. " * 50)
    assert short.object == "response.input_tokens"
    assert 1 <= short.input_tokens < 100 <= long.input_tokens
    assert len(house.upstream.bodies) == before

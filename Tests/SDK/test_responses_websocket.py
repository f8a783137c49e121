"""Responses over a WebSocket, by the connections of OpenAI's SDK."""

import asyncio
import json

import openai
import pytest

HELLO = "Hello there"
WEATHER = {
    "type": "function",
    "name": "get_weather",
    "description": "Weather of a city.",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
    "strict": False,
}


@pytest.fixture(autouse=True)
def trust(house, monkeypatch):
    # What the SDK's connections trust cannot be said to the SDK itself.
    monkeypatch.setenv("SSL_CERT_FILE", str(house.relay.authority))


@pytest.fixture
def connection(house):
    with openai.OpenAI(base_url=house.relay.url + "/v1", api_key=house.key) as client:
        with client.responses.connect() as connection:
            yield connection


def answer(connection, lane=None, **wanted):
    """One turn: its events up to the last one."""
    if lane:
        wanted["stream_id"] = lane
    connection.response.create(model="gemma-tunnel", **wanted)
    return rest(connection)


def rest(connection):
    events = []
    while not events or events[-1].type not in ("response.completed", "response.failed", "error"):
        events.append(connection.recv())
    return events


def test_a_turn(connection):
    events = answer(connection, input=HELLO)
    assert [event.type for event in events[:2]] == ["response.created", "response.in_progress"]
    assert [event.sequence_number for event in events] == list(range(len(events)))
    text = "".join(event.delta for event in events if event.type == "response.output_text.delta")
    assert text.strip() == "You said: Hello there"
    assert events[-1].response.output_text == text
    assert events[-1].response.usage.total_tokens > 0


@pytest.mark.parametrize("store", [False, True])
def test_turns_that_go_on(connection, house, store):
    """The connection remembers what is not to be stored, too."""
    last = None
    for text in ("One", "Two", "Three"):
        more = {"previous_response_id": last} if last else {}
        last = answer(connection, input=text, store=store, **more)[-1].response.id
    said = [message["content"].strip() for message in house.upstream.bodies[-1]["messages"]]
    assert said == ["One", "You said: One", "Two", "You said: Two", "Three"]


def test_what_is_not_stored_belongs_to_its_connection(connection, house):
    first = answer(connection, input="Mine", store=False)[-1].response.id
    with openai.OpenAI(base_url=house.relay.url + "/v1", api_key=house.key) as client:
        with client.responses.connect() as other:
            refused = answer(other, input="x", previous_response_id=first)[-1]
    assert (refused.type, refused.error.code) == ("error", "previous_response_not_found")
    assert answer(connection, input="x", previous_response_id=first)[-1].type == "response.completed"


def test_a_tool_over_two_turns(connection, house):
    called = answer(connection, input="Weather in Oslo?", tools=[WEATHER], store=False)[-1].response
    calls = [item.call_id for item in called.output if item.type == "function_call"]
    results = [{"type": "function_call_output", "call_id": call, "output": "rain"} for call in calls]
    done = answer(connection, input=results, previous_response_id=called.id, tools=[WEATHER], store=False)[-1]
    assert done.type == "response.completed" and done.response.output_text
    assert [message["role"] for message in house.upstream.bodies[-1]["messages"]] == ["user", "assistant", "tool", "tool"]


def test_a_warm_up(connection, house):
    before = len(house.upstream.bodies)
    warm = {"type": "response.create", "model": "gemma-tunnel", "input": HELLO, "generate": False, "store": False}
    connection.send_raw(json.dumps(warm))
    events = rest(connection)
    assert [event.type for event in events] == ["response.created", "response.in_progress", "response.completed"]
    assert (events[-1].response.output, len(house.upstream.bodies)) == ([], before)
    answer(connection, input="And?", previous_response_id=events[-1].response.id)
    # What a user says twice in a row is one turn for a model's template.
    assert [message["content"] for message in house.upstream.bodies[-1]["messages"]] == [f"{HELLO}\nAnd?"]


def test_after_an_error_the_next_turn_works(connection):
    for wanted, code in [
        ({"input": []}, None),
        ({"input": HELLO, "previous_response_id": "resp_0"}, "previous_response_not_found"),
        ({"input": "script:busy"}, "rate_limit_exceeded"),
    ]:
        events = answer(connection, **wanted)
        assert [event.type for event in events] == ["error"]
        if code:
            assert events[0].error.code == code
    assert answer(connection, input=HELLO)[-1].type == "response.completed"


def test_lanes(connection):
    for lane in ("a", "b", "c"):
        for text in ("first", "second"):
            connection.response.create(model="gemma-tunnel", input=f"{lane} {text}", stream_id=lane)
    done = {}
    while sum(map(len, done.values())) < 6:
        event = connection.recv()
        assert event.stream_id in ("a", "b", "c")
        if event.type == "response.completed":
            done.setdefault(event.stream_id, []).append(event.response.output_text.strip())
    assert done == {lane: [f"You said: {lane} {text}" for text in ("first", "second")] for lane in ("a", "b", "c")}


def test_steering_is_refused(connection):
    connection.response.steer(previous_response_id="resp_0", input="more")
    refused = connection.recv()
    assert (refused.type, refused.error.code) == ("response.steer.failed", "steering_not_supported")


def test_a_wrong_key(house):
    with openai.OpenAI(base_url=house.relay.url + "/v1", api_key="sk-wrong") as client:
        with pytest.raises(Exception, match="401"):
            client.responses.connect().enter()


def test_asynchronous(house):
    async def converse():
        last = None
        async with openai.AsyncOpenAI(base_url=house.relay.url + "/v1", api_key=house.key) as client:
            async with client.responses.connect() as connection:
                for text in ("One", "Two"):
                    more = {"previous_response_id": last} if last else {}
                    await connection.response.create(model="gemma-tunnel", input=text, store=False, **more)
                    async for event in connection:
                        if event.type == "response.completed":
                            break
                    last = event.response.id
        return event.response.output_text

    assert asyncio.run(converse()).strip() == "You said: Two"
    assert len(house.upstream.bodies[-1]["messages"]) == 3

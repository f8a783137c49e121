"""Responses that are kept: chains, reading, listing and deleting them."""

import openai
import pytest

HELLO = "Hello there"


@pytest.fixture
def stored(client):
    return client.responses.create(model="gemma-tunnel", input=HELLO, instructions="Be brief.")


@pytest.mark.parametrize("streamed", [False, True])
def test_a_chain(client, house, streamed):
    def say(text, before=None):
        wanted = {"model": "gemma-tunnel", "input": text, "previous_response_id": before}
        if not streamed:
            return client.responses.create(**wanted)
        with client.responses.stream(**{key: value for key, value in wanted.items() if value}) as events:
            return events.get_final_response()

    last = say("Three", say("Two", say("One").id).id)
    assert last.output_text.rstrip() == "You said: Three"
    said = house.upstream.bodies[-1]["messages"]
    assert [message["role"] for message in said] == ["user", "assistant"] * 2 + ["user"]
    assert [message["content"].rstrip() for message in said] == [
        "One",
        "You said: One",
        "Two",
        "You said: Two",
        "Three",
    ]


def test_instructions_do_not_go_on(client, house, stored):
    client.responses.create(model="gemma-tunnel", input="And now?", previous_response_id=stored.id)
    assert [message["role"] for message in house.upstream.bodies[-1]["messages"]] == ["user", "assistant", "user"]


def test_a_fork(client, house, stored):
    for text in ("left", "right"):
        client.responses.create(model="gemma-tunnel", input=text, previous_response_id=stored.id)
        said = [message["content"] for message in house.upstream.bodies[-1]["messages"]]
        assert said == [HELLO, "You said: Hello there", text]


def test_reading(client, stored):
    again = client.responses.retrieve(stored.id)
    assert again.model_dump(exclude={"_request_id"}) == stored.model_dump(exclude={"_request_id"})


def test_reading_what_was_streamed(client):
    with client.responses.stream(model="gemma-tunnel", input=HELLO) as events:
        answer = events.get_final_response()
    again = client.responses.retrieve(answer.id)
    assert (again.status, again.output_text) == ("completed", "You said: Hello there ")


def test_the_items_of_the_input(client):
    said = [{"role": "user", "content": "One"}, {"role": "user", "content": "Two"}]
    answer = client.responses.create(model="gemma-tunnel", input=said)
    items = list(client.responses.input_items.list(answer.id, order="asc"))
    assert [(item.type, item.role, item.content) for item in items] == [
        ("message", "user", "One"),
        ("message", "user", "Two"),
    ]
    pages = list(client.responses.input_items.list(answer.id, order="desc", limit=1))
    assert [item.id for item in pages] == [item.id for item in reversed(items)]


def test_the_items_of_a_chain(client, stored):
    more = client.responses.create(model="gemma-tunnel", input="And now?", previous_response_id=stored.id)
    items = list(client.responses.input_items.list(more.id, order="asc", limit=2))
    assert [(item.type, item.role) for item in items] == [
        ("message", "user"),
        ("message", "assistant"),
        ("message", "user"),
    ]
    assert items[1].id == stored.output[0].id


def test_deleting(client, stored):
    client.responses.delete(stored.id)
    for call in (client.responses.retrieve, client.responses.delete, client.responses.input_items.list):
        with pytest.raises(openai.NotFoundError):
            call(stored.id)


@pytest.mark.parametrize("streamed", [False, True])
def test_what_is_not_to_be_stored(client, streamed):
    wanted = {"model": "gemma-tunnel", "input": HELLO, "store": False}
    if streamed:
        with client.responses.stream(**wanted) as events:
            answer = events.get_final_response()
    else:
        answer = client.responses.create(**wanted)
    assert answer.store is False
    with pytest.raises(openai.NotFoundError) as caught:
        client.responses.retrieve(answer.id)
    assert answer.id in caught.value.message
    with pytest.raises(openai.BadRequestError) as caught:
        client.responses.create(model="gemma-tunnel", input="x", previous_response_id=answer.id)
    assert (caught.value.code, caught.value.param) == ("previous_response_not_found", "previous_response_id")


def test_another_key_does_not_see_it(client, house, stored):
    key = house.relay.administer("key", "create", "--label", "other")["secret"]
    other = client.with_options(api_key=key)
    with pytest.raises(openai.NotFoundError):
        other.responses.retrieve(stored.id)
    with pytest.raises(openai.NotFoundError):
        other.responses.delete(stored.id)
    with pytest.raises(openai.BadRequestError):
        other.responses.create(model="gemma-tunnel", input="x", previous_response_id=stored.id)
    assert client.responses.retrieve(stored.id).id == stored.id


def test_a_reference_to_an_item(client, house, stored):
    reference = {"type": "item_reference", "id": stored.output[0].id}
    client.responses.create(model="gemma-tunnel", input=[reference, {"role": "user", "content": "And now?"}])
    assert house.upstream.bodies[-1]["messages"] == [
        {"role": "assistant", "content": "You said: Hello there"},
        {"role": "user", "content": "And now?"},
    ]


def test_cancelling(client, stored):
    with pytest.raises(openai.BadRequestError) as caught:
        client.responses.cancel(stored.id)
    assert "background" in caught.value.message


def test_what_a_deleted_response_leaves(client):
    first = client.responses.create(model="gemma-tunnel", input="Hello there")
    second = client.responses.create(model="gemma-tunnel", input="And now?", previous_response_id=first.id)
    client.responses.delete(first.id)
    with pytest.raises(openai.NotFoundError):
        client.responses.retrieve(first.id)
    with pytest.raises(openai.BadRequestError) as error:
        client.responses.create(model="gemma-tunnel", input="Still?", previous_response_id=second.id)
    assert error.value.code == "previous_response_not_found"

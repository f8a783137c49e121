"""What there is to ask, and how long a request is, in Anthropic's shapes."""

import anthropic
import pytest

HELLO = [{"role": "user", "content": "Hello there"}]


def test_the_list_of_models(claude):
    models = claude.models.list()
    assert sorted(model.id for model in models) == ["gemma-tunnel", "lonely", "org/model:7b"]
    assert {model.type for model in models.data} == {"model"}
    assert all(model.created_at.year >= 2025 for model in models.data)


def test_pages(claude):
    whole = [model.id for model in claude.models.list()]
    first = claude.models.list(limit=2)
    assert ([model.id for model in first.data], first.has_more) == (whole[:2], True)
    assert [model.id for model in first] == whole
    assert [model.id for model in claude.models.list(before_id=whole[2], limit=1)][-1:] == whole[:1]


@pytest.mark.parametrize("name", ["gemma-tunnel", "org/model:7b"])
def test_one_model(claude, name):
    model = claude.models.retrieve(name)
    assert (model.id, model.type, model.display_name) == (name, "model", name)


def test_no_such_model(claude):
    with pytest.raises(anthropic.NotFoundError) as caught:
        claude.models.retrieve("nobody")
    assert caught.value.type == "not_found_error"


def test_counting_tokens(claude, house):
    before = len(house.upstream.bodies)
    short = claude.messages.count_tokens(model="gemma-tunnel", messages=HELLO).input_tokens
    tool = {"name": "weather", "input_schema": {"type": "object", "properties": {}}}
    long = claude.messages.count_tokens(
        model="gemma-tunnel", system="Be brief. " * 50, messages=HELLO, tools=[tool]
    ).input_tokens
    assert 1 <= short < 100 <= long
    # The model server is not asked to answer.
    assert len(house.upstream.bodies) == before


def test_counting_in_a_bad_request(claude):
    with pytest.raises(anthropic.BadRequestError) as caught:
        claude.messages.count_tokens(model="gemma-tunnel", messages=[])
    assert caught.value.api_message.startswith("messages: ")


def test_counting_for_no_such_deployment(claude):
    with pytest.raises(anthropic.NotFoundError):
        claude.messages.count_tokens(model="nobody", messages=HELLO)

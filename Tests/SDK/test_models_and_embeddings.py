"""Embeddings, and what there is to ask."""

import openai
import pytest


def test_embeddings_as_the_sdk_asks_for_them(client, house):
    answer = client.embeddings.create(model="gemma-tunnel", input=["a", "b"])
    assert house.upstream.bodies[-1]["encoding_format"] == "base64"
    assert [item.embedding for item in answer.data] == [[1.0, -0.5, 0.25]] * 2
    assert answer.model == "gemma-tunnel"


def test_embeddings_from_a_server_that_ignores_the_encoding(client):
    answer = client.embeddings.create(model="gemma-tunnel", input="a", extra_body={"script": "floats"})
    assert answer.data[0].embedding == [1.0, -0.5, 0.25]


def test_embeddings_as_numbers(client):
    answer = client.embeddings.create(model="gemma-tunnel", input="a", encoding_format="float")
    assert answer.data[0].embedding == [1.0, -0.5, 0.25]


def test_the_list_of_models(client):
    assert sorted(model.id for model in client.models.list()) == ["gemma-tunnel", "lonely", "org/model:7b"]


@pytest.mark.parametrize("name", ["gemma-tunnel", "org/model:7b"])
def test_one_model(client, name):
    model = client.models.retrieve(name)
    assert (model.id, model.object) == (name, "model")


def test_no_such_model(client):
    with pytest.raises(openai.NotFoundError) as caught:
        client.models.retrieve("org/nobody:1b")
    assert caught.value.code == "model_not_found"

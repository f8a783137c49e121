"""What there is to ask, how long a request is, and embeddings, in Gemini's shapes."""

import pytest
from google.genai import errors, types


def test_the_list_of_models(gemini):
    models = list(gemini.models.list())
    assert sorted(model.name for model in models) == ["models/gemma-tunnel", "models/lonely", "models/org/model:7b"]
    assert all("generateContent" in model.supported_actions for model in models)


def test_pages(gemini):
    pager = gemini.models.list(config={"page_size": 2})
    assert len(pager) == 2
    assert sorted(model.name for model in pager)[0] == "models/gemma-tunnel"
    assert len(list(gemini.models.list(config={"page_size": 1}))) == 3


@pytest.mark.parametrize("name", ["gemma-tunnel", "org/model:7b"])
def test_one_model(gemini, name):
    assert gemini.models.get(model=name).name == "models/" + name


def test_no_such_model(gemini):
    with pytest.raises(errors.ClientError) as caught:
        gemini.models.get(model="nobody")
    assert (caught.value.code, caught.value.status) == (404, "NOT_FOUND")


def test_counting_tokens(gemini, house):
    before = len(house.upstream.bodies)
    short = gemini.models.count_tokens(model="gemma-tunnel", contents="Hello there").total_tokens
    long = gemini.models.count_tokens(model="org/model:7b", contents="Hello there. " * 50).total_tokens
    assert 1 <= short < 100 <= long
    assert len(house.upstream.bodies) == before


def test_embeddings(gemini, house):
    answer = gemini.models.embed_content(model="gemma-tunnel", contents=["a", "b"])
    assert [embedding.values for embedding in answer.embeddings] == [[1.0, -0.5, 0.25]] * 2
    body = house.upstream.bodies[-1]
    assert (body["model"], body["input"]) == ("scripted", ["a", "b"])


def test_the_settings_of_embeddings(gemini, house):
    config = types.EmbedContentConfig(task_type="RETRIEVAL_QUERY", output_dimensionality=3)
    answer = gemini.models.embed_content(model="org/model:7b", contents="a", config=config)
    assert answer.embeddings[0].values == [1.0, -0.5, 0.25]
    assert house.upstream.bodies[-1]["dimensions"] == 3

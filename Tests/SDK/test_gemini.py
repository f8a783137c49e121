"""Google's SDK, from a model that only knows Chat."""

import pytest
from google import genai
from google.genai import errors, types


@pytest.fixture(params=["v1", "v1beta"])
def gemini(house, request):
    options = types.HttpOptions(
        base_url=house.relay.url,
        api_version=request.param,
        client_args={"verify": house.trust},
        timeout=30_000,
    )
    return genai.Client(api_key=house.key, http_options=options)


def test_answer(gemini):
    answer = gemini.models.generate_content(model="gemma-tunnel", contents="Hello there")
    assert answer.text == "You said: Hello there"
    assert answer.usage_metadata.total_token_count == 12
    assert answer.candidates[0].finish_reason == types.FinishReason.STOP


@pytest.mark.parametrize("name", ["gemma-tunnel", "org/model:7b"])
def test_streamed_answer(gemini, name):
    chunks = list(gemini.models.generate_content_stream(model=name, contents="Hello there"))
    assert "".join(chunk.text or "" for chunk in chunks).strip() == "You said: Hello there"
    assert chunks[-1].candidates[0].finish_reason == types.FinishReason.STOP


def test_a_chat_remembers(gemini, house):
    chat = gemini.chats.create(model="gemma-tunnel")
    chat.send_message("Hello there")
    for _ in chat.send_message_stream("And now?"):
        pass
    chat.send_message("Still there?")
    # The SDK's history has a turn for every chunk; the model sees them as one.
    said = [(turn["role"], turn["content"].strip()) for turn in house.upstream.bodies[-1]["messages"]]
    assert said == [
        ("user", "Hello there"),
        ("assistant", "You said: Hello there"),
        ("user", "And now?"),
        ("assistant", "You said: And now?"),
        ("user", "Still there?"),
    ]


def test_tools(gemini):
    declarations = [types.FunctionDeclaration(name=name, description="A test") for name in ("weather", "time")]
    config = types.GenerateContentConfig(tools=[types.Tool(function_declarations=declarations)])
    answer = gemini.models.generate_content(model="gemma-tunnel", contents="Hello", config=config)
    calls = [(call.name, call.args) for call in answer.function_calls]
    assert calls == [("weather", {"city": "Bern"}), ("time", {"zone": "CET"})]


def test_errors(gemini):
    with pytest.raises(errors.ClientError) as error:
        gemini.models.generate_content(model="nobody", contents="x")
    assert (error.value.code, error.value.status) == (404, "NOT_FOUND")
    with pytest.raises(errors.ServerError) as error:
        gemini.models.generate_content(model="lonely", contents="x")
    assert (error.value.code, error.value.status) == (503, "UNAVAILABLE")


def test_models_counts_and_embeddings(gemini):
    assert "models/gemma-tunnel" in [model.name for model in gemini.models.list()]
    assert gemini.models.get(model="gemma-tunnel").display_name == "gemma-tunnel"
    assert gemini.models.count_tokens(model="gemma-tunnel", contents="Hello there").total_tokens > 1
    embedded = gemini.models.embed_content(model="gemma-tunnel", contents=["a", "b"])
    assert [embedding.values for embedding in embedded.embeddings] == [[1, -0.5, 0.25]] * 2

"""Gemini's API, whole and streamed, as Google's own SDK asks for it."""

import re

import pydantic
import pytest
from google import genai
from google.genai import errors, types

HELLO = [{"role": "user", "content": "Hello there"}]


class Mountain(pydantic.BaseModel):
    name: str
    metres: int


def ask(client, contents="Hello there", **config):
    return client.models.generate_content(
        model="gemma-tunnel", contents=contents, config=types.GenerateContentConfig(**config)
    )


def stream(client, contents="Hello there", **config):
    return list(
        client.models.generate_content_stream(
            model="gemma-tunnel", contents=contents, config=types.GenerateContentConfig(**config)
        )
    )


@pytest.mark.parametrize("name", ["gemma-tunnel", "org/model:7b", "models/gemma-tunnel"])
def test_generate_content(gemini, house, name):
    answer = gemini.models.generate_content(model=name, contents="Hello there")
    assert answer.text == "You said: Hello there"
    assert answer.candidates[0].content.role == "model"
    assert answer.candidates[0].finish_reason == types.FinishReason.STOP
    assert answer.model_version == name.removeprefix("models/")
    usage = answer.usage_metadata
    assert (usage.prompt_token_count, usage.candidates_token_count, usage.total_token_count) == (5, 7, 12)
    assert re.fullmatch("[0-9a-f]{24}", answer.response_id)
    assert answer.sdk_http_response.headers["x-request-id"] == "req_" + answer.response_id
    assert house.upstream.bodies[-1] == {"model": "scripted", "messages": HELLO, "stream": False}


@pytest.mark.parametrize("name", ["gemma-tunnel", "org/model:7b"])
def test_generate_content_stream(gemini, house, name):
    chunks = list(gemini.models.generate_content_stream(model=name, contents="Hello there"))
    assert [chunk.text for chunk in chunks if chunk.text] == ["You ", "said: ", "Hello ", "there "]
    assert chunks[-1].candidates[0].finish_reason == types.FinishReason.STOP
    assert chunks[-1].usage_metadata.total_token_count == 12
    assert {chunk.model_version for chunk in chunks} == {name}
    assert len({chunk.response_id for chunk in chunks}) == 1
    assert house.upstream.bodies[-1]["stream_options"] == {"include_usage": True}


@pytest.mark.parametrize("version", ["v1", "v1alpha"])
def test_the_other_versions(house, make_gemini, version):
    with make_gemini() as client:
        options = types.HttpOptions(api_version=version)
        assert ask(client, http_options=options).text == "You said: Hello there"


def test_the_paths_of_vertex(house):
    options = types.HttpOptions(base_url=house.relay.url, api_version="v1", client_args={"verify": house.trust})
    with genai.Client(vertexai=True, api_key=house.key, http_options=options) as client:
        assert ask(client).text == "You said: Hello there"
        assert "".join(chunk.text for chunk in stream(client)) == "You said: Hello there "


def test_system_instruction(gemini, house):
    ask(gemini, system_instruction="Be brief.")
    assert house.upstream.bodies[-1]["messages"] == [{"role": "system", "content": "Be brief."}, *HELLO]
    ask(gemini, system_instruction=["Be brief.", "Be kind."])
    assert house.upstream.bodies[-1]["messages"][0] == {"role": "system", "content": "Be brief.\n\nBe kind."}


def test_generation(gemini, house):
    ask(
        gemini,
        "script:stop",
        temperature=0.5,
        top_p=0.9,
        top_k=40,
        seed=7,
        max_output_tokens=50,
        presence_penalty=0.1,
        frequency_penalty=0.2,
        stop_sequences=["END"],
    )
    body = house.upstream.bodies[-1]
    assert (body["temperature"], body["top_p"], body["top_k"], body["seed"]) == (0.5, 0.9, 40, 7)
    assert (body["max_tokens"], body["presence_penalty"], body["frequency_penalty"]) == (50, 0.1, 0.2)
    assert body["stop"] == ["END"]


@pytest.mark.parametrize("streamed", [False, True])
def test_the_end_of_the_tokens(gemini, streamed):
    answer = stream(gemini, "script:cut")[-1] if streamed else ask(gemini, "script:cut")
    assert answer.candidates[0].finish_reason == types.FinishReason.MAX_TOKENS


@pytest.mark.parametrize("streamed", [False, True])
def test_thinking(gemini, house, streamed):
    config = {"thinking_config": types.ThinkingConfig(include_thoughts=True, thinking_budget=4000)}
    answers = stream(gemini, "script:think", **config) if streamed else [ask(gemini, "script:think", **config)]
    parts = [part for answer in answers for part in answer.candidates[0].content.parts if part.text]
    thoughts = [part.text for part in parts if part.thought]
    assert thoughts == (["Let me", " see."] if streamed else ["Let me see."])
    assert parts[0].thought
    assert "".join(part.text for part in parts if not part.thought).rstrip() == "You said: script:think"
    usage = answers[-1].usage_metadata
    assert (usage.candidates_token_count, usage.thoughts_token_count, usage.cached_content_token_count) == (4, 3, 2)
    assert house.upstream.bodies[-1]["reasoning_effort"] == "medium"


@pytest.mark.parametrize("streamed", [False, True])
def test_thoughts_are_not_shown_unless_wanted(gemini, house, streamed):
    config = {"thinking_config": types.ThinkingConfig(thinking_budget=0)}
    answers = stream(gemini, "script:think", **config) if streamed else [ask(gemini, "script:think", **config)]
    assert not [part for answer in answers for part in answer.candidates[0].content.parts if part.thought]
    assert house.upstream.bodies[-1]["reasoning_effort"] == "none"


def test_images(gemini, house):
    # The SDK writes these bytes with the alphabet of URLs: `-__-`.
    image = types.Part.from_bytes(data=b"\xfb\xff\xfe", mime_type="image/png")
    ask(gemini, [image, "What is it?"])
    assert house.upstream.bodies[-1]["messages"] == [
        {
            "role": "user",
            "content": [
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,+//+"}},
                {"type": "text", "text": "What is it?"},
            ],
        }
    ]


def test_an_image_by_its_address_is_not_fetched_unasked(gemini):
    far = types.Part.from_uri(file_uri="https://pictures.example/x.jpg", mime_type="image/jpeg")
    with pytest.raises(errors.ClientError, match="images.fetch") as refused:
        ask(gemini, [far, "What is it?"])
    assert refused.value.code == 400


@pytest.mark.parametrize("streamed", [False, True])
def test_response_schema(gemini, house, streamed):
    config = {"response_mime_type": "application/json", "response_schema": Mountain}
    if streamed:
        text = "".join(chunk.text for chunk in stream(gemini, "How high?", **config))
        assert Mountain.model_validate_json(text) == Mountain(name="Matterhorn", metres=4478)
    else:
        assert ask(gemini, "How high?", **config).parsed == Mountain(name="Matterhorn", metres=4478)
    format = house.upstream.bodies[-1]["response_format"]
    assert format["type"] == "json_schema"
    schema = format["json_schema"]["schema"]
    assert (schema["type"], schema["required"]) == ("object", ["name", "metres"])
    assert {name: field["type"] for name, field in schema["properties"].items()} == {
        "name": "string",
        "metres": "integer",
    }


def test_a_json_schema(gemini, house):
    schema = {"type": "object", "properties": {"name": {"type": "string"}}, "additionalProperties": False}
    ask(gemini, response_mime_type="application/json", response_json_schema=schema)
    assert house.upstream.bodies[-1]["response_format"]["json_schema"]["schema"] == schema


def test_json_without_a_schema(gemini, house):
    ask(gemini, response_mime_type="application/json")
    assert house.upstream.bodies[-1]["response_format"] == {"type": "json_object"}

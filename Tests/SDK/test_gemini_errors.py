"""Errors become the classes of Google's SDK, by their code."""

import pytest
from google.genai import errors, types


def ask(client, contents="Hello there", streamed=False, model="gemma-tunnel", **config):
    wanted = {"model": model, "contents": contents, "config": types.GenerateContentConfig(**config)}
    if not streamed:
        return client.models.generate_content(**wanted)
    return list(client.models.generate_content_stream(**wanted))


def details(error, kind):
    """The error's details of one type of Google's."""
    found = error.details["error"]["details"]
    return [detail for detail in found if detail["@type"] == "type.googleapis.com/google.rpc." + kind]


@pytest.mark.parametrize("streamed", [False, True])
def test_wrong_key(make_gemini, streamed):
    with make_gemini(key="sk-adit-wrong") as client, pytest.raises(errors.ClientError) as caught:
        ask(client, streamed=streamed)
    assert (caught.value.code, caught.value.status) == (401, "UNAUTHENTICATED")
    assert details(caught.value, "RequestInfo")[0]["requestId"].startswith("req_")


def test_a_model_that_the_key_may_not_use(make_gemini, house):
    key = house.relay.administer("key", "create", "--label", "narrow", "--models", "other-*")["secret"]
    with make_gemini(key=key) as client, pytest.raises(errors.ClientError) as caught:
        ask(client)
    assert (caught.value.code, caught.value.status) == (403, "PERMISSION_DENIED")


@pytest.mark.parametrize("streamed", [False, True])
def test_no_such_deployment(gemini, streamed):
    with pytest.raises(errors.ClientError) as caught:
        ask(gemini, model="nobody", streamed=streamed)
    assert (caught.value.code, caught.value.status) == (404, "NOT_FOUND")
    assert "nobody" in caught.value.message


def test_no_such_route(gemini):
    with pytest.raises(errors.ClientError) as caught:
        gemini.caches.get(name="cachedContents/1")
    assert (caught.value.code, caught.value.status) == (404, "NOT_FOUND")


UNKNOWN = types.FunctionCallingConfig(mode="ANY", allowed_function_names=["nobody"])


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"contents": [types.Content(role="robot", parts=[types.Part(text="x")])]}, "contents[0].role"),
        ({"max_output_tokens": 0}, "generationConfig.maxOutputTokens"),
        ({"response_modalities": ["AUDIO"]}, "generationConfig.responseModalities[0]"),
        ({"response_mime_type": "text/x-odd"}, "generationConfig.responseMimeType"),
        ({"cached_content": "cachedContents/1"}, "cachedContent"),
        (
            {"tool_config": types.ToolConfig(function_calling_config=UNKNOWN)},
            "toolConfig.functionCallingConfig.allowedFunctionNames[0]",
        ),
        (
            {"contents": [types.Part.from_uri(file_uri="gs://bucket/x.png", mime_type="image/png")]},
            "contents[0].parts[0].fileData.fileUri",
        ),
    ],
)
def test_a_bad_request_names_the_field(gemini, house, wrong, field):
    before = len(house.upstream.bodies)
    with pytest.raises(errors.ClientError) as caught:
        ask(gemini, **wrong)
    assert (caught.value.code, caught.value.status) == (400, "INVALID_ARGUMENT")
    assert details(caught.value, "BadRequest")[0]["fieldViolations"][0]["field"] == field
    assert len(house.upstream.bodies) == before


@pytest.mark.parametrize("streamed", [False, True])
def test_a_refusal_of_the_model_server(gemini, streamed):
    with pytest.raises(errors.ClientError) as caught:
        ask(gemini, "script:refuse", streamed)
    assert (caught.value.code, caught.value.status) == (400, "INVALID_ARGUMENT")
    assert "context size" in caught.value.message


@pytest.mark.parametrize("streamed", [False, True])
def test_a_busy_model_server(gemini, streamed):
    with pytest.raises(errors.ClientError) as caught:
        ask(gemini, "script:busy", streamed)
    assert (caught.value.code, caught.value.status) == (429, "RESOURCE_EXHAUSTED")
    assert details(caught.value, "RetryInfo")[0]["retryDelay"].endswith("s")


@pytest.mark.parametrize("streamed", [False, True])
def test_a_model_server_that_breaks(gemini, streamed):
    with pytest.raises(errors.ServerError) as caught:
        ask(gemini, "script:broken", streamed)
    assert (caught.value.code, caught.value.status) == (503, "UNAVAILABLE")


@pytest.mark.parametrize("streamed", [False, True])
def test_a_deployment_that_is_offline(gemini, streamed):
    with pytest.raises(errors.ServerError) as caught:
        ask(gemini, model="lonely", streamed=streamed)
    assert (caught.value.code, caught.value.status) == (503, "UNAVAILABLE")
    assert "lonely" in caught.value.message


@pytest.mark.parametrize("script", ["break_in_stream", "fail_in_stream"])
def test_a_stream_that_breaks_raises(gemini, house, script):
    words = ""
    house.upstream.may_break.clear()
    with pytest.raises(errors.ServerError) as caught:
        for chunk in gemini.models.generate_content_stream(model="gemma-tunnel", contents="script:" + script):
            words += chunk.text or ""
            house.upstream.may_break.set()
    assert words == "half an"
    assert caught.value.code in (500, 503)
    assert script == "break_in_stream" or "out of memory" in caught.value.message


def test_leaving_a_stream_stops_the_model(gemini, house):
    house.upstream.disconnected.clear()
    stream = gemini.models.generate_content_stream(model="gemma-tunnel", contents="script:endless")
    next(stream)
    stream.close()
    gemini.close()
    assert house.upstream.disconnected.wait(10)

"""Anthropic's Messages, whole and streamed, as Anthropic's own SDK asks for them."""

import base64
import re

import anthropic
import pydantic
import pytest

HELLO = [{"role": "user", "content": "Hello there"}]
PIXEL = base64.b64encode(b"\x89PNG\r\n\x1a\n not more than a beginning").decode()


class Mountain(pydantic.BaseModel):
    name: str
    metres: int


def ask(client, text="Hello there", **more):
    return client.messages.create(
        **{
            "model": "gemma-tunnel",
            "max_tokens": 100,
            "messages": [{"role": "user", "content": text}],
            **more,
        }
    )


@pytest.mark.parametrize("name", ["gemma-tunnel", "org/model:7b"])
def test_create(claude, house, name):
    answer = ask(claude, model=name)
    assert (answer.type, answer.role, answer.model) == ("message", "assistant", name)
    assert [(block.type, block.text) for block in answer.content] == [("text", "You said: Hello there")]
    assert (answer.stop_reason, answer.stop_sequence) == ("end_turn", None)
    assert (answer.usage.input_tokens, answer.usage.output_tokens) == (5, 7)
    assert re.fullmatch("msg_[0-9a-f]{24}", answer.id)
    assert re.fullmatch("req_[0-9a-f]{24}", answer._request_id)
    assert house.upstream.bodies[-1] == {"model": "scripted", "messages": HELLO, "stream": False, "max_tokens": 100}


def test_a_token_instead_of_a_key(claude, house):
    answer = ask(claude.with_options(api_key=None, auth_token=house.key))
    assert answer.content[0].text == "You said: Hello there"


@pytest.mark.parametrize("name", ["gemma-tunnel", "org/model:7b"])
def test_stream(claude, house, name):
    with claude.messages.stream(model=name, max_tokens=100, messages=HELLO) as stream:
        words = list(stream.text_stream)
        answer = stream.get_final_message()
    assert words == ["You ", "said: ", "Hello ", "there "]
    assert answer.content[0].text == "You said: Hello there "
    assert (answer.stop_reason, answer.model) == ("end_turn", name)
    assert (answer.usage.input_tokens, answer.usage.output_tokens) == (5, 7)
    assert re.fullmatch("req_[0-9a-f]{24}", stream.request_id)
    assert house.upstream.bodies[-1]["stream_options"] == {"include_usage": True}


def test_the_events_of_a_stream(claude):
    with ask(claude, stream=True) as stream:
        events = [event.type for event in stream]
    assert events == [
        "message_start",
        "content_block_start",
        *["content_block_delta"] * 4,
        "content_block_stop",
        "message_delta",
        "message_stop",
    ]


def test_system(claude, house):
    ask(claude, system="Be brief.")
    assert house.upstream.bodies[-1]["messages"] == [{"role": "system", "content": "Be brief."}, *HELLO]
    blocks = [
        {"type": "text", "text": "Be brief."},
        {"type": "text", "text": "Be kind.", "cache_control": {"type": "ephemeral"}},
    ]
    ask(claude, system=blocks)
    assert house.upstream.bodies[-1]["messages"][0] == {"role": "system", "content": "Be brief.\n\nBe kind."}


def test_sampling(claude, house):
    ask(claude, extra_body={"temperature": 0.5, "top_p": 0.9, "top_k": 40}, metadata={"user_id": "alice"})
    body = house.upstream.bodies[-1]
    assert (body["temperature"], body["top_p"], body["top_k"], body["user"]) == (0.5, 0.9, 40, "alice")


@pytest.mark.parametrize("stream", [False, True])
def test_stop_sequences(claude, house, stream):
    wanted = {"max_tokens": 100, "stop_sequences": ["END", "STOP"]}
    if stream:
        messages = [{"role": "user", "content": "script:stop"}]
        with claude.messages.stream(model="gemma-tunnel", messages=messages, **wanted) as events:
            answer = events.get_final_message()
    else:
        answer = ask(claude, "script:stop", **wanted)
    assert (answer.stop_reason, answer.stop_sequence) == ("stop_sequence", "END")
    assert house.upstream.bodies[-1]["stop"] == ["END", "STOP"]


def test_the_end_of_the_tokens(claude):
    assert ask(claude, "script:cut").stop_reason == "max_tokens"


@pytest.mark.parametrize("stream", [False, True])
def test_thinking(claude, house, stream):
    wanted = {
        "model": "gemma-tunnel",
        "max_tokens": 9000,
        "messages": [{"role": "user", "content": "script:think"}],
        "thinking": {"type": "enabled", "budget_tokens": 4000},
    }
    if stream:
        with claude.messages.stream(**wanted) as events:
            thoughts = [event.thinking for event in events if event.type == "thinking"]
            answer = events.get_final_message()
        assert thoughts == ["Let me", " see."]
    else:
        answer = claude.messages.create(**wanted)
    assert [block.type for block in answer.content] == ["thinking", "text"]
    assert answer.content[0].thinking == "Let me see."
    assert answer.content[0].signature
    assert answer.content[1].text.rstrip() == "You said: script:think"
    # Anthropic counts what a cache had apart.
    assert (answer.usage.input_tokens, answer.usage.cache_read_input_tokens) == (3, 2)
    assert answer.usage.output_tokens_details.thinking_tokens == 3
    assert house.upstream.bodies[-1]["reasoning_effort"] == "medium"


def test_thinking_that_is_not_wanted(claude, house):
    answer = ask(claude, "script:think", thinking={"type": "disabled"})
    assert [block.type for block in answer.content] == ["text"]
    assert house.upstream.bodies[-1]["reasoning_effort"] == "none"
    assert house.upstream.bodies[-1]["chat_template_kwargs"]["enable_thinking"] is False


def test_thinking_goes_back(claude, house):
    answer = ask(claude, "script:think")
    turns = [
        {"role": "user", "content": "script:think"},
        {"role": "assistant", "content": answer.content},
        *HELLO,
    ]
    ask(claude, messages=turns)
    said = house.upstream.bodies[-1]["messages"][1]
    assert (said["role"], said["content"]) == ("assistant", "You said: script:think")
    assert said["reasoning_content"] == "Let me see."


def test_images(claude, house):
    source = {"type": "base64", "media_type": "image/png", "data": PIXEL}
    ask(
        claude,
        messages=[
            {
                "role": "user",
                "content": [
                    {"type": "image", "source": source},
                    {"type": "text", "text": "What is it?"},
                ],
            }
        ],
    )
    assert house.upstream.bodies[-1]["messages"][0]["content"] == [
        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}},
        {"type": "text", "text": "What is it?"},
    ]


def test_an_image_by_its_address_is_not_fetched_unasked(claude):
    far = {"type": "url", "url": "https://pictures.example/x.jpg"}
    with pytest.raises(anthropic.BadRequestError, match="images.fetch"):
        ask(claude, messages=[{"role": "user", "content": [{"type": "image", "source": far}]}])


def test_parse(claude, house):
    answer = claude.messages.parse(model="gemma-tunnel", max_tokens=100, messages=HELLO, output_format=Mountain)
    assert answer.parsed_output == Mountain(name="Matterhorn", metres=4478)
    format = house.upstream.bodies[-1]["response_format"]
    assert format["type"] == "json_schema"
    assert sorted(format["json_schema"]["schema"]["properties"]) == ["metres", "name"]


def test_fields_that_model_servers_know(claude, house):
    ask(claude, extra_body={"min_p": 0.05, "chat_template_kwargs": {"x": 1}})
    assert house.upstream.bodies[-1]["min_p"] == 0.05
    assert house.upstream.bodies[-1]["chat_template_kwargs"] == {"x": 1}


def test_the_beta_resource(claude):
    answer = claude.beta.messages.create(
        model="gemma-tunnel", max_tokens=100, messages=HELLO, betas=["context-1m-2025-08-07"]
    )
    assert answer.content[0].text == "You said: Hello there"

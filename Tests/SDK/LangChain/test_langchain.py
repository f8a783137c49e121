"""LangChain's models for the three vendors: streams, and a loop in which the model calls tools until it answers."""

import pytest
from langchain_anthropic import ChatAnthropic
from langchain_core.messages import HumanMessage, SystemMessage, ToolMessage
from langchain_core.tools import tool
from langchain_google_genai import ChatGoogleGenerativeAI
from langchain_openai import ChatOpenAI

asked = []


@tool
def weather(city: str) -> str:
    """The weather of a city."""
    asked.append(city)
    return "sun"


@tool
def time(zone: str) -> str:
    """The time in a zone."""
    asked.append(zone)
    return "noon"


TOOLS = {each.name: each for each in (weather, time)}


def openai_chat(url, key):
    # It asks for the usage of streams by itself only at OpenAI's own address.
    return ChatOpenAI(model="gemma-tunnel", base_url=url + "/v1", api_key=key, stream_usage=True, max_retries=0)


def openai_responses(url, key):
    return ChatOpenAI(model="gemma-tunnel", base_url=url + "/v1", api_key=key, use_responses_api=True, max_retries=0)


def anthropic(url, key):
    return ChatAnthropic(model="gemma-tunnel", base_url=url, api_key=key, max_tokens=100, max_retries=0)


def google(url, key):
    return ChatGoogleGenerativeAI(model="gemma-tunnel", base_url=url, google_api_key=key, max_retries=0)


@pytest.fixture(params=[openai_chat, openai_responses, anthropic, google], ids=lambda make: make.__name__)
def model(request, house, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(house.relay.authority))
    # The tools' memory.
    asked.clear()
    return request.param(house.relay.url, house.key)


def test_a_conversation(model, house):
    answer = model.invoke([SystemMessage("Be brief."), HumanMessage("Hello there")])
    assert answer.text == "You said: Hello there"
    assert (answer.usage_metadata["input_tokens"], answer.usage_metadata["output_tokens"]) == (5, 7)
    said = house.upstream.bodies[-1]["messages"]
    assert [(message["role"], message["content"]) for message in said] == [
        ("system", "Be brief."),
        ("user", "Hello there"),
    ]


def test_a_stream(model):
    chunks = list(model.stream("Hello there"))
    assert "".join(chunk.text for chunk in chunks).rstrip() == "You said: Hello there"
    assert len([chunk for chunk in chunks if chunk.text]) >= 3
    whole = sum(chunks[1:], chunks[0])
    assert whole.usage_metadata["total_tokens"] == 12


@pytest.mark.parametrize("streamed", [False, True])
def test_a_loop_of_tools(model, house, streamed):
    bound = model.bind_tools([weather, time])
    messages = [HumanMessage("How is it?")]
    for _ in range(3):
        if streamed:
            chunks = list(bound.stream(messages))
            answer = sum(chunks[1:], chunks[0])
        else:
            answer = bound.invoke(messages)
        messages.append(answer)
        if not answer.tool_calls:
            break
        messages += [
            ToolMessage(TOOLS[call["name"]].invoke(call["args"]), tool_call_id=call["id"], name=call["name"])
            for call in answer.tool_calls
        ]
    assert asked == ["Bern", "CET"]
    assert messages[-1].text.rstrip() == "You said: noon"
    said = house.upstream.bodies[-1]["messages"]
    assert [message["role"] for message in said] == ["user", "assistant", "tool", "tool"]
    assert [call["function"]["name"] for call in said[1]["tool_calls"]] == ["weather", "time"]
    # LangChain tells Google no ids; the relay makes its own, and keeps calls and results together by their names.
    ids = [call["id"] for call in said[1]["tool_calls"]]
    assert len(set(ids)) == 2
    assert [(message["tool_call_id"], message["content"]) for message in said[2:]] == list(zip(ids, ["sun", "noon"]))

"""A real llama.cpp server with a tiny model, a relay and a connector beside it, and the SDKs before them."""

import socket
import ssl
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from types import SimpleNamespace

import anthropic
import openai
import pytest
import tiny_model
from google import genai
from google.genai import types

sys.path.append(str(Path(__file__).resolve().parents[1] / "SDK"))
from programs import Connector, Relay  # noqa: E402

NAME = "tiny-random"


class ModelServer:
    """llama.cpp's server as llama-cpp-python brings it."""

    def __init__(self, directory):
        self.model = directory / "tiny.gguf"
        tiny_model.write(self.model)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.log = directory / "server.log"
        self.start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def start(self):
        command = [sys.executable, "-m", "llama_cpp.server", "--model", self.model, "--model_alias", NAME]
        command += ["--host", "127.0.0.1", "--port", str(self.port), "--n_ctx", "512", "--n_threads", "1"]
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        for _ in range(600):
            try:
                with urllib.request.urlopen(self.url + "/v1/models", timeout=5):
                    return
            except OSError:
                assert self.process.poll() is None, self.log.read_text()[-4000:]
                time.sleep(0.1)
        raise AssertionError(self.log.read_text()[-4000:])

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    server = ModelServer(tmp_path_factory.mktemp("model"))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def house(server, tmp_path_factory):
    """What is between the SDKs and the model: a relay, a connector, a key, and what to trust."""
    directory = tmp_path_factory.mktemp("adit")
    relay = Relay(directory)
    connector = None
    try:
        relay.administer("deployment", "create", "tiny")
        key = relay.administer("key", "create", "--label", "real")["secret"]
        token = relay.administer("token", "create", "--label", "real", "tiny")["secret"]
        connector = Connector(directory, relay, token, "--upstream", server.url).online()
        trust = ssl.create_default_context(cafile=str(relay.authority))
        yield SimpleNamespace(url=relay.url, key=key, trust=trust)
    finally:
        if connector:
            connector.stop()
        relay.stop()


@pytest.fixture(scope="session")
def client(house):
    http = openai.DefaultHttpxClient(verify=house.trust)
    with openai.OpenAI(base_url=house.url + "/v1", api_key=house.key, http_client=http, max_retries=0) as client:
        yield client


@pytest.fixture(scope="session")
def claude(house):
    http = anthropic.DefaultHttpxClient(verify=house.trust)
    with anthropic.Anthropic(base_url=house.url, api_key=house.key, http_client=http, max_retries=0) as client:
        yield client


@pytest.fixture(scope="session")
def gemini(house):
    options = types.HttpOptions(base_url=house.url, client_args={"verify": house.trust})
    with genai.Client(api_key=house.key, http_options=options) as client:
        yield client

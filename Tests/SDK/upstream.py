"""A model server of which the tests decide what it does: OpenAI's API over HTTP/1.1, standard library only.

What it does is named by the request's own field `script`, which passes the relay as every unknown field does.
"""

import base64
import json
import struct
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MODEL = "scripted"
USAGE = {"prompt_tokens": 5, "completion_tokens": 7, "total_tokens": 12}
SECRET = "gpu-7.internal of account 4711"
WEATHER = [
    {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": '{"city":"Bern"}'}},
    {"id": "call_2", "type": "function", "function": {"name": "time", "arguments": '{"zone":"CET"}'}},
]


class Upstream(ThreadingHTTPServer):
    """Keeps every request's body, and counts what each script was asked."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.bodies = []
        self.asked = {}
        self.disconnected = threading.Event()
        self.may_break = threading.Event()
        self.may_answer = threading.Event()
        self.lock = threading.Lock()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request, client_address):
        # A caller that leaves is part of the tests.
        pass


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, format, *arguments):
        pass

    def do_GET(self):
        if self.path == "/v1/models":
            self.answer({"object": "list", "data": [{"id": MODEL, "object": "model", "created": 1, "owned_by": "me"}]})
        else:
            self.answer({"error": {"message": "nothing here"}}, 404)

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["content-length"])) or b"{}")
        if not self.path.startswith(("/v1/chat/completions", "/v1/completions", "/v1/embeddings")):
            return self.answer({"error": {"message": "nothing here"}}, 404)
        with self.server.lock:
            self.server.bodies.append(body)
            script = body.get("script", "answer")
            self.server.asked[script] = self.server.asked.get(script, 0) + 1
        if self.path == "/v1/embeddings":
            return self.embed(body)
        if self.path == "/v1/completions":
            return self.complete(body)
        getattr(self, "script_" + script)(body)

    # Scripts

    def script_answer(self, body):
        """Says back what was said; calls tools and fills schemas when there are any."""
        message = {"role": "assistant", "content": "You said: " + str(body["messages"][-1]["content"])}
        finish = "stop"
        if "tools" in body:
            message = {"role": "assistant", "content": None, "tool_calls": WEATHER}
            finish = "tool_calls"
        elif body.get("response_format", {}).get("type") == "json_schema":
            message["content"] = '{"name":"Matterhorn","metres":4478}'
        if body.get("stream"):
            return self.stream(message, finish, body)
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": finish}
        self.answer(
            {
                "id": "chatcmpl-1",
                "object": "chat.completion",
                "created": 1790000000,
                "model": MODEL,
                "choices": [choice],
                "usage": USAGE,
                "timings": {"predicted_per_second": 12.5},
            }
        )

    def script_busy_once(self, body):
        if self.server.asked["busy_once"] == 1:
            return self.answer({"error": {"message": "server busy, please try again", "type": "api_error"}}, 503)
        self.script_answer(body)

    def script_loading_once(self, body):
        if self.server.asked["loading_once"] == 1:
            error = {"code": 503, "message": "Loading model", "type": "unavailable_error"}
            return self.answer({"error": error}, 503)
        self.script_answer(body)

    def script_wait(self, body):
        """Answers when the test says so."""
        self.server.may_answer.wait(60)
        self.script_answer(body)

    def script_rubbish(self, body):
        """Answers what is no answer."""
        self.answer("I am not an object.")

    def script_without_usage(self, body):
        message = {"role": "assistant", "content": "I do not count."}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        self.answer({"id": "1", "object": "chat.completion", "created": 1, "model": MODEL, "choices": [choice]})

    def script_cached(self, body):
        """Has read three of the five tokens of its prompt before."""
        message = {"role": "assistant", "content": "I know."}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        usage = {**USAGE, "prompt_tokens_details": {"cached_tokens": 3}}
        answer = {"id": "1", "object": "chat.completion", "created": 1, "model": MODEL}
        self.answer({**answer, "choices": [choice], "usage": usage})

    def script_tell(self, body):
        """Fails with the status that the request names, and tells more than its customers are to know."""
        error = {"message": SECRET, "type": SECRET, "param": SECRET, "code": SECRET}
        self.answer({"error": error}, body["status"])

    def script_broken(self, body):
        self.close_connection = True

    def script_refuse(self, body):
        error = {"code": 400, "message": "the request exceeds the available context size"}
        self.answer({"error": {**error, "type": "exceed_context_size_error", "n_ctx": 512}}, 400)

    def script_break_in_stream(self, body):
        self.begin()
        self.chunk({"role": "assistant", "content": "half an"})
        # Not before the caller has these words: what is still on its way when a stream breaks may be lost.
        self.server.may_break.wait(10)
        self.close_connection = True

    def script_endless(self, body):
        """Streams until the other side goes away."""
        self.begin()
        try:
            while not self.server.disconnected.wait(0.02):
                self.chunk({"content": "on and "})
        except OSError:
            self.server.disconnected.set()
        self.close_connection = True

    # Answers

    def complete(self, body):
        choice = {"index": 0, "text": " upon a time", "logprobs": None, "finish_reason": "stop"}
        head = {"id": "cmpl-1", "object": "text_completion", "created": 1790000000, "model": MODEL}
        if not body.get("stream"):
            return self.answer({**head, "choices": [choice], "usage": USAGE})
        self.begin()
        for word in [" upon", " a", " time"]:
            self.event({**head, "choices": [{**choice, "text": word, "finish_reason": None}]})
        self.event({**head, "choices": [{**choice, "text": ""}]})
        self.end_stream()

    def embed(self, body):
        vector = [1.0, -0.5, 0.25]
        if body.get("encoding_format") == "base64" and body.get("script") != "floats":
            vector = base64.b64encode(struct.pack("<3f", *vector)).decode()
        inputs = body["input"] if isinstance(body["input"], list) else [body["input"]]
        data = [{"object": "embedding", "index": index, "embedding": vector} for index in range(len(inputs))]
        usage = {"prompt_tokens": 3, "total_tokens": 3}
        self.answer({"object": "list", "data": data, "model": MODEL, "usage": usage})

    def answer(self, document, status=200):
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def stream(self, message, finish, body):
        self.begin()
        self.chunk({"role": "assistant", "content": ""})
        for word in (message["content"] or "").split(" "):
            if word:
                self.chunk({"content": word + " "})
        # The arguments of tool calls come in fragments.
        for index, call in enumerate(message.get("tool_calls", [])):
            function = {"name": call["function"]["name"], "arguments": ""}
            self.chunk({"tool_calls": [{"index": index, "id": call["id"], "type": "function", "function": function}]})
            arguments = call["function"]["arguments"]
            for start in range(0, len(arguments), 5):
                function = {"arguments": arguments[start : start + 5]}
                self.chunk({"tool_calls": [{"index": index, "function": function}]})
        self.chunk({}, finish)
        if body.get("stream_options", {}).get("include_usage"):
            self.event({**self.stream_head(), "choices": [], "usage": USAGE})
        self.end_stream()

    def begin(self):
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()

    def stream_head(self):
        return {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1790000000, "model": MODEL}

    def chunk(self, delta, finish=None):
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        self.event({**self.stream_head(), "choices": [choice]})

    def event(self, document):
        self.raw(f"data: {json.dumps(document)}\n\n")

    def raw(self, text):
        data = text.encode()
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()

    def end_stream(self):
        self.raw("data: [DONE]\n\n")
        self.wfile.write(b"0\r\n\r\n")
        self.wfile.flush()

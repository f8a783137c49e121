"""Runs the examples of documents as they stand there: with curl, with Python, with Node.js.

An example takes the relay's address from `ADIT_URL` and the key from `ADIT_API_KEY`.
"""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

# Where `npm install --prefix .build openai` puts it.
PACKAGES = Path(os.environ.get("ADIT_NODE_MODULES", Path(__file__).resolve().parents[2] / ".build" / "node_modules"))
CURL = 'curl() { command curl --silent --show-error --no-buffer --dump-header "$ADIT_HEAD" "$@"; }\n'


@dataclass
class Reply:
    """What curl has seen."""

    status: int
    headers: dict
    text: str

    @property
    def json(self):
        return json.loads(self.text)

    @property
    def type(self):
        return self.headers["content-type"].split(";")[0]

    @property
    def events(self):
        """What the `data:` lines of a stream say, in JSON where it is JSON."""
        lines = [line.removeprefix("data: ") for line in self.text.split("\n") if line.startswith("data: ")]
        return [line if line == "[DONE]" else json.loads(line) for line in lines]


class Examples:
    """Examples against one relay."""

    notes = set()

    def __init__(self, url, key, authority):
        self.url, self.key, self.authority = url, key, str(authority)

    def shell(self, example, key=None):
        """Runs an example of curl; its answer is read whole."""
        head = Path(self.authority).parent / f"head-{os.getpid()}"
        done = self._run(["bash", "-euc", CURL + example], key, ADIT_HEAD=str(head))
        # The last head is the answer's; one before it may say «100 Continue».
        first, *fields = head.read_text().strip().split("\r\n\r\n")[-1].splitlines()
        headers = {name.lower(): value.strip() for name, value in (field.split(":", 1) for field in fields)}
        return Reply(int(first.split()[1]), headers, done)

    def python(self, example):
        """Runs an example of Python; answers what it prints."""
        return self._run([sys.executable, "-c", example])

    def javascript(self, example, in_python, folder):
        """Runs an example of Node.js; where OpenAI's package for it is not there, the same in Python."""
        missing = "Node.js" if not shutil.which("node") else "the npm package openai"
        if missing == "Node.js" or not (PACKAGES / "openai" / "package.json").exists():
            why = f"{missing} is not here (npm install --prefix .build openai)"
            self.notes.add(f"JavaScript examples ran in Python: {why}")
            return self.python(in_python)
        # Modules are looked for beside the script.
        (folder / "node_modules").symlink_to(PACKAGES)
        script = folder / "example.mjs"
        script.write_text(example)
        return self._run(["node", str(script)], NODE_EXTRA_CA_CERTS=self.authority)

    def _run(self, words, key=None, **more):
        environment = {
            "PATH": os.environ["PATH"],
            "ADIT_URL": self.url,
            "ADIT_API_KEY": key or self.key,
            "CURL_CA_BUNDLE": self.authority,
            "SSL_CERT_FILE": self.authority,
            **more,
        }
        done = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

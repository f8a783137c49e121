"""The relay and the connector as processes, with everything they write in a temporary directory."""

import json
import os
import queue
import signal
import subprocess
import threading
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDER = Path(os.environ.get("ADIT_PROGRAMS", ROOT / ".build" / "debug"))
# The kernel ends a program whose test run is gone.
GUARD = ["/usr/bin/setpriv", "--pdeathsig", "KILL"] if os.path.exists("/usr/bin/setpriv") else []


class Program:
    """One run of a program; its standard error goes to a file."""

    def __init__(self, name, arguments, log, environment=None):
        self.name = name
        self.log = Path(log)
        self._lines = queue.Queue()
        with open(self.log, "ab") as errors:
            self.process = subprocess.Popen(
                [*GUARD, str(FOLDER / name), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                env={"PATH": os.environ["PATH"], **(environment or {})},
            )
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        with self.process.stdout as output:
            for line in output:
                self._lines.put(line.decode().rstrip("\n"))
        self._lines.put(None)

    def line(self, beginning, seconds=30):
        """Waits for a line of standard output that begins so."""
        while True:
            try:
                line = self._lines.get(timeout=seconds)
            except queue.Empty:
                line = None
            if line is None:
                raise AssertionError(f"{self.name} did not say «{beginning}»:\n{self.log.read_text()[-4000:]}")
            if line.startswith(beginning):
                return line

    def stop(self):
        """Ends the program in order, then by force."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


class Relay:
    """A relay with a certificate of its own making."""

    def __init__(self, directory, *arguments):
        self.data = directory / "data"
        arguments = ["serve", "--data", self.data, "--listen", "127.0.0.1:0", "--dev-tls", *arguments]
        self.program = Program("adit-relay", arguments, directory / "relay.log")
        self.url = self.program.line("adit-relay ready on https://").split(" on ")[1]
        if "--listen-plain" in arguments:
            self.plain_url = self.program.line("adit-relay ready on http://").split(" on ")[1]
        self.authority = self.data / "dev-tls" / "ca.pem"

    def administer(self, *words):
        """Runs an administration command and reads its JSON."""
        done = subprocess.run(
            [FOLDER / "adit-relay", *words, "--data", self.data, "--json"],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout) if done.stdout.strip() else None

    def stop(self):
        self.program.stop()


class Connector:
    """A connector beside an upstream."""

    def __init__(self, directory, relay, token, *arguments):
        self.program = Program(
            "adit-connector",
            ["run", "--relay", relay.url, "--ca-file", relay.authority, "--state", directory / "state", *arguments],
            directory / "connector.log",
            {"ADIT_TOKEN": token},
        )

    def online(self):
        """Waits until it serves."""
        self.program.line("adit-connector online: ")
        return self

    def stop(self):
        self.program.stop()

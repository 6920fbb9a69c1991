"""The senders give the key to the gateway alone, and send a file as what its name says."""

import http.server
import importlib.util
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

KIT = Path(__file__).parents[3] / "examples" / "supplier"
ANSWER = b'{"received": 1, "refused": 0, "lines": []}'


class Server(http.server.ThreadingHTTPServer):
    """Answers every request, or sends it elsewhere; remembers what came."""

    def __init__(self, location=None):
        super().__init__(("127.0.0.1", 0), Answering)
        self.location, self.seen = location, []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def address(self):
        return f"http://127.0.0.1:{self.server_port}"


class Answering(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.seen.append((self.headers["Authorization"], self.headers["Content-Type"]))
        body = b"" if self.server.location else ANSWER
        self.send_response(self.server.status if self.server.location else 202)
        if self.server.location:
            self.send_header("Location", self.server.location)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.do_POST()

    def log_message(self, *_):
        pass


@pytest.fixture
def start():
    servers = []

    def start(location=None, status=202):
        servers.append(Server(location))
        servers[-1].status = status
        return servers[-1]

    yield start
    for each in servers:
        each.shutdown()
        each.server_close()


@pytest.fixture(
    params=["send.py", pytest.param("send.sh", marks=pytest.mark.skipif(not shutil.which("curl"), reason="no curl"))]
)
def sender(request, tmp_path):
    """Runs a sender on a file of this name; returns code and everything it said."""
    (tmp_path / "key.txt").write_text("leerlus_a_secret", encoding="ascii")

    def run(gateway, name="january.ndjson"):
        file = tmp_path / name
        file.write_bytes(b"{}\n")
        if request.param == "send.py":
            options = ("--gateway", gateway, "--key-file", "key.txt")
            program = [sys.executable, "-I", KIT / "send.py", *options, file]
        else:
            program = ["bash", KIT / "send.sh", gateway, "key.txt", file]
        done = subprocess.run(program, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
        return done.returncode, done.stdout + done.stderr

    return run


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_an_error_and_the_key_goes_nowhere_else(sender, start, status):
    elsewhere = start()
    gateway = start(elsewhere.address, status)
    assert sender(gateway.address)[0] != 0
    assert (len(gateway.seen), elsewhere.seen) == (1, [])


@pytest.mark.parametrize(
    "address",
    [
        "http://gateway.example.org",
        "http://localhost.example.org",
        "http://localhost@example.org",
        "ftp://localhost",
        "gateway.example.org",
    ],
)
def test_the_key_is_sent_in_clear_to_this_machine_only(sender, address):
    code, said = sender(address)
    assert code == 2
    assert "must begin with https://" in said


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("a.csv", "text/csv"),
        ("A.CSV", "text/csv"),
        ("a.ndjson", "application/x-ndjson"),
        ("a.JSONL", "application/x-ndjson"),
    ],
)
def test_the_ending_says_what_is_sent_in_capitals_too(sender, start, name, media_type):
    gateway = start()
    assert sender(gateway.address, name)[0] == 0
    assert gateway.seen == [("Bearer leerlus_a_secret", media_type)]


@pytest.mark.parametrize("name", ["a.xlsx", "a.txt", "a"])
def test_a_file_of_another_kind_is_not_sent(sender, start, name):
    gateway = start()
    code, said = sender(gateway.address, name)
    assert (code, gateway.seen) == (2, [])
    assert "is none of" in said


def test_a_quote_that_is_never_closed_takes_no_longer_than_a_row_that_is():
    spec = importlib.util.spec_from_file_location("send", KIT / "send.py")
    send = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(send)
    content = b'policy,unit\n"a,b\n' + b"x,y\n" * 300_000
    started_s = time.monotonic()
    rows = list(send.rows_of(content))
    assert time.monotonic() - started_s < 5  # three hundred times as long when each line looks at all before it
    assert [len(row) for row in rows] == [12, len(content) - 12]

"""Who is compared, and the process in which each waits for questions."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.peers.environments import Peer, UnavailableError, python_of

OURS = "leerlus"
_HERE = Path(__file__).parent
_PYTHON = {"since": sys.version_info[:2], "until": (sys.version_info[0], sys.version_info[1] + 1)}
_PARSER = "orjson==3.13.0"

PEERS = (
    Peer("pydantic", ("pydantic==2.14.4",), "run_pydantic.py", **_PYTHON),
    Peer("jsonschema-rs", ("jsonschema-rs==0.61.0", _PARSER), "run_jsonschema_rs.py", **_PYTHON),
    Peer("fastjsonschema", ("fastjsonschema==2.22.3", _PARSER), "run_fastjsonschema.py", **_PYTHON),
    Peer("datacontract-cli", ("datacontract-cli[duckdb]==1.2.8",), "run_datacontract.py", **_PYTHON),
)
"""On the Python that runs the door, so that nobody is faster for a newer one."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a contestant says of a file.

    Attributes:
        seconds: Time of the processor.
        n_reasons: Reasons against each line; one figure for the file from who judges files only.
    """

    seconds: float
    n_reasons: list[int]

    @property
    def n_refused(self) -> int | None:
        """How many lines are refused; None where the file is judged as a whole."""
        return sum(n > 0 for n in self.n_reasons) if len(self.n_reasons) > 1 else None


class Contestant:
    """A library that waits for questions in a process of its own."""

    def __init__(self, name: str, process: "subprocess.Popen[str]") -> None:
        self.name = name
        self._process = process

    def asked(self, path: Path, *, apart: bool = False) -> Answer:
        """Return the answer about a file.

        Args:
            path: The file, one record a line.
            apart: Whether each line is judged by itself, as the kind of record that it names.

        Raises:
            UnavailableError: If the process stopped.
        """
        answer = ""
        if self._process.stdin is not None and self._process.stdout is not None and self._process.poll() is None:
            self._process.stdin.write(json.dumps({"path": str(path), "apart": apart}) + "\n")
            self._process.stdin.flush()
            answer = self._process.stdout.readline()
        if not answer:
            raise UnavailableError(f"{self.name} stopped: {self._last_words()}")
        return Answer(**json.loads(answer))

    def _last_words(self) -> str:
        _, errors = self._process.communicate()
        return (errors.splitlines() or ["no reason given"])[-1]


@contextmanager
def contestant(name: str, folder: Path) -> Iterator[Contestant]:
    """Start a contestant that knows the rules in `folder`, and end it.

    Raises:
        UnavailableError: If it does not install.
    """
    peers = {peer.name: peer for peer in PEERS}
    python = python_of(peers[name]) if name in peers else Path(sys.executable)
    script = _HERE / (peers[name].script if name in peers else f"run_{name}.py")
    pipe = subprocess.PIPE
    with subprocess.Popen([python, script, folder], stdin=pipe, stdout=pipe, stderr=pipe, text=True) as process:
        try:
            yield Contestant(name, process)
        finally:
            process.kill()

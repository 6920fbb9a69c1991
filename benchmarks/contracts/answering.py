"""Answer for one library: how many reasons it has against each line of a file, and how long that took.

Runs in the library's own environment, with the standard library alone. A question is a JSON line: the `path` of a file,
and whether its lines are to be checked `apart`, each by itself and as the kind that it names.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

FOLDER = Path(sys.argv[1])
RULES = json.loads((FOLDER / "rules.json").read_text())
SCHEMAS = json.loads((FOLDER / "schemas.json").read_text())
OBSERVATION = "observation"

Check = Callable[[str, list[bytes]], list[int]]


def answer(check: Check) -> None:
    """Answer every question on standard input.

    Args:
        check: Gets the kind of the records and their lines; returns the number of reasons against each.
    """
    for question in map(json.loads, sys.stdin):
        lines = Path(question["path"]).read_bytes().splitlines()
        start = time.process_time()
        n_reasons = _apart(check, lines) if question["apart"] else check(OBSERVATION, lines)
        seconds = time.process_time() - start
        print(json.dumps({"seconds": seconds, "n_reasons": n_reasons}), flush=True)


def _apart(check: Check, lines: list[bytes]) -> list[int]:
    return [sum(check(_kind_of(line), [line])) for line in lines]


def _kind_of(line: bytes) -> str:
    return next((kind for kind in SCHEMAS if line.startswith(f'{{"{kind}"'.encode())), OBSERVATION)

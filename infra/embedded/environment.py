"""The environment that embedded servers get: the machine's settings, none of ours."""

import os
from collections.abc import Mapping

_NOT_FOR_SERVERS = ("LEERLUS_", "MLFLOW_", "_MLFLOW_", "PG")
_FOR_OTHER_USERS = ("PATH", "TZ", "TMPDIR", "LD_LIBRARY_PATH")


def inherited(**added: str) -> Mapping[str, str]:
    """Return this process's environment without settings of ours or of the server, plus what is added."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_NOT_FOR_SERVERS)}
    return {**kept, **added}


def minimal(**added: str) -> Mapping[str, str]:
    """Return the little that a program needs that runs as another user."""
    kept = {name: os.environ[name] for name in _FOR_OTHER_USERS if name in os.environ}
    return {**kept, "LC_ALL": "C.UTF-8", **added}

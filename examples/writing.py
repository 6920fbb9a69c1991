"""How the examples write records: pseudonyms, one JSON object a line, the same bytes on every system."""

import hmac
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from uuid import UUID, uuid5

_NAMESPACE = UUID("6f0dfb4e-5d0c-5b0e-9a54-0f3a6f1c2d11")
_KEY = b"the people in these published data are known to nobody, so this key may be; yours is a secret"


def pseudonym(text: str) -> str:
    """Return the keyed pseudonym of a unit."""
    return hmac.digest(_KEY, text.encode(), "sha256").hex()[:32]


def observation(policy: str, source: str, *, unit: str, **fields: object) -> bytes:
    """Return the line of the observation called `source` of a unit of a policy; `fields` are the rest of it."""
    record: Mapping[str, object] = {
        "observation_id": str(uuid5(_NAMESPACE, f"{policy} {source}")),
        "policy": policy,
        "unit": pseudonym(f"{policy} {unit}"),
    }
    return json.dumps({**record, **fields}, separators=(",", ":")).encode()


def write(path: Path, lines: Iterable[bytes]) -> None:
    """Write lines to a file."""
    written = [line + b"\n" for line in lines]
    path.write_bytes(b"".join(written))
    print(f"{path.name}: {len(written):,} lines")

"""Whether a key covers what a refused line says it is about; a line of which that cannot be read is not covered."""

import json
from collections.abc import Sequence

from contracts import codes
from contracts.admission import NOT_YOUR_POLICY
from contracts.errors import Reason

NO_POLICY_READ = Reason(codes.NOT_YOUR_POLICY, "policy", "no policy can be read that the key with which it came covers")
"""Why a line is refused of which nobody can say whose it is: mended later, it may be of any policy."""


def why_not_covered(value: bytes, covered: Sequence[str]) -> Reason | None:
    """Return why a line that breaks its contract is not covered by a key; None if it is.

    Every `policy` in it must be covered, however it is written, because a later contract may read another one.

    Args:
        value: Its bytes.
        covered: The policies that the key covers.
    """
    named = _policies_in(value)
    if not named:
        return NO_POLICY_READ
    return None if all(each in covered for each in named) else NOT_YOUR_POLICY


def _policies_in(value: bytes) -> list[object]:
    """Return the value of every `policy` at any depth; nothing where the line is no JSON."""
    found: list[object] = []

    def look(pairs: list[tuple[str, object]]) -> None:
        found.extend(value for name, value in pairs if name == "policy")

    try:
        json.loads(value.decode(), object_pairs_hook=look)
    except (ValueError, RecursionError):
        return []
    return found

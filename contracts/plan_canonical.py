"""Canonical JSON and its digest: what makes two plans the same plan.

Keys sorted, no white space, UTF-8 without escapes that JSON does not ask for. The digest therefore stays the same under
another order of keys, other comments and another YAML style. It is a digest of what was written, not of what was
meant: `1` and `1.0`, or a default left out and the same value written, are different plans.
"""

import json
from hashlib import sha256

from contracts.document.written import Plain
from contracts.errors import PlanError, Problem


def canonical_json(document: Plain) -> bytes:
    """Return the canonical JSON of a document.

    Raises:
        ValueError: If a number is not finite: JSON has no word for it.
    """
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode()


def digest(canonical: bytes) -> str:
    """Return the SHA-256 of canonical JSON, in hex."""
    return sha256(canonical).hexdigest()


def document_of(canonical: bytes) -> Plain:
    """Return the document that canonical JSON holds.

    Raises:
        PlanError: If the bytes are not JSON, or not in canonical form, so that their digest would not be the plan's.
    """
    try:
        document: Plain = json.loads(canonical)
        is_canonical = canonical_json(document) == canonical
    except (ValueError, RecursionError) as error:
        raise PlanError([Problem("", None, f"these bytes hold no JSON document: {error}")]) from error
    if not is_canonical:
        raise PlanError([Problem("", None, "this JSON is not canonical: keys sorted, none twice, no white space")])
    return document

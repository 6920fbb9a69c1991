"""The contracts by which this program judges records, as refusals and replays name them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files

from contracts.odcs import EXTENSIONS, NAMES, load_contract, load_extension


@dataclass(frozen=True, slots=True)
class Terms:
    """Which contract, which version of it, and the SHA-256 of its file, followed by those of its extensions."""

    name: str
    version: str
    sha256: str

    def __str__(self) -> str:
        return f"{self.name}@{self.version}"


@cache
def in_force() -> Mapping[str, Terms]:
    """Return the contracts of this program, by name."""
    return {name: terms for name, (terms, _) in _read().items()}


def terms_of(value: bytes) -> Terms:
    """Return the contract that a refused record was held against: the one whose envelope is seen in it.

    What shows no envelope is taken for an observation, as the decoder does.
    """
    found = _envelope().search(value)
    return in_force()[_by_envelope()[found[1].decode() if found else None]]


@cache
def _read() -> Mapping[str, tuple[Terms, str | None]]:
    """Return the terms of each contract and the envelope of its records."""
    extensions = [(each, load_extension(each).extends) for each in EXTENSIONS]
    found = {}
    for name in NAMES:
        contract = load_contract(name)
        added = [each for each, extends in extensions if extends is not None and extends.contract == name]
        digest = sha256(b"".join(map(_file, (name, *added)))).hexdigest()
        found[name] = Terms(name, contract.version, digest), contract.schema.envelope
    return found


def _file(name: str) -> bytes:
    return files("contracts").joinpath(f"{name}.odcs.yaml").read_bytes()


@cache
def _by_envelope() -> Mapping[str | None, str]:
    return {envelope: name for name, (_, envelope) in _read().items()}


@cache
def _envelope() -> re.Pattern[bytes]:
    names = "|".join(re.escape(envelope) for envelope in _by_envelope() if envelope is not None)
    return re.compile(f'"({names})"\\s*:'.encode())

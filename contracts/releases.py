"""What was released: every version of every contract that senders were given, kept as it was.

A version stands in `released/<name>/<version>.odcs.yaml`, its digest in `released/sha256sums`, and never changes.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from hashlib import sha256
from importlib.resources import files

from contracts.compatibility import wrong_step
from contracts.compatibility_step import parts_of
from contracts.errors import PlanError, Problem
from contracts.odcs import read_contract
from contracts.odcs_model import Contract

_ENDING = ".odcs.yaml"


def released(name: str) -> dict[str, str]:
    """Return the files of all released versions of a contract, by version, the oldest first; empty for none.

    Raises:
        PlanError: If a file is not what was released.
    """
    folder = files("contracts").joinpath("released", name)
    if not folder.is_dir():
        return {}
    texts = {each.name.removesuffix(_ENDING): each.read_text(encoding="utf-8") for each in folder.iterdir()}
    changed = [version for version, text in texts.items() if _digest(text) != _digests().get(f"{name}/{version}")]
    if changed:
        message = f"{', '.join(changed)} is not what was released; a change is a new version"
        raise PlanError([Problem(f"released/{name}", None, message)])
    return dict(sorted(texts.items(), key=lambda item: parts_of(item[0])))


def last_released(name: str) -> Contract | None:
    """Return the newest released version of a contract; None if none was released."""
    texts = list(released(name).values())
    return read_contract(texts[-1]) if texts else None


def unfit_version(contract: Contract) -> str | None:
    """Return why the version of a contract does not follow the last released one; None if it does or there is none."""
    last = last_released(contract.name)
    return wrong_step(last, contract) if last is not None and contract.plan is None else None


def recorded() -> Iterator[str]:
    """Yield what has a recorded digest, as `<name>/<version>`."""
    yield from _digests()


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


@cache
def _digests() -> Mapping[str, str]:
    lines = files("contracts").joinpath("released", "sha256sums").read_text(encoding="utf-8").splitlines()
    pairs = (line.split(maxsplit=1) for line in lines)
    return {path.removesuffix(_ENDING): digest for digest, path in pairs}

"""The contracts before the standard's own linters, and what one of them says of changes that ours refuses.

`python -m benchmarks.contract_linters`; each linter runs in an environment of its own under the user's cache.
"""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.peers.environments import Peer, UnavailableError, python_of
from contracts.compatibility import wrong_step
from contracts.compatibility_step import Step, next_version
from contracts.odcs import EXTENSIONS, NAMES, contract_text, read_contract
from contracts.plan_reader import read_plan
from services.commands.contract_forms import published
from services.commands.contract_sources import Format

DATACONTRACT = Peer("datacontract-cli", ("datacontract-cli==1.2.8",), "")
ODCSLINT = Peer("odcslint", ("odcslint==0.3.0",), "")

_PLAN = Path(__file__).parents[1] / "examples" / "trust_trial" / "plan.yaml"
_UNIT = """        customProperties:
          - {property: direction, vendor: leerlus, value: higher_is_better}
          - {property: ucumCode, vendor: leerlus, value: kg}
"""
_LIST = """        customProperties:
          - {property: codeList, vendor: leerlus, value: {id: nl-municipalities, version: "2023-01-01", sha256: "%s"}}
"""

CHANGES = {
    "the direction is turned": ("value: higher_is_better", "value: lower_is_better"),
    "another unit": ("ucumCode, vendor: leerlus, value: kg", "ucumCode, vendor: leerlus, value: g"),
    "a newer code list": ('version: "2023-01-01"', 'version: "2026-01-01"'),
    "a smaller small-cell threshold": (
        "smallCellThreshold, vendor: leerlus, value: 10",
        "smallCellThreshold, vendor: leerlus, value: 5",
    ),
    "a lowered classification": (
        "classification: restricted\n        description: Keyed",
        "classification: internal\n        description: Keyed",
    ),
    "another time of the event": ("value: {property: period, allowed", "value: {property: observed_at, allowed"),
    "unknown fields no longer passed over": ("value: optional_fields_are_minor", "value: every_field_is_major"),
}
"""Changes of meaning, as what is written before and after."""


def main() -> int:
    """Print what the linters say, and return 0 if all contracts pass and ours refuses every change of meaning."""
    try:
        outcomes = [*_linted(), *_compared()]
    except UnavailableError as error:
        print(error)
        return 1
    for what, is_right, said in outcomes:
        print(f"{'ok ' if is_right else 'NOT'}  {what}: {said}")
    return int(not all(is_right for _, is_right, _ in outcomes))


def _linted() -> Iterator[tuple[str, bool, str]]:
    with TemporaryDirectory() as folder:
        files = [_written(Path(folder), name, contract_text(name)) for name in (*NAMES, *EXTENSIONS)]
        plan = read_plan(_PLAN.read_text(encoding="utf-8"))
        files.append(_written(Path(folder), plan.id, published(plan, Format.ODCS, "observation")))
        check = _command(ODCSLINT, "odcslint")
        code, out = _run([check, "check", *map(str, files)])
        yield f"odcslint check, {len(files)} contracts", code == 0, out.strip().splitlines()[-1]
        lint = _command(DATACONTRACT, "datacontract")
        for file in files:
            code, out = _run([lint, "lint", str(file)])
            yield f"datacontract lint {file.name}", code == 0, out.strip().splitlines()[-1]


def _compared() -> Iterator[tuple[str, bool, str]]:
    """Yield every change of meaning, refused by ours under a minor version, and what `datacontract breaking` says."""
    before = _enriched(contract_text("observation"))
    breaking = _command(DATACONTRACT, "datacontract")
    old = read_contract(before)
    with TemporaryDirectory() as folder:
        for what, (was, becomes) in CHANGES.items():
            after = before.replace(was, becomes, 1)
            new = replace(read_contract(after), version=next_version(old.version, Step.MINOR))
            is_refused = after != before and wrong_step(old, new) is not None
            files = [_written(Path(folder), name, text) for name, text in (("old", before), ("new", after))]
            code, _ = _run([breaking, "breaking", *map(str, files)])
            theirs = "not breaking" if code == 0 else "breaking"
            yield what, is_refused, f"{'refused' if is_refused else 'ACCEPTED'} by ours, {theirs} for datacontract-cli"


def _enriched(text: str) -> str:
    """Return the contract with a direction, a unit and a code list, which only the contracts of some policies have."""
    for field, customs in (("value", _UNIT), ("region", _LIST % ("0" * 64))):
        start = text.index(f"      - name: {field}\n")
        place = text.index("        customProperties:\n", start)
        text = text[:place] + customs + text[place:].removeprefix("        customProperties:\n")
    return text


def _written(folder: Path, name: str, text: str) -> Path:
    file = folder / f"{name}.odcs.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def _command(linter: Peer, name: str) -> str:
    return str(python_of(linter).with_name(name))


def _run(command: list[str]) -> tuple[int, str]:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    return done.returncode, done.stdout + done.stderr


if __name__ == "__main__":
    sys.exit(main())

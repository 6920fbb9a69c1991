"""Write a simulated trial to a folder: its plan, its records, what was put in, and records that must be refused.

python -m examples.trust_trial.make --seed 1 --scale 4 --out var/trust_trial

The same seed and scale give the same bytes.
"""

import argparse
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid5

from examples.trust_trial.generator import POLICY, SCALE, generate

FOLDER = Path(__file__).parent

_NAMESPACE = UUID("0c0e3c0a-52ab-5f0c-8b0f-7f5b4f5d1a90")
_UNIT = "5d41402abc4b2a76b9719d911017c592"


def main() -> None:
    """Write the files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--scale", type=float, default=SCALE, help=f"times 3,458 participants (default {SCALE:g})")
    parser.add_argument("--quiet", action="store_true", help="no arm does anything")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    make(**vars(parser.parse_args()))


def make(out: Path, *, seed: int, scale: float = SCALE, quiet: bool = False) -> None:
    """Write the four files to the folder `out`."""
    out.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(FOLDER / "plan.yaml", out / "plan.yaml")
    (out / "truth.yaml").write_bytes(b"[]\n" if quiet else (FOLDER / "truth.yaml").read_bytes())
    (out / "broken.ndjson").write_bytes("".join(f"{line}\n" for line in broken()).encode())
    with (out / "observations.ndjson").open("wb") as file:
        file.writelines(record + b"\n" for record in generate(scale=scale, seed=seed, quiet=quiet))


def broken() -> Iterator[str]:
    """Yield records that break the contract or this plan, each in a way of its own, whatever came before them."""
    yield _line(1)[:-50]  # the upload stopped half-way
    yield _line(2, unit="123456782")  # a citizen service number
    yield _line(3, indicator="part_time_job")
    yield _line(4, region="GM0034")  # a municipality that has no part in it
    yield _line(5, arm="none")  # inside the trial everybody has an arm
    yield _line(6, region="GM0363")  # outside it nobody has one
    yield _line(7, cohort=None)
    yield _line(8, groups=["single_parent", "single_father"])
    yield _line(9, value=0.5)
    yield _line(10, period="2018")  # coarser than a look
    yield _line(11, period="2016-09")  # before the baseline
    yield _line(12, period="2019-01")  # measured half a year before it happened
    yield _line(13, name="J. Jansen")


def _line(number: int, **other: object) -> str:
    """Return an observation as JSON in which some fields are replaced, added or, being None, left out."""
    record = {
        "observation_id": str(uuid5(_NAMESPACE, f"broken {number}")),
        "policy": POLICY,
        "indicator": "part_time_work",
        "unit": _UNIT,
        "region": "GM0150",
        "arm": "guidance",
        "cohort": "2018-Q1",
        "groups": ["single_parent"],
        "period": "2018-07",
        "value": 1,
        "observed_at": "2018-08-06T09:30:00Z",
    } | other
    return json.dumps({name: value for name, value in record.items() if value is not None}, separators=(",", ":"))


if __name__ == "__main__":
    main()

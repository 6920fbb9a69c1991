"""What it costs to check a record, and what is let through: the door beside other validators on the same files.

Every contestant waits in a process and an environment of its own and is asked in turn, round after round; a time is
that of its processor alone. Ours decodes and holds every record against all rules of the plan that concern one record.
Run as `python -m benchmarks.contracts` from the root; ends with 1 if a goal is not reached.
"""

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import asdict
from datetime import datetime
from importlib.resources import files
from pathlib import Path

import numpy as np

from benchmarks.contracts import corpus, made_files
from benchmarks.contracts.contestants import OURS, PEERS, Contestant, contestant
from benchmarks.contracts.corpus import Verdict, verdict
from benchmarks.contracts.costs import HEADING, Cost, draw, measured
from benchmarks.contracts.rules import rules_of, schemas_of
from benchmarks.goals import Goal, judge
from benchmarks.peers.environments import UnavailableError
from benchmarks.pictures import path_of
from benchmarks.provenance import provenance, save
from contracts.odcs import NAMES
from contracts.plan_reader import read_plan

SEED = 20_261_124
MICROSECONDS = 3.0
CLEAN = next(iter(made_files.MIXES))


def main() -> int:
    """Measure, print, write and judge."""
    options = _options()
    print(provenance())
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        passed_over: list[str] = []
        made = _write_files(folder / "made", options.records)
        everybody = list(_warm(folder / "made", made.values(), stack, passed_over))
        costs = measured(everybody, made, records=options.records, rounds=options.rounds)
        verdicts = list(_verdicts(folder / "corpus", passed_over))
    _print(costs, verdicts, passed_over)
    draw(costs)
    figures = {"seed": SEED, "records": options.records, "rounds": options.rounds, "passed_over": passed_over}
    figures |= {"costs": [asdict(each) for each in costs], "verdicts": [asdict(each) for each in verdicts]}
    print(f"\nwritten: {save('contracts', figures)}, {path_of('contracts')}")
    ours = {each.mix: each for each in costs if each.library == OURS}
    of_ours = next(each for each in verdicts if each.library == OURS)
    return judge(
        [
            Goal("microseconds a clean record", ours[CLEAN].microseconds, MICROSECONDS),
            Goal("kinds of broken records let through", len(of_ours.let_through), 0),
            Goal("right records refused", len(of_ours.wrongly_refused), 0),
        ]
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=20_000, help="records in each file")
    parser.add_argument("--rounds", type=int, default=11, help="times that everybody reads each file")
    return parser.parse_args()


def _write_files(folder: Path, n_records: int) -> dict[str, Path]:
    """Write the files and the rules that their records keep."""
    _write_rules(folder, Path(made_files.__file__).parent / "plan.yaml", made_files.ARRIVED)
    records = made_files.made_records(n_records, np.random.default_rng(SEED))
    files = {mix: folder / f"{share:.0%}.ndjson" for mix, share in made_files.MIXES.items()}
    for mix, share in made_files.MIXES.items():
        files[mix].write_bytes(b"\n".join(made_files.made_file(records, share)) + b"\n")
    return files


def _write_rules(folder: Path, plan_file: Path, arrived: datetime) -> None:
    folder.mkdir(parents=True)
    plan = read_plan(plan_file.read_text(encoding="utf-8"))
    shutil.copy(plan_file, folder / "plan.yaml")
    for name in NAMES:
        contract = files("contracts").joinpath(f"{name}.odcs.yaml").read_text(encoding="utf-8")
        (folder / f"{name}.odcs.yaml").write_text(contract, encoding="utf-8")
    (folder / "rules.json").write_text(json.dumps(rules_of(plan, arrived)))
    (folder / "schemas.json").write_text(json.dumps(schemas_of(plan)))


def _warm(folder: Path, files: Iterable[Path], stack: ExitStack, passed_over: list[str]) -> Iterator[Contestant]:
    """Yield everybody who starts and has read every file; say of the others why not."""
    for name in (OURS, *(peer.name for peer in PEERS)):
        try:
            each = stack.enter_context(contestant(name, folder))
            for path in files:
                each.asked(path)
            yield each
        except UnavailableError as reason:
            passed_over.append(str(reason))


def _verdicts(folder: Path, passed_over: list[str]) -> Iterator[Verdict]:
    """Yield what everybody says of the corpus, which keeps the rules of a plan of its own."""
    _write_rules(folder, corpus.BROKEN / "plan.yaml", corpus.ARRIVED)
    right = corpus.right_records()
    files = {name: folder / f"{place}.ndjson" for place, name in enumerate(right)}
    for name, line in right.items():
        files[name].write_bytes(line + b"\n")
    for library in (OURS, *(peer.name for peer in PEERS)):
        try:
            with contestant(library, folder) as each:
                broken = [n for part in corpus.PARTS for n in each.asked(corpus.file_of(part), apart=True).n_reasons]
                refused = {name: sum(each.asked(path, apart=True).n_reasons) for name, path in files.items()}
            yield verdict(library, broken, refused)
        except UnavailableError as reason:
            if str(reason) not in passed_over:
                passed_over.append(str(reason))


def _print(costs: Iterable[Cost], verdicts: Iterable[Verdict], passed_over: Iterable[str]) -> None:
    print(f"\n{HEADING}")
    for cost in costs:
        print(cost)
    n_kinds, n_right = len(corpus.kinds()), len(corpus.right_records())
    print(f"\n  the {n_kinds} kinds of the corpus, and {n_right} right records\n{corpus.HEADING}")
    for each in verdicts:
        print(each)
    for each in verdicts:
        for what, names in (("lets through", each.let_through), ("wrongly refuses", each.wrongly_refused)):
            if names:
                print(f"\n  {each.library} {what}: {', '.join(names)}")
    for reason in passed_over:
        print(f"\n  passed over: {reason}")


if __name__ == "__main__":
    sys.exit(main())

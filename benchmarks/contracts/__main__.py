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
from dataclasses import asdict, dataclass
from datetime import datetime
from importlib.resources import files
from pathlib import Path

import numpy as np

from benchmarks.contracts import corpus, made_files
from benchmarks.contracts.contestants import OURS, PEERS, Contestant, contestant
from benchmarks.contracts.corpus import HEADING, Verdict, verdict
from benchmarks.contracts.rules import rules_of, schemas_of
from benchmarks.goals import Goal, judge
from benchmarks.peers.environments import UnavailableError
from benchmarks.pictures import path_of, picture
from benchmarks.provenance import provenance, save
from contracts.odcs import NAMES
from contracts.plan_reader import read_plan

SEED = 20_261_124
MICROSECONDS = 3.0
CLEAN = next(iter(made_files.MIXES))


@dataclass(frozen=True, slots=True)
class Cost:
    """What a record costs one contestant in one file.

    Attributes:
        library, mix: Who, and which file.
        microseconds, lower, upper: Median over the rounds, and its quartiles.
        times_ours: Median over the rounds of its time over ours.
        n_refused: Records refused; None from who judges files only.
    """

    library: str
    mix: str
    microseconds: float
    lower: float
    upper: float
    times_ours: float
    n_refused: int | None

    def __str__(self) -> str:
        spread = f"{self.lower:,.2f} to {self.upper:,.2f}"
        return (
            f"  {self.mix:<12}{self.library:<20}{self.microseconds:>10,.2f}{spread:>22}{self.times_ours:>10,.2f}"
            f"{'whole file' if self.n_refused is None else format(self.n_refused, ',d'):>12}"
        )


def main() -> int:
    """Measure, print, write and judge."""
    options = _options()
    print(provenance())
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        passed_over: list[str] = []
        files = _write_files(folder / "made", options.records)
        everybody = list(_warm(folder / "made", files.values(), stack, passed_over))
        costs = _costs(everybody, files, options)
        verdicts = list(_verdicts(folder / "corpus", passed_over))
    _print(costs, verdicts, passed_over)
    _draw(costs)
    figures = {"seed": SEED, "records": options.records, "rounds": options.rounds, "passed_over": passed_over}
    figures |= {"costs": [asdict(each) for each in costs], "verdicts": [asdict(each) for each in verdicts]}
    print(f"\nwritten: {save('contracts', figures)}, {path_of('contracts')}")
    ours = {each.mix: each for each in costs if each.library == OURS}
    of_ours = next(each for each in verdicts if each.library == OURS)
    return judge(
        [
            Goal(
                "microseconds a clean record, decoded and held against the plan", ours[CLEAN].microseconds, MICROSECONDS
            ),
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


def _costs(everybody: Iterable[Contestant], files: dict[str, Path], options: argparse.Namespace) -> list[Cost]:
    """Ask everybody about every file in turn, round after round."""
    seconds: dict[tuple[str, str], list[float]] = {}
    n_refused: dict[tuple[str, str], int | None] = {}
    for _ in range(options.rounds):
        for mix, path in files.items():
            for each in everybody:
                answer = each.asked(path)
                seconds.setdefault((each.name, mix), []).append(answer.seconds)
                n_refused[each.name, mix] = answer.n_refused
    costs = []
    for mix in files:
        ours = np.array(seconds[OURS, mix])
        for each in everybody:
            times = np.array(seconds[each.name, mix])
            lower, median, upper = 1e6 / options.records * np.quantile(times, (0.25, 0.5, 0.75))
            ratio = float(np.median(times / ours))
            costs.append(Cost(each.name, mix, median, lower, upper, ratio, n_refused[each.name, mix]))
    return costs


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
    print(f"\n  {'microseconds a record':<32}{'median':>10}{'quartiles':>22}{'to ours':>10}{'refused':>12}")
    for cost in costs:
        print(cost)
    print(
        f"\n  the {len(corpus.kinds())} kinds of the corpus, and {len(corpus.right_records())} right records\n{HEADING}"
    )
    for each in verdicts:
        print(each)
    for each in verdicts:
        for what, names in (("lets through", each.let_through), ("wrongly refuses", each.wrongly_refused)):
            if names:
                print(f"\n  {each.library} {what}: {', '.join(names)}")
    for reason in passed_over:
        print(f"\n  passed over: {reason}")


def _draw(costs: Iterable[Cost]) -> None:
    """Draw what a record costs everybody, a panel for each file."""
    with picture("contracts", columns=len(made_files.MIXES), size=(11, 3.2), shares_y=True) as panels:
        for axes, mix in zip(panels, made_files.MIXES, strict=True):
            shown = [each for each in costs if each.mix == mix][::-1]
            middle = [each.microseconds for each in shown]
            spread = [
                [each.microseconds - each.lower for each in shown],
                [each.upper - each.microseconds for each in shown],
            ]
            axes.barh([each.library for each in shown], middle, xerr=spread)
            axes.axvline(MICROSECONDS, color="black", linewidth=0.8, linestyle=":")
            axes.set(xscale="log", xlabel="microseconds a record", title=mix)


if __name__ == "__main__":
    sys.exit(main())

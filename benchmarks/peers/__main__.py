"""The engine beside libraries that do the same job, on the same streams: false alarms, delay and speed.

Each peer runs in an environment of its own, made at the first run from fixed versions; one that does not install is
named and passed over. Run as `python -m benchmarks.peers` from the root. Nothing is judged: peers promise other things.
"""

import argparse
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from benchmarks.peers.environments import Peer, UnavailableError, python_of
from benchmarks.peers.tasks import Ints, Task, tasks
from benchmarks.pictures import path_of, picture
from benchmarks.provenance import provenance, save

SEED = 20_260_121
_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Answer:
    """How one library did a job.

    Attributes:
        task: The job.
        library: Who did it.
        false_share: Share of quiet streams that ever alarmed.
        run_length: Looks of quiet streams until an alarm or the end, over alarms; None without any.
        found_share: Share of changed streams that alarmed, of those that had not before the change.
        delay: Mean looks from the change to the alarm where there was one; None without any.
        updates_per_second: Looks of one stream taken in a second of the processor.
    """

    task: str
    library: str
    false_share: float
    run_length: float | None
    found_share: float
    delay: float | None
    updates_per_second: float

    def __str__(self) -> str:
        run_length = f"{self.run_length:,.0f}" if self.run_length else "-"
        delay = f"{self.delay:,.1f}" if self.delay else "-"
        return (
            f"  {self.library:<30}{self.false_share:>10.1%}{run_length:>12}{self.found_share:>10.1%}{delay:>10}"
            f"{self.updates_per_second:>16,.0f}"
        )


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--streams", type=int, default=400, help="quiet and changed streams for each job")
    n_streams = parser.parse_args().streams
    rng = np.random.default_rng(SEED)
    print(provenance())
    answers: list[Answer] = []
    passed_over: list[str] = []
    for task in tasks():
        print(f"\n{task.name}\n  {task.promise}")
        print(f"  {'':<30}{'false':>10}{'run length':>12}{'found':>10}{'delay':>10}{'looks a second':>16}")
        for answer in _answers(task, *task.streams(n_streams, rng)):
            print(answer if isinstance(answer, Answer) else f"  passed over: {answer}", flush=True)
            if isinstance(answer, Answer):
                answers.append(answer)
            else:
                passed_over.append(answer)
    _draw(answers)
    figures = {"seed": SEED, "streams": n_streams, "passed_over": passed_over}
    print(f"\nwritten: {save('peers', figures | {'answers': [asdict(each) for each in answers]})}, {path_of('peers')}")


def _answers(task: Task, quiet: Ints, changed: Ints) -> Iterator[Answer | str]:
    """Yield the answer of the engine and of each peer, or why it has none."""
    start = time.process_time()
    alarms = [task.engine(each) for each in (quiet, changed)]
    seconds = time.process_time() - start
    n_looks = len(quiet) * (quiet.shape[1] + changed.shape[1])
    yield _answer(task, "engine, all streams at once", alarms[0], alarms[1], quiet.shape[1], n_looks / seconds)
    for peer in task.peers:
        try:
            yield _of_peer(task, peer, quiet, changed)
        except UnavailableError as reason:
            yield str(reason)


def _of_peer(task: Task, peer: Peer, quiet: Ints, changed: Ints) -> Answer:
    python = python_of(peer)
    with tempfile.TemporaryDirectory() as folder:
        streams, answer = Path(folder) / "streams.npz", Path(folder) / "answer.npz"
        np.savez(streams, quiet=quiet, changed=changed)
        run = subprocess.run(
            [python, _HERE / peer.script, streams, answer], capture_output=True, text=True, check=False
        )
        if run.returncode:
            raise UnavailableError(f"{peer.name} stopped: {(run.stderr.splitlines() or ['no reason given'])[-1]}")
        found = np.load(answer)
        speed = float(found["updates"]) / float(found["seconds"])
        return _answer(task, peer.name, found["quiet"], found["changed"], quiet.shape[1], speed)


def _answer(task: Task, library: str, quiet: Ints, changed: Ints, n_looks: int, speed: float) -> Answer:  # noqa: PLR0917
    n_false = int((quiet > 0).sum())
    counted = changed[(changed == 0) | (changed > task.change_after)]
    delays = counted[counted > 0] - task.change_after
    return Answer(
        task=task.name,
        library=library,
        false_share=n_false / len(quiet),
        run_length=float(np.where(quiet > 0, quiet, n_looks).sum() / n_false) if n_false else None,
        found_share=len(delays) / max(len(counted), 1),
        delay=float(delays.mean()) if len(delays) else None,
        updates_per_second=speed,
    )


def _draw(answers: list[Answer]) -> None:
    """Draw false alarms and delay of every library, a panel for each job."""
    names = list(dict.fromkeys(answer.task for answer in answers))
    with picture("peers", columns=len(names), size=(4.6 * len(names), 3.8)) as panels:
        for axes, name in zip(panels, names, strict=True):
            for answer in (answer for answer in answers if answer.task == name):
                axes.scatter(100 * answer.false_share, answer.delay or 0.0, label=answer.library)
            axes.set(xlabel="quiet streams that alarmed (%)", ylabel="mean looks to the alarm")
            axes.set_title(name, fontsize=7)
            axes.set_xlim(left=-0.5)
            axes.set_ylim(bottom=0.0)
            axes.legend(fontsize=7)


if __name__ == "__main__":
    main()

"""How soon is a change noticed, against oracles that know what nobody can know?

Streams of normal looks (sd 1) with the e-detector of four bets, and looks of counts with the detector of the engine;
the oracles are CUSUMs that know the size of the change, and where there is a base rate, that too. Run as
`python -m benchmarks.delay` from the root. Ends with 1 if a goal is not reached.

An oracle sounds a false alarm once in 10,000 looks. At the threshold 10,000 the engine does so less often, since the
promise holds for any stream; a second line gives it the threshold at which it does so as often as the oracle.

    known null       the change is there from the first look, which is the worst time for both
    after 500 looks  the change comes after 500 quiet looks
    gap              a group of 20 beside 90 others falls behind while the base rate of all moves with the season; an
                     oracle that knows every rate learns 110/90 times as much from a look, which no comparison can
"""

import argparse
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.drawing import bars
from benchmarks.oracles import bernoulli_oracle, normal_oracle
from benchmarks.provenance import provenance, save
from pipelines.evidence.counts import log_e_counts
from pipelines.evidence.detectors import average_bets, detect
from pipelines.evidence.levels import log_e_levels

BETS = np.array([0.3, 0.5, 0.8, 1.2])
RUN_LENGTH = 10_000
AT_A_BET, BETWEEN = 0.5, 0.4
QUIET_LOOKS = 500
SEED = 20_260_201
N_A, N_B, SEASON, FALL = 90, 20, 12, -0.5
SHARE, RISEN = 0.10, 0.15

_THRESHOLD, _RUN_LENGTH = f"threshold {RUN_LENGTH:,}", f"run length {RUN_LENGTH:,}"

Floats = NDArray[np.float64]
Look = Callable[[int], Floats]
"""Draws a look of so many streams and returns its log e-values per bet; shape (streams, bets)."""


@dataclass(frozen=True, slots=True)
class Delay:
    """A mean delay with its standard error, in looks."""

    looks: float
    error: float


@dataclass(frozen=True, slots=True)
class Ratio:
    """A delay as a ratio to an oracle's, and the goal it is held to; None where it is shown for comparison."""

    name: str
    delay: float
    oracle: float
    error: float
    goal: float | None

    @property
    def value(self) -> float:
        """The ratio."""
        return self.delay / self.oracle

    @property
    def is_missed(self) -> bool:
        """Whether the ratio is surely above the goal: by more than twice its error."""
        return self.goal is not None and self.value - 2.0 * self.error / self.oracle > self.goal

    def __str__(self) -> str:
        goal = "" if self.goal is None else f"{self.goal:>8.2f}"
        return f"{self.name:<62}{self.delay:>9.1f}{self.oracle:>9.1f}{self.value:>8.3f}{goal}"


def main() -> int:
    """Measure, print, write and judge; return the exit status."""
    options = _options()
    rng = np.random.default_rng(SEED)
    print(provenance())
    print(f"\n{'mean delay in looks':<62}{'engine':>9}{'oracle':>9}{'ratio':>8}{'goal':>8}")
    factor = calibration(options.streams // 10, rng)
    ratios = []
    for ratio in (*_known_null(options.streams, factor, rng), *_after_quiet(options.streams, factor, rng)):
        ratios.append(ratio)
        print(ratio)
    for ratio in (*_bernoulli(options.streams // 4, rng), *_gap(options.streams // 4, rng)):
        ratios.append(ratio)
        print(ratio)
    figures = {
        "seed": SEED,
        "run_length_at_threshold_10000": RUN_LENGTH * factor,
        "ratios": [asdict(each) | {"ratio": each.value, "missed": each.is_missed} for each in ratios],
    }
    named = {each.name: each.value for each in ratios}
    goals = {each.name: each.goal for each in ratios if each.goal is not None}
    picture = bars("delay", "mean delay / oracle", named, goals)
    print(f"\nthreshold {RUN_LENGTH:,} is reached once in {RUN_LENGTH * factor:,.0f} quiet looks on average")
    print(f"written: {save('delay', figures)}, {picture}")
    missed = [each for each in ratios if each.is_missed]
    for each in missed:
        print(f"goal {each.goal} not reached: {each.name}, {each.value:.3f}", file=sys.stderr)
    return 1 if missed else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--streams", type=int, default=20_000, help="streams per line")
    return parser.parse_args()


def first_alarms(look: Look, n_streams: int, *, threshold: float, start: Floats | None = None) -> Floats:
    """Return the looks after which the average e-detector of each stream reaches the threshold.

    Args:
        look: Draws the looks.
        n_streams: How many streams.
        threshold: Value of the detector.
        start: Log detectors to go on from; shape (streams, bets). Fresh ones where None.
    """
    n_bets = look(1).shape[1]
    log_m = np.full((n_streams, n_bets), -np.inf) if start is None else start.copy()
    waiting, alarms, t = np.arange(n_streams), np.zeros(n_streams), 0
    while len(waiting):
        t += 1
        log_m = detect(log_m, look(len(waiting)))
        crossed = average_bets(log_m) >= np.log(threshold)
        alarms[waiting[crossed]] = t
        waiting, log_m = waiting[~crossed], log_m[~crossed]
    return alarms


def normal_looks(mean: float, bets: Floats, rng: np.random.Generator) -> Look:
    """Return looks of one normal figure with this mean, and bets on its mean."""
    return lambda n: bets * rng.normal(mean, 1.0, (n, 1)) - 0.5 * bets**2


def calibration(n_streams: int, rng: np.random.Generator) -> float:
    """Return the average run length of quiet streams over the threshold, measured at a tenth of it."""
    threshold = RUN_LENGTH / 10
    quiet = first_alarms(normal_looks(0.0, BETS, rng), n_streams, threshold=threshold)
    return float(quiet.mean() / threshold)


def _known_null(n_streams: int, factor: float, rng: np.random.Generator) -> list[Ratio]:
    ratios = []
    for where, truth, goals in (("a bet", AT_A_BET, (1.20, 1.12)), ("between bets", BETWEEN, (1.25, 1.18))):
        _, oracle = normal_oracle(truth, RUN_LENGTH)
        for name, threshold, goal in zip(
            (_THRESHOLD, _RUN_LENGTH),
            (RUN_LENGTH, RUN_LENGTH / factor),
            goals,
            strict=True,
        ):
            delay = _delay(first_alarms(normal_looks(truth, BETS, rng), n_streams, threshold=threshold))
            ratios.append(
                Ratio(f"known null, shift {truth} sd ({where}), {name}", delay.looks, oracle, delay.error, goal)
            )
    return [*ratios, *_true_bet(n_streams, rng), *_other_shifts(n_streams, rng)]


def _true_bet(n_streams: int, rng: np.random.Generator) -> list[Ratio]:
    """Return the delay over that of a detector that bets on the truth alone, on the same streams."""
    truth = np.array([AT_A_BET])
    seed = int(rng.integers(1 << 32))
    both = [
        _delay(first_alarms(normal_looks(AT_A_BET, bets, np.random.default_rng(seed)), n_streams, threshold=RUN_LENGTH))
        for bets in (BETS, truth)
    ]
    name = f"known null, shift {AT_A_BET} sd, over the detector of the true bet"
    return [Ratio(name, both[0].looks, both[1].looks, both[0].error, 1.10)]


def _other_shifts(n_streams: int, rng: np.random.Generator) -> list[Ratio]:
    """Return shifts that no goal is set for: larger and smaller ones, at bets and between them."""
    ratios = []
    for truth in (0.2, 0.3, 0.65, 0.8, 1.0, 1.2):
        _, oracle = normal_oracle(truth, RUN_LENGTH)
        delay = _delay(first_alarms(normal_looks(truth, BETS, rng), n_streams, threshold=RUN_LENGTH))
        ratios.append(
            Ratio(f"known null, shift {truth} sd, threshold {RUN_LENGTH:,}", delay.looks, oracle, delay.error, None)
        )
    return ratios


def _after_quiet(n_streams: int, factor: float, rng: np.random.Generator) -> list[Ratio]:
    """Return the delay after quiet looks, of streams that had no alarm by then, over that of the CUSUM."""
    ratios = []
    for truth in (AT_A_BET, BETWEEN):
        threshold, _ = normal_oracle(truth, RUN_LENGTH)
        oracle = _delay(_cusum_after(truth, threshold, n_streams, rng))
        for kind, at, goal in ((_THRESHOLD, RUN_LENGTH, None), (_RUN_LENGTH, RUN_LENGTH / factor, 1.10)):
            engine = _delay(_engine_after(truth, at, n_streams, rng))
            error = float(np.hypot(engine.error, oracle.error))
            name = f"change after {QUIET_LOOKS} looks, shift {truth} sd, {kind}"
            ratios.append(Ratio(name, engine.looks, oracle.looks, error, goal))
    return ratios


def _engine_after(truth: float, threshold: float, n_streams: int, rng: np.random.Generator) -> Floats:
    log_m, quiet = np.full((n_streams, len(BETS)), -np.inf), normal_looks(0.0, BETS, rng)
    for _ in range(QUIET_LOOKS):
        log_m = detect(log_m, quiet(len(log_m)))
        log_m = log_m[average_bets(log_m) < np.log(threshold)]
    return first_alarms(normal_looks(truth, BETS, rng), len(log_m), threshold=threshold, start=log_m)


def _cusum_after(truth: float, threshold: float, n_streams: int, rng: np.random.Generator) -> Floats:
    """Return the delays of Page's CUSUM after quiet looks."""

    def step(n: int, mean: float) -> Floats:
        return np.asarray(truth * rng.normal(mean, 1.0, n) - 0.5 * truth**2)

    state = np.zeros(n_streams)
    for _ in range(QUIET_LOOKS):
        state = np.maximum(state + step(len(state), 0.0), 0.0)
        state = state[state < threshold]
    return _until(state, lambda n: step(n, truth), threshold)


def _until(state: Floats, step: Callable[[int], Floats], threshold: float) -> Floats:
    """Return when walks that cannot fall below 0 reach the threshold."""
    waiting, alarms, t = np.arange(len(state)), np.zeros(len(state)), 0
    while len(waiting):
        t += 1
        state = np.maximum(state + step(len(waiting)), 0.0)
        crossed = state >= threshold
        alarms[waiting[crossed]] = t
        waiting, state = waiting[~crossed], state[~crossed]
    return alarms


def _bernoulli(n_streams: int, rng: np.random.Generator) -> list[Ratio]:
    """Return a level: one person a look, a share that rises from 10 % to 15 %; the truth is no bet."""

    def look(n: int) -> Floats:
        events = (rng.random(n) < RISEN).astype(np.int64)
        return log_e_levels(np.ones(n, dtype=np.int64), events, bets=BETS, share=SHARE)

    delay = _delay(first_alarms(look, n_streams, threshold=RUN_LENGTH))
    oracle = bernoulli_oracle(SHARE, RISEN, RUN_LENGTH)
    return [Ratio("level, one person a look, 10 % to 15 %", delay.looks, oracle, delay.error, None)]


class Gap:
    """Looks of a group and the others whose common base rate moves with the season and is known to the oracle alone."""

    def __init__(self, fall: float, rng: np.random.Generator) -> None:
        self._fall, self._rng, self._look = fall, rng, 0

    def draw(self, n: int) -> tuple[NDArray[np.int64], NDArray[np.int64], float]:
        """Return events of the others and of the group, and the log odds of the base rate."""
        self._look += 1
        base = np.log(0.25 / 0.75) + 0.6 * np.sin(2.0 * np.pi * self._look / SEASON)
        share_a, share_b = (1.0 / (1.0 + np.exp(-odds)) for odds in (base, base + self._fall))
        return self._rng.binomial(N_A, share_a, n), self._rng.binomial(N_B, share_b, n), float(base)


def _gap(n_streams: int, rng: np.random.Generator) -> list[Ratio]:
    threshold = RUN_LENGTH / 10
    factor = first_alarms(_gap_looks(0.0, rng), n_streams // 10, threshold=threshold).mean() / threshold
    oracle, informed = _delay(_knowing_every_rate(n_streams, rng)).looks, (N_A + N_B) / N_A
    ratios = []
    for kind, at, goals in ((_THRESHOLD, RUN_LENGTH, (None, None)), (_RUN_LENGTH, RUN_LENGTH / factor, (1.36, 1.12))):
        delay = _delay(first_alarms(_gap_looks(FALL, rng), n_streams, threshold=at))
        first, second = goals
        ratios.append(Ratio(f"gap, unknown seasonal base, {kind}", delay.looks, oracle, delay.error, first))
        name = f"the same after the unavoidable information, {kind}"
        ratios.append(Ratio(name, delay.looks, oracle * informed, delay.error, second))
    return ratios


def _gap_looks(fall: float, rng: np.random.Generator) -> Look:
    """Return looks of a group and the others as the engine sees them, without their base rate."""
    source = Gap(fall, rng)

    def look(n: int) -> Floats:
        k_a, k_b, _ = source.draw(n)
        ones = np.ones(n, dtype=np.int64)
        return log_e_counts(N_A * ones, k_a, N_B * ones, k_b, bets=-BETS, log_or_0=0.0)

    return look


def _knowing_every_rate(n_streams: int, rng: np.random.Generator) -> Floats:
    """Return the delays of a CUSUM that knows base rates and fall, at a threshold of the same run length."""

    def run(fall: float, threshold: float, n: int) -> Floats:
        source = Gap(fall, rng)

        def step(n_waiting: int) -> Floats:
            _, k_b, base = source.draw(n_waiting)
            before, after = (1.0 / (1.0 + np.exp(-odds)) for odds in (base, base + FALL))
            lost = np.log((1.0 - after) / (1.0 - before))
            return np.asarray(k_b * (np.log(after / before) - lost) + N_B * lost)

        return _until(np.zeros(n), step, threshold)

    low, high = 3.0, 9.0
    for _ in range(8):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if run(0.0, middle, 400).mean() < RUN_LENGTH else (low, middle)
    return run(FALL, 0.5 * (low + high), n_streams)


def _delay(alarms: Floats) -> Delay:
    return Delay(float(alarms.mean()), float(alarms.std() / np.sqrt(len(alarms))))


if __name__ == "__main__":
    sys.exit(main())

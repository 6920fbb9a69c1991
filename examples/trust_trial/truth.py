"""What was put into the loud version of the simulated trial, as `truth.yaml` states it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

_FILE = Path(__file__).parent / "truth.yaml"


@dataclass(frozen=True, slots=True)
class Change:
    """One change that was put in.

    Attributes:
        claim, indicator, other_indicator, arm, region, group, direction: The row of evidence that says it.
        begins: First month of outcomes that have it.
        odds_ratios: Per indicator what the odds of an event are multiplied by, for people of the group in that arm (or
            region) and for everybody else in it.
    """

    claim: str
    indicator: str
    other_indicator: str | None
    arm: str
    region: str
    group: str
    direction: str
    begins: str
    odds_ratios: dict[str, tuple[float, float]]


def truth() -> tuple[Change, ...]:
    """Return the changes of the loud version, in the order of the file."""
    return tuple(_change(**each) for each in yaml.safe_load(_FILE.read_text()))


def _change(*, odds_ratios: dict[str, dict[str, float]], **row: Any) -> Change:
    return Change(**row, odds_ratios={name: (each["group"], each["rest"]) for name, each in odds_ratios.items()})

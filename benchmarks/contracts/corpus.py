"""What each contestant says of the corpus of broken records, and of records that are right but unusual."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

BROKEN = Path(__file__).parents[2] / "tests" / "data" / "broken"
ARRIVED = datetime(2021, 6, 1, 12, tzinfo=UTC)
PARTS = ("contract", "plan")


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of broken record, and how many reasons it deserves."""

    name: str
    n_reasons: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """How one contestant did.

    Attributes:
        library: Who.
        let_through: Kinds that it takes for good.
        n_several, n_told_all: Refused kinds that are wrong in several ways, and of how many it names as many reasons.
        wrongly_refused: Right records that it refuses.
    """

    library: str
    let_through: list[str]
    n_several: int
    n_told_all: int
    wrongly_refused: list[str]

    def __str__(self) -> str:
        told = f"{self.n_told_all} of {self.n_several}"
        return f"  {self.library:<20}{len(self.let_through):>12}{told:>14}{len(self.wrongly_refused):>16}"


HEADING = f"  {'':<20}{'let through':>12}{'all reasons':>14}{'wrongly refused':>16}"


def kinds() -> list[Kind]:
    """Return the kinds in the order of the corpus."""
    return [
        Kind(name, len(reasons.split()))
        for part in PARTS
        for name, _, reasons in (line.partition(": ") for line in _lines(part))
    ]


def file_of(part: str) -> Path:
    """Return where the records of a part lie."""
    return BROKEN / f"{part}.ndjson"


def _lines(part: str) -> list[str]:
    return (BROKEN / f"{part}.expected").read_text(encoding="utf-8").splitlines()


def verdict(library: str, on_broken: Iterable[int], on_right: Mapping[str, int]) -> Verdict:
    """Return how a contestant did.

    Args:
        library: Who.
        on_broken: Number of its reasons against each kind.
        on_right: The same against each right record.
    """
    judged = list(zip(kinds(), on_broken, strict=True))
    several = [(kind, n) for kind, n in judged if n and kind.n_reasons > 1]
    return Verdict(
        library,
        [kind.name for kind, n in judged if not n],
        len(several),
        sum(n >= kind.n_reasons for kind, n in several),
        [name for name, n in on_right.items() if n],
    )


def right_records() -> dict[str, bytes]:
    """Return records that keep contract and plan, of every kind and written in unusual ways."""
    return {name: _RIGHT.replace(old.encode(), new.encode()) for name, (old, new) in _UNUSUAL.items()} | _OF_OTHER_KINDS


_RIGHT = (
    b'{"observation_id":"0b9f5a3e-3c55-4f4e-9d3f-6b1f7a1c2d10","policy":"trial","indicator":"work",'
    b'"unit":"5d41402abc4b2a76b9719d911017c592","cohort":"2020","arm":"trust","region":"north",'
    b'"groups":["parents"],"period":"2021-04","value":1,"observed_at":"2021-04-12T10:00:00+02:00"}'
)
_UNUSUAL = {
    "as most send it": ("", ""),
    "1.0 for 1": ('"value":1,', '"value":1.0,'),
    "1e0 for 1": ('"value":1,', '"value":1e0,'),
    "what may be left out is null": ('"arm":', '"cluster":null,"arm":'),
    "no groups": ('["parents"]', "[]"),
    "a key behind an escape": ('"arm"', '"\\u0061rm"'),
    "an id in capitals": ("0b9f5a3e", "0B9F5A3E"),
    "a time in small letters": ("T10:00:00+02:00", "t10:00:00z"),
    "nine decimals of a second": ("T10:00:00+", "T10:00:00.123456789+"),
    "a period of a day": ('"2021-04"', '"2021-04-12"'),
    "a letter that is not ASCII": ('"cohort":"2020"', '"cohort":"zomer in Fryslân"'),
    "white space before and after a comma": (",", " ,\t"),
}
_OF_OTHER_KINDS = {
    "an enrolment": (
        b'{"enrolment":{"policy":"trial","unit":"5d41402abc4b2a76b9719d911017c592","start":"2020-02-01",'
        b'"arm":"trust","region":"north","cohort":"2020","groups":["parents"]}}'
    ),
    "a marker": b'{"period_closed":{"policy":"trial","indicator":"work","period":"2021-04"}}',
    "a marker of everything": b'{"period_closed":{"policy":"trial","indicator":null,"period":null}}',
    "a registration": b'{"plan_registered":{"id":"trial","version":1,"sha256":"%b"}}' % (b"0a" * 32),
}

"""pydantic, strict models read from JSON; what the plan asks stands in validators, as its documentation shows."""

from datetime import date, datetime, timedelta
from typing import Annotated, Any, Self
from uuid import UUID

from answering import RULES, answer
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    model_validator,
)

BINARY = {name for name, (is_binary, _, _) in RULES["indicators"].items() if is_binary}
RANGES = {name: (low, high) for name, (is_binary, low, high) in RULES["indicators"].items() if not is_binary}
HERE, REGIONS, GROUPS = (frozenset(RULES[name]) for name in ("here", "regions", "groups"))
ARMS, REQUIRED = tuple(RULES["arms"]), tuple(RULES["required"])
ELSEWHERE = (RULES["no_arm"],)
EFFECTIVE_FROM = RULES["effective_from"]
AT_MOST = datetime.fromisoformat(RULES["arrived"]) + timedelta(days=1)
FIRST_DAY = {4: "-01-01", 7: "-01", 10: ""}


def known(allowed: frozenset[str], what: str) -> AfterValidator:
    """Return the check that a text is one of these."""

    def check(text: str) -> str:
        if text not in allowed:
            raise ValueError(f"unknown {what}")
        return text

    return AfterValidator(check)


def exists(period: str) -> str:
    """Return a period of the calendar."""
    date.fromisoformat(period + FIRST_DAY[len(period)])
    return period


def unlike(groups: list[str]) -> list[str]:
    """Return groups of which none stands there twice."""
    if len(set(groups)) < len(groups):
        raise ValueError("a group stands there twice")
    return groups


Code = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]+$")]
Indicator = Annotated[Code, known(frozenset(RULES["indicators"]), "indicator")]
Region = Annotated[Code, known(REGIONS, "region")]
Groups = Annotated[list[Annotated[Code, known(GROUPS, "group")]], Field(max_length=100), AfterValidator(unlike)]
Unit = Annotated[str, Field(pattern="^[0-9a-f]{16,64}$")]
Period = Annotated[str, Field(pattern=RULES["period"]), AfterValidator(exists)]
Digest = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
Day = Annotated[date, Field(ge=date(1000, 1, 1), lt=date(3000, 1, 1))]


class Strict(BaseModel):
    """What every record keeps."""

    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)


class Belonging(Strict):
    """Where a unit belongs."""

    policy: Code
    unit: Unit
    region: Region
    groups: Groups
    arm: Code | None = None
    cohort: Code | None = None
    cluster: Code | None = None

    @model_validator(mode="after")
    def belongs(self) -> Self:
        """Refuse what the plan wants and is missing, and an arm that the region does not have."""
        for name in REQUIRED:
            if getattr(self, name) is None:
                raise ValueError(f"{name} is missing")
        if self.arm is not None and self.arm not in (ARMS if self.region in HERE else ELSEWHERE):
            raise ValueError("unknown arm")
        return self


class Observation(Belonging):
    """A measured outcome."""

    observation_id: UUID
    indicator: Indicator
    period: Period
    value: float
    observed_at: AwareDatetime

    @model_validator(mode="after")
    def fits(self) -> Self:
        """Refuse a value that the indicator does not have, and times that cannot be."""
        if self.indicator in BINARY:
            if self.value not in {0.0, 1.0}:
                raise ValueError("not binary")
        else:
            low, high = RANGES[self.indicator]
            if not low <= self.value <= high or not self.value.is_integer():
                raise ValueError("out of range")
        first_day = self.period + FIRST_DAY[len(self.period)]
        if first_day < EFFECTIVE_FROM:
            raise ValueError("before the plan")
        if first_day > self.observed_at.date().isoformat() or self.observed_at > AT_MOST:
            raise ValueError("in the future")
        return self


class Enrolment(Belonging):
    """Who takes part, and since when."""

    start: Day


class Marker(Strict):
    """A marker that closes looks."""

    policy: Code
    indicator: Indicator | None
    period: Period | None


class Registration(Strict):
    """A plan that is known from here on."""

    id: Annotated[str, Field(pattern="^[a-z0-9-]{1,64}$")]
    version: Annotated[int, Field(ge=1, le=1_000_000)]
    sha256: Digest


def enveloped(name: str, content: type[Strict]) -> TypeAdapter[Any]:
    """Return what reads a record that stands under a key."""
    return TypeAdapter(type(name, (Strict,), {"__annotations__": {name: content}}))


ADAPTERS = {
    "observation": TypeAdapter(Observation),
    "enrolment": enveloped("enrolment", Enrolment),
    "period_closed": enveloped("period_closed", Marker),
    "plan_registered": enveloped("plan_registered", Registration),
}


def check(kind: str, lines: list[bytes]) -> list[int]:
    """Return the number of errors against each line."""
    validate = ADAPTERS[kind].validate_json
    n_errors = []
    for line in lines:
        try:
            validate(line)
        except ValidationError as error:
            n_errors.append(len(error.errors()))
        else:
            n_errors.append(0)
    return n_errors


answer(check)

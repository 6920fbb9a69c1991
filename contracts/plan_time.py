"""Reading when a plan looks, and rules between looks, what is counted and the time before the policy."""

from collections.abc import Iterator

from contracts.document.fields import spelled
from contracts.document.record import Fault, Key, Reader, Rule, record
from contracts.period import Duration, Look, Period, parse_period, period_of
from contracts.plan import PrePeriod

_CALENDAR_LOOKS = "P1D, P1W, P1M, P3M or P1Y"


def _pre_period(**ends: Period) -> PrePeriod:
    return PrePeriod(ends["from"], ends["to"])


def _runs_forward(first: Period, last: Period) -> Iterator[Fault]:
    if first.start > last.start or first.end > last.end:
        yield ("to",), f"`{last.label}` starts or ends before `from`, {first.label}"


pre_period: Reader[PrePeriod] = record(
    _pre_period,
    {
        "from": Key(spelled(parse_period), about="the first period before the policy, such as `2016-10`"),
        "to": Key(spelled(parse_period), about="the last period before the policy, such as `2017-09`"),
    },
    Rule(("from", "to"), _runs_forward),
)


def lies_before(before: PrePeriod | None, effective_from: Period, look: Look) -> Iterator[Fault]:
    """Yield what is wrong with the time before the policy, beside the time of the policy and the looks.

    A look that holds both a time before and a time since would be of neither.
    """
    if before is None:
        return
    for key, day in (("from", before.first.start), ("to", before.last.end)):
        if period_of(day, look.grain).start != day:
            yield ("pre_period", key), f"the time before must begin and end with a whole look of {look.text}"
    if before.last.end > effective_from.start:
        message = f"`{before.last.label}` must end before the plan takes effect, {effective_from.label}"
        yield ("pre_period", "to"), message


def looks_are_planned(measured: str, looks: int | None, look: Look) -> Iterator[Fault]:
    """Yield what is wrong with how often the same units are measured."""
    if measured != "repeatedly":
        if looks is not None:
            yield ("looks",), "a planned number of looks belongs to `measured: repeatedly`; leave this key out"
        return
    if looks is None:
        yield ("looks",), "this key is missing: units that are measured repeatedly need the planned number of looks"
    if look.every is not None:
        message = f"`{look.text}` counts observations; units that are measured repeatedly need {_CALENDAR_LOOKS}"
        yield ("look",), message


def clusters_close(cluster: str | None, measured: str, look: Look) -> Iterator[Fault]:
    """Yield what does not go with clusters, which contribute once, when the period that completes them closes."""
    if cluster is None:
        return
    if look.every is not None:
        yield ("look",), f"`{look.text}` counts observations; a cluster closes with a period: use {_CALENDAR_LOOKS}"
    if measured == "repeatedly":
        yield ("measured",), "a cluster contributes once per indicator; use `measured: once`, or `cluster: null`"


def lateness_is_given(look: Look, lateness: Duration | None) -> Iterator[Fault]:
    """Yield a missing lateness where looks follow the calendar."""
    if look.every is None and lateness is None:
        yield ("lateness",), "this key is missing: how late a record may be and still count, such as `P2M`, or `P0D`"

"""What a claim is compared with, in words: the name of the reference, how it is compared, and what a chart shows."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from contracts.evidence import POOLED
from contracts.plan import Indicator, Plan, Text
from infra.postgres.reading import StoredSignal
from services.console.names import Names
from services.console.subjects import About
from services.console.words import capital

Say = Callable[[str], str]

AGAINST_THE_REST = frozenset({"gap", "average_hides"})
_OF_ARMS = frozenset({"effect", "divergence", "effects_differ", "trade_off", "co_benefit", "later", "cumulation"})


@dataclass(frozen=True, slots=True)
class Comparing:
    """How a claim is compared.

    Attributes:
        reference, watched: What both sides are called in a table; no reference is ''.
        how: A sentence on what is compared with what.
        figure: Heading of the chart.
    """

    reference: str
    watched: str
    how: str
    figure: str


def shown_indicator(plan: Plan, signal: StoredSignal) -> Indicator | None:
    """Return the indicator whose figures a signal shows: of a trade-off the one that gets worse.

    All of them together have no figures, and get an indicator that only has a name.
    """
    if signal.claim == "trade_off" and signal.other_indicator is not None:
        return plan.indicator(signal.other_indicator)
    if signal.indicator != POOLED:
        return plan.indicator(signal.indicator)
    label = Text("alle uitkomsten samen", "all outcomes together")
    return replace(plan.indicators[0], id=POOLED, label=label, type="binary", floor=None, target=None)


def comparing(about: About, plan: Plan, names: Names, say: Say) -> Comparing:
    """Return how a claim is compared."""
    who = about.group or say("iedereen")
    reference = _reference(about, plan, names, say)
    if about.claim in AGAINST_THE_REST or about.claim not in _OF_ARMS or about.arm is None:
        watched = (about.region if about.claim == "elsewhere" else None) or who
    else:
        watched = about.arm
    what = about.other_indicator if about.claim == "trade_off" and about.other_indicator else about.indicator
    parts = {"what": capital(what), "who": who, "arm": about.arm or "", "reference": reference}
    parts["watched"] = watched
    return Comparing(reference, watched, _how(about, plan, reference, say), _figure(about, say).format(**parts))


def _reference(about: About, plan: Plan, names: Names, say: Say) -> str:
    if about.claim in AGAINST_THE_REST:
        return say("alle anderen")
    if about.claim == "level":
        return ""
    if about.claim == "elsewhere":
        return say("vergelijkingsgebieden")
    if about.claim == "roll_out":
        return say("nog niet begonnen")
    return names.arm(plan.arms.reference) if plan.arms is not None else ""


def _how(about: About, plan: Plan, reference: str, say: Say) -> str:
    if about.claim in AGAINST_THE_REST:
        if plan.arms is not None:
            return say(
                "We vergelijken met wie niet bij de groep hoort, met dezelfde aanpak, in dezelfde regio en periode."
            )
        return say("We vergelijken met wie niet bij de groep hoort, in dezelfde regio en periode.")
    if about.claim == "level":
        return say("We vergelijken met de grens of het streven dat in het plan staat.")
    if about.claim == "elsewhere":
        return say("We vergelijken met gebieden buiten het beleid, in dezelfde periode, en met de tijd ervoor.")
    if about.claim == "roll_out":
        return say("We vergelijken met gebieden waar het beleid nog niet was begonnen, in dezelfde periode.")
    if plan.assignment.kind == "randomised":
        text = say("We vergelijken met mensen die door loting {reference} kregen, in dezelfde regio en periode.")
    else:
        text = say("We vergelijken met mensen met {reference}, in dezelfde regio en periode; er is niet geloot.")
    return text.format(reference=reference)


def _figure(about: About, say: Say) -> str:
    """Return the heading of the chart of the difference."""
    if about.claim in AGAINST_THE_REST and about.arm:
        return say("{what} met {arm}: {who} min alle anderen")
    if about.claim in AGAINST_THE_REST:
        return say("{what}: {who} min alle anderen")
    if about.claim == "level":
        return say("{what}: {who} min de grens of het streven")
    if about.claim in {"elsewhere", "roll_out"}:
        return say("{what}: {watched} min {reference}")
    return say("{what}: {who} met {arm} min {reference}")

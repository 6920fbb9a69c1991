"""The heading of a signal: who, what and which way, without figures."""

from collections.abc import Callable

from services.console.subjects import About
from services.console.words import capital, quoted

Say = Callable[[str], str]


def title(about: About, say: Say) -> str:
    """Return the heading of what a signal is about."""
    parts = {
        "who": capital(about.group or say("iedereen")),
        "whom": about.group or say("iedereen"),
        "arm": about.arm or "",
        "what": quoted(about.indicator),
        "other": quoted(about.other_indicator or ""),
        "region": about.region or "",
    }
    return capital(_text(about, say).format(**parts))


def _text(about: About, say: Say) -> str:
    match about.claim:
        case "effect" if about.is_drop_out:
            return say("uitval verschilt met {arm}: {what}")
        case "gap":
            return _gap(about, say)
        case "level" | "elsewhere" | "roll_out":
            return _place(about, say)
        case "effect":
            return _effect(about, say)
        case _:
            return _combined(about, say)


def _effect(about: About, say: Say) -> str:
    if about.direction == "worse":
        return say("{who}: slechter af met {arm} bij {what}")
    return say("{who}: beter af met {arm} bij {what}")


def _gap(about: About, say: Say) -> str:
    texts = {
        ("worse", True, True): say("{who} met {arm}: verder achter op de rest bij {what}"),
        ("worse", False, True): say("{who} met {arm}: achter op de rest bij {what}"),
        ("worse", True, False): say("{who}: verder achter op de rest bij {what}"),
        ("worse", False, False): say("{who}: achter op de rest bij {what}"),
    }
    better = say("{who} met {arm}: minder achter op de rest bij {what}") if about.arm else ""
    better = better or say("{who}: minder achter op de rest bij {what}")
    return texts.get((about.direction, about.has_starting_point, about.arm is not None), better)


def _place(about: About, say: Say) -> str:
    """Return the heading of what is about a limit, an area or a start."""
    texts = {
        ("level", "worse"): say("{who}: voorbij de grens bij {what}"),
        ("level", "better"): say("{who}: binnen de grens bij {what}"),
        ("elsewhere", "worse"): say("{region}: slechter dan andere gebieden bij {what}"),
        ("elsewhere", "better"): say("{region}: beter dan andere gebieden bij {what}"),
        ("roll_out", "worse"): say("{who}: slechter sinds het beleid begon bij {what}"),
        ("roll_out", "better"): say("{who}: beter sinds het beleid begon bij {what}"),
    }
    return texts[about.claim, about.direction]


def _combined(about: About, say: Say) -> str:
    """Return the heading of a combined claim, which is about one direction only."""
    texts = {
        "divergence": say("{who}: geschaad door {arm}, terwijl het de rest helpt bij {what}"),
        "effects_differ": say("{who}: minder gebaat bij {arm} dan de rest bij {what}"),
        "average_hides": say("{who}: achter met {arm}, terwijl het gemiddeld helpt bij {what}"),
        "trade_off": say("{arm} helpt {whom} bij {what}, ten koste van {other}"),
        "co_benefit": say("{arm} helpt {whom} bij {what} en bij {other}"),
        "later": say("{who}: het effect van {arm} zakt weg bij {what}"),
        "cumulation": say("{who}: achteruit op meer uitkomsten tegelijk met {arm}"),
    }
    return texts[about.claim]

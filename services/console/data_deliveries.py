"""How late a delivery's observations came."""

from infra.postgres.deliveries_told import ToldDelivery
from services.console.words import ZONE, Words


def days_after(delivery: ToldDelivery) -> tuple[int, int] | None:
    """Return how many days after the latest and after the earliest of its periods it came; None if that is not known.

    What comes on the day that follows a period comes after 0 days; what comes while the period lasts has come before.
    """
    total = delivery.total
    if total is None or total.arrived_at is None or total.earliest is None or total.latest is None:
        return None
    day = total.arrived_at.astimezone(ZONE).date()
    return (day - total.latest.end).days, (day - total.earliest.end).days


def periods(words: Words, delivery: ToldDelivery) -> str:
    """Return which periods its counted observations are about: `jan 2018 tot en met mrt 2018`; nothing for none."""
    total = delivery.total
    if total is None:
        return words.say("onbekend")
    if total.earliest is None or total.latest is None:
        return ""
    first, last = words.period(total.earliest.label), words.period(total.latest.label)
    return first if first == last else words.say("{first} tot en met {last}").format(first=first, last=last)


def lateness(words: Words, delivery: ToldDelivery) -> str:
    """Return how late that was: `3 tot 62 dagen na afloop`; nothing if that is not known."""
    days, say = days_after(delivery), words.say
    if days is None:
        return ""
    least, most = days
    if most < 0:
        return say("voor afloop")
    if least < 0:
        return say("voor afloop tot {most} na afloop").format(most=_days(words, most))
    if least == most:
        return say("{most} na afloop").format(most=_days(words, most))
    return say("{least} tot {most} na afloop").format(least=words.number(least), most=_days(words, most))


def _days(words: Words, n: int) -> str:
    return words.say("één dag") if n == 1 else words.say("{n} dagen").format(n=words.number(n))

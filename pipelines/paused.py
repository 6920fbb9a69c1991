"""What a pause does to a verdict: it is kept, and not told while the data behind it fail a critical rule.

A new finding is held: it is judged again at every look, and raised at the first one after the pause in which the
evidence still carries it. An open signal stays as people know it, while its memory goes on; what the evidence then
says of it is told at the first look after the pause.
"""

from dataclasses import replace

from contracts.signal import Signal, Verdict


def held_back(verdict: Verdict, known: Signal | None) -> Verdict:
    """Return a verdict as it is kept while its series is paused.

    Args:
        verdict: What the closing does to the signal.
        known: The signal as it was before; None for a new one.
    """
    if verdict.kind == "raised" or known is None:
        return replace(verdict, kind="held")
    as_told = replace(
        verdict.signal,
        state=known.state,
        severity=known.severity,
        changed_at=known.changed_at,
        decide_before=known.decide_before,
    )
    return replace(verdict, kind="kept", signal=as_told)

"""What an event says: its id is made from that, so nothing that is added may change what was said before."""

import json

from contracts.events import SignalRaised, encode_event, event_id

GAP = {
    "policy": "trial",
    "signal": "a",
    "number": "2026-001",
    "severity": "notice",
    "claim": "gap",
    "indicator": "work",
    "arm": "all",
    "region": "all",
    "group": "parents",
    "direction": "worse",
    "look": "2026-03",
    "closing": 3,
}
PAIR = GAP | {"claim": "trade_off"}


def test_an_event_about_one_indicator_says_nothing_of_a_second():
    assert json.loads(encode_event(SignalRaised(**GAP))) == GAP


def test_both_orders_of_a_pair_are_two_events():
    there, back = (
        SignalRaised(**PAIR | {"indicator": first, "other_indicator": second})
        for first, second in (("work", "debts"), ("debts", "work"))
    )
    assert event_id(there) != event_id(back)
    assert json.loads(encode_event(there)) == PAIR | {"other_indicator": "debts"}

"""Suppliers on the page of the data: the worst first, nothing lost, and no text of a record as a name."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from contracts import codes
from contracts.period import parse_period
from infra.postgres.deliveries_told import ToldDelivery
from infra.postgres.delivery_tallies import DeliveryTotal
from infra.postgres.supplier_board import Delivered, InQuarantine, ReasonCount
from infra.postgres.suppliers import StoredKey, Supplier
from services.console.data_deliveries import days_after
from services.console.data_reasons import reason_words
from services.console.data_records import delivery_record
from services.console.data_sayings import sayings
from services.console.data_suppliers import merged, reasons_together, supplier_facts, supplier_lines
from services.console.data_words import percent, supplier_name
from services.console.languages import LANGUAGES
from services.console.words import Words

NOW = datetime(2026, 11, 24, 8, 40, tzinfo=UTC)
TRIAL = frozenset({"trial"})
NOBODY = frozenset()


def given(supplier, received, quarantined=0, *, policy="trial"):
    return Delivered(supplier, policy, received, received - quarantined, 0, quarantined, NOW)


def held(supplier, n_open, *, policy="trial", **more):
    facts = InQuarantine(supplier, policy, n_open, n_open, NOW if n_open else None, 0, 0, 0, 0, None)
    return replace(facts, **more)


@pytest.fixture
def words():
    return Words(LANGUAGES["nl"])


def test_paused_goes_before_refused_before_mended_before_accepted_before_nothing():
    delivered = [
        given("fine", 10),
        given("mended", 10, 1),
        given("bad", 10, 1),
        given("worse", 10, 5),
        given("paused", 10),
    ]
    quarantine = [held("mended", 0), held("bad", 1), held("worse", 5)]
    registered = {"silent": Supplier("silent")}
    paused = frozenset({("paused", "trial")})
    lines = supplier_lines(delivered, quarantine, registered, policies=TRIAL, paused=paused)
    assert [(each.supplier, each.standing) for each in lines] == [
        ("paused", "paused"),
        ("worse", "refused"),
        ("bad", "refused"),
        ("mended", "mended"),
        ("fine", "accepted"),
        ("silent", "nothing"),
    ]


def test_a_supplier_is_awaited_only_for_its_own_policies_and_the_team_never():
    registered = {
        "here": Supplier("here", ("trial",)),
        "elsewhere": Supplier("elsewhere", ("other",)),
        "everywhere": Supplier("everywhere"),
        "team": Supplier("team", is_team=True),
    }
    lines = supplier_lines([], [], registered, policies=TRIAL, paused=NOBODY)
    assert [each.supplier for each in lines] == ["everywhere", "here"]


def test_the_share_accepted_counts_duplicates_and_is_not_known_before_the_first_record():
    (line,) = supplier_lines(
        [Delivered("a", "trial", 8, 5, 1, 2, NOW)], [], {"b": Supplier("b")}, policies=TRIAL, paused=NOBODY
    )[:1]
    assert line.accepted == 0.75
    assert supplier_lines([], [], {"b": Supplier("b")}, policies=TRIAL, paused=NOBODY)[0].accepted is None


def test_a_policy_that_is_not_registered_is_no_name_on_the_page():
    early = NOW - timedelta(days=1)
    typed, unread = held("a", 2, policy="Jan de Boer"), held("a", 3, policy="", oldest_open_at=early)
    (together,) = merged([typed, unread], TRIAL)
    assert (together.policy, together.open, together.refused, together.oldest_open_at) == ("", 5, 5, early)
    reasons = [ReasonCount("a", name, "unknown_policy", "policy", n, NOW, NOW) for name, n in (("Jan", 2), ("Piet", 3))]
    (counted,) = reasons_together(reasons, TRIAL)
    assert (counted.policy, counted.n) == ("", 5)


def test_keys_that_no_longer_open_the_gateway_are_left_out():
    def key(name, **changes):
        return replace(StoredKey(name, "a", b"", NOW, None, None, None), **changes)

    keys = [key("good"), key("old", expires_at=NOW), key("gone", revoked_at=NOW), key("other", supplier="b")]
    (facts,) = supplier_facts(["a"], keys, {}, [], now=NOW)
    assert [each.id for each in facts.keys] == ["good"]


def test_what_was_sent_again_is_added_up_over_policies():
    again = {"sent_again": 3, "counted_again": 1, "duplicate_again": 1, "refused_again": 1, "last_sent_at": NOW}
    quarantine = [held("a", 2, **again), held("a", 0, policy="other", **again), held("b", 0, **again)]
    (facts,) = supplier_facts(["a"], [], {}, quarantine, now=NOW)
    counts = (facts.n_sent_again, facts.n_counted_again, facts.n_duplicate_again, facts.n_refused_again)
    assert (counts, facts.last_sent_at) == ((6, 2, 2, 2), NOW)


@pytest.mark.parametrize(
    "code", {*codes.RECORD_CODES, *codes.PLAN_CODES, *codes.LOG_CODES, codes.NOT_YOUR_POLICY, codes.INTERNAL_ERROR}
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_of_a_refusal_has_words(code, language):
    assert "_" not in reason_words(Words(LANGUAGES[language]).say)[code]


@pytest.mark.parametrize(
    ("share", "written"),
    [(1.0, "100%"), (0.9999, "99,9%"), (0.5, "50%"), (0.0341, "3,4%"), (0.0001, "0,1%"), (0.0, "0%"), (1.25, "125%")],
)
def test_a_share_is_all_or_nothing_only_when_it_is(words, share, written):
    assert percent(words, share) == written


def test_whoever_sends_without_a_key_has_a_name_too(words):
    assert [supplier_name(words, each) for each in ("", "local", "uwv")] == [
        "rechtstreeks via Kafka",
        "deze installatie (leerlus)",
        "uwv",
    ]


def test_a_delivery_says_what_became_of_its_refused_lines(words):
    say = sayings(words)["delivery_words"]
    one = ToldDelivery("a", "u", None, 10, 3, 2, 0, 0, 0, NOW)
    assert say(one) == "nog niet alles is verwerkt"
    later = replace(one, refused=5, too_late=1, counted_later=2, duplicate_later=1)
    assert say(later) == "1 te laat, 2 later geteld, 1 later dubbel"
    assert say(replace(one, total=total(received=12, again=2))) == "2 opnieuw aangeboden"
    assert say(replace(one, total=total(received=11, again=2))).endswith("nog niet alles is verwerkt")


def total(received=10, again=0, arrived=NOW, earliest="2026-08", latest="2026-10"):
    span = [None if each is None else parse_period(each) for each in (earliest, latest)]
    return DeliveryTotal(received, received - 3, 2, 1, again, arrived, *span, NOW)


@pytest.mark.parametrize(
    ("counts", "days", "periods", "late"),
    [
        (total(), (23, 84), "aug 2026 tot en met okt 2026", "23 tot 84 dagen na afloop"),
        (total(earliest="2026-10"), (23, 23), "okt 2026", "23 dagen na afloop"),
        (total(earliest="2026-10", latest="2026-11"), (-7, 23), "okt 2026 tot en met nov 2026", None),
        (total(earliest="2026-11-22", latest="2026-11-22"), (1, 1), "22 nov 2026", "één dag na afloop"),
        (total(earliest="2026-11", latest="2026-11"), (-7, -7), "nov 2026", "voor afloop"),
        (total(earliest=None, latest=None), None, "", ""),
        (None, None, "onbekend", ""),
    ],
)
def test_a_delivery_says_how_long_after_its_periods_it_came(words, counts, days, periods, late):
    delivery, say = ToldDelivery("a", "u", counts, 10, 0, 0, 0, 0, 0, NOW), sayings(words)
    assert days_after(delivery) == days
    assert say["delivery_periods"](delivery) == periods
    assert say["delivery_lateness"](delivery) == ("voor afloop tot 23 dagen na afloop" if late is None else late)


def test_the_day_of_arrival_is_that_of_the_netherlands(words):
    evening = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)  # the 24th at half past midnight
    assert days_after(ToldDelivery("a", "u", total(arrived=evening), 10, 0, 0, 0, 0, 0, NOW)) == (23, 84)


def test_a_delivery_of_before_they_were_counted_is_told_without_counts():
    record = delivery_record(ToldDelivery("a", "u", None, 10, 1, 1, 0, 0, 0, NOW))
    assert (record.lines, record.received, record.counted, record.duplicate, record.quarantined) == (
        10,
        None,
        None,
        None,
        1,
    )
    known = delivery_record(ToldDelivery("a", "u", total(), 10, 1, 1, 0, 0, 0, NOW))
    assert known.received == known.counted + known.duplicate + known.quarantined == 10
    assert (known.earliest_period, known.latest_period) == ("2026-08", "2026-10")
    assert (known.days_after_earliest, known.days_after_latest) == (84, 23)

"""The page of the data in a real browser: two suppliers, a quarantine, a replay, an inspection and a pause."""

import asyncio
import json
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen
from uuid import UUID, uuid4

import psycopg
import pytest
from axe_playwright_python.sync_playwright import Axe
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from contracts.errors import Reason
from contracts.in_force import Terms
from contracts.period import parse_period
from contracts.plan_reader import read_plan
from contracts.quality import Cell, QualityResult, Series
from contracts.quality_rules import RULES
from contracts.records import LogRecord
from infra.at_rest import Keyring
from infra.postgres.address import sqlalchemy_url
from infra.postgres.delivery_answers import DeliveryName, KeptAnswer, keep_answer
from infra.postgres.delivery_tallies import DeliveryOutcome, add_deliveries
from infra.postgres.pauses import begin_pauses
from infra.postgres.quality import CheckedBatch, save_batch, save_results
from infra.postgres.quarantine import Refused, SentAgain, mark_sent_again, save_refused
from infra.postgres.suppliers import Supplier, add_supplier, keep_key, note_use
from infra.postgres.tallies import Outcome, add_outcomes
from infra.supplier_keys import key_of_secret
from services.gateway.answers import delivery_taken
from services.gateway.checks import Checked

NOW = datetime(2026, 11, 24, 8, 40, tzinfo=UTC)
POLICY = "trust-trial"
PAGES = ("/gegevens", f"/gegevens?policy={POLICY}", "/gegevens?policy=gone")
UPLOAD = UUID("0b8f3a52-6f0c-4d9a-9a61-0d8f8f9f0001")
ARM = Reason("unknown_arm", "arm", 'seen "secret words"')
LATE = Reason("too_late", "period", "closed")
KEY = key_of_secret("a" * 43)
PLAN = Path(__file__).parent / "trial.yaml"


def refused(offset, *reasons, policy=POLICY):
    headers = (("leerlus-upload", str(UPLOAD).encode()), ("leerlus-line", str(offset).encode()))
    arrived = NOW - timedelta(hours=offset)
    record = LogRecord(offset, int(arrived.timestamp() * 1000), b"k", b"{}", headers)
    return Refused(record, policy, "uwv", reasons)


def result(rule, outcome, **facts):
    return QualityResult(rule=rule, severity=RULES[rule].severity, outcome=outcome, bound=RULES[rule].bound, **facts)


async def furnish(connection):
    """Store what two suppliers delivered and the inspector found."""
    for supplier in (Supplier("uwv", (POLICY,)), Supplier("tilburg", (POLICY,)), Supplier("elsewhere", ("other",))):
        await add_supplier(connection, supplier)
    await keep_key(connection, "uwv", KEY)
    await note_use(connection, KEY.id)
    await add_outcomes(connection, 0, {(POLICY, "uwv"): Outcome(1000, 990, 4, 6), (None, "uwv"): Outcome(2, 0, 0, 2)})
    periods = {"earliest": parse_period("2018-09"), "latest": parse_period("2018-11")}
    arrived = {"arrived_at": datetime(2018, 12, 10, 9, tzinfo=UTC)}
    whole = DeliveryOutcome("uwv", str(UPLOAD), POLICY, 1001, 992, 4, 5, again=2, **arrived, **periods)
    unread = DeliveryOutcome("uwv", str(UPLOAD), None, 3, 0, 0, 3, **arrived)
    await add_deliveries(connection, 0, [whole, unread])
    groups = [refused(n, Reason("unknown_group", f"groups[{n}]", "seen")) for n in (5, 6)]
    await save_refused(
        connection,
        0,
        [
            refused(1, ARM),
            refused(2, ARM),
            refused(3, LATE),
            refused(4, ARM),
            *groups,
            refused(7, ARM, policy="Jan de Boer"),
        ],
        Keyring("a-key-" * 6),
    )
    terms = Terms("observation", "1.1.0", "ff" * 32)
    await mark_sent_again(
        connection, [SentAgain(0, 1, "counted", (), terms), SentAgain(0, 2, "refused", (ARM,), terms)]
    )
    checked = [Checked(n, b"{}", POLICY, (ARM,) if n < 5 else ()) for n in range(1, 1003)]
    name = DeliveryName("uwv", f"upload {UPLOAD}", 1)
    await keep_answer(connection, name, KeptAnswer(b"", delivery_taken(checked, UPLOAD)))
    await inspect(connection)


async def inspect(connection):
    """Store what the inspector found, with a pause."""
    await save_batch(connection, CheckedBatch(POLICY, 1, 0, 0, 9, 1000, 10, 1, 1, 1, NOW))
    results = [
        result("complete", "failed", indicator="trust", region="GM0014", figure=0.034, n=250),
        result("delay", "could_not_run", why="the worker ended"),
        result("share_drift", "not_applicable", why="few_records"),
        result("in_time", "passed"),
    ]
    await save_results(connection, POLICY, results, plan_version=1, last_offset=9, now=NOW - timedelta(days=2))
    series = Series("complete", Cell("trust", region="GM0014"))
    plan = read_plan(PLAN.read_text())
    await begin_pauses(connection, plan, {uuid4(): series}, suppliers=["uwv"], now=NOW - timedelta(days=2))


@pytest.fixture(scope="module")
def data_console(seeded_console, module_database):
    """A console with two policies, to which suppliers delivered."""

    async def run():
        engine = create_async_engine(sqlalchemy_url(module_database.dsn), poolclass=NullPool)
        async with engine.begin() as connection:
            await furnish(connection)
        await engine.dispose()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(lambda: asyncio.run(run())).result()
    return seeded_console


def answer(url):
    """The status and JSON of an address."""
    try:
        with urlopen(url, timeout=10) as found:
            return found.status, json.load(found)
    except HTTPError as error:
        return error.code, json.load(error)


def row(page, name):
    """The texts of a supplier's row."""
    found = page.locator("section[aria-labelledby=leveranciers] tbody tr", has_text=name)
    return [each.strip() for each in found.first.locator("td").all_inner_texts()]


# --- for everyone ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["", "/en"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_axe_finds_nothing(data_console, open_page, width, scheme, language):
    for path in PAGES:
        page = open_page(data_console.url + language + path, width=width, scheme=scheme, bypass_csp=True)
        for details in page.query_selector_all("details"):
            details.evaluate("each => { each.open = true }")
        found = Axe().run(page)
        assert found.violations_count == 0, f"{path}: {found.generate_report()}"


@pytest.mark.parametrize("width", [390, 320])
@pytest.mark.parametrize("path", PAGES)
def test_nothing_scrolls_sideways_on_a_telephone(data_console, open_page, path, width):
    page = open_page(data_console.url + path, width=width)
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_page_says_the_same_without_javascript_and_the_browser_has_no_complaint(data_console, open_page):
    page = open_page(data_console.url + PAGES[1])
    page.wait_for_load_state("load")
    without = open_page(data_console.url + PAGES[1], java_script_enabled=False)
    text = without.inner_text("main")
    assert len(text) > 500
    assert page.inner_text("main").replace("Pauzeer bijwerken", "").split() == text.split()
    assert page.complaints == []


def test_the_keyboard_goes_from_the_navigation_to_the_filter_and_the_policies(data_console, open_page):
    page = open_page(data_console.url + "/gegevens")
    reached = []
    for _ in range(12):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("() => (document.activeElement.name || document.activeElement.innerText).trim()"))
    order = ["Naar de inhoud", "Vandaag", "Gegevens", "English", "policy", "Toon"]
    assert [each for each in reached if each in order] == order


def test_no_dutch_is_left_on_the_english_page(data_console, open_page):
    page = open_page(data_console.url + "/en" + PAGES[1])
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
    text = page.inner_text("body").casefold()
    assert re.findall(r"\b(vandaag|weging|geen|regel|regels|uur|bij|naar|van|nog|niet|sinds)\b", text) == []


def test_the_page_is_found_from_the_navigation_and_from_the_start_page(data_console, open_page):
    page = open_page(data_console.url + f"/?policy={POLICY}")
    page.click("nav >> text=Gegevens")
    assert page.url == data_console.url + PAGES[1]
    assert page.get_attribute("nav a[aria-current=page]", "href") == PAGES[1]
    page.go_back()
    page.click("text=Leveranciers, quarantaine en keuring")
    assert page.url == data_console.url + PAGES[1]


# --- what it says ----------------------------------------------------------------------------------------------------


def test_counts_of_a_supplier_add_up_and_the_worst_goes_first(data_console, open_page):
    page = open_page(data_console.url + PAGES[1])
    names = page.locator("section[aria-labelledby=leveranciers] tbody th").all_inner_texts()
    assert [each.strip() for each in names] == ["uwv", "supplier", "tilburg"]
    standing, _, received, counted, duplicate, quarantined, accepted = row(page, "uwv")
    assert standing == "signalen op pauze, 5 regels apart"
    assert (received, counted, duplicate, quarantined, accepted) == ("1.000", "990", "4", "6", "99,4%")
    assert "nog niets geleverd" in row(page, "tilburg")


def test_refusals_are_said_in_words_and_never_with_what_was_seen(data_console, open_page):
    page = open_page(data_console.url + "/gegevens")
    table = page.locator("section[aria-labelledby=quarantaine] tbody tr")
    reasons = [each.split("\n")[0].strip() for each in table.locator("th").all_inner_texts()]
    assert reasons[:2] == ["Een variant die het plan niet kent", "Een groep die het plan niet kent"]
    assert table.first.locator("td").all_inner_texts()[:2] == ["arm", "2"]  # the one that was counted since is out
    text = page.inner_text("main")
    assert "Te laat geleverd: de weging was al gesloten" in text
    assert "zonder leesbaar beleid" in text
    for hidden in ("Jan de Boer", "secret words", KEY.text, "unknown_"):
        assert hidden not in page.content()


def test_a_supplier_has_its_key_its_last_refusal_and_what_was_sent_again(data_console, open_page):
    text = open_page(data_console.url + PAGES[1]).inner_text("section[aria-labelledby=per-leverancier], aside")
    assert f"leerlus_{KEY.id}…, laatst gebruikt" in text
    assert "een groep die het plan niet kent (groups[6])" in text
    assert "2 regels opnieuw aangeboden" in text
    assert "1 geteld, 0 dubbel, 1 weer geweigerd." in text


def test_a_delivery_adds_up_and_says_how_late_it_was(data_console, open_page):
    table = open_page(data_console.url + PAGES[1]).locator("section[aria-labelledby=leveringen] tbody tr")
    _, periods, *counts, later = [each.strip() for each in table.locator("td").all_inner_texts()]
    assert periods.split("\n") == ["sep 2018 tot en met nov 2018", "9 tot 70 dagen na afloop"]
    assert counts == ["1.004", "992", "4", "8"]
    assert later == "1 te laat, 2 opnieuw aangeboden, 1 later geteld"


def test_what_the_inspector_found_is_said_with_what_is_paused(data_console, open_page):
    text = open_page(data_console.url + PAGES[1]).inner_text("section[aria-labelledby=beleid-1]")
    assert "Vertrouwt de gemeente, GM0014: gezien 3,4%, hoogstens 2%, bij 250 records" in text
    assert "Alle gegevens: de keuring zelf is mislukt (the worker ended)." in text
    assert "Over één eis is nog niets te zeggen" in text
    assert "sinds 22 november 2026" in text
    assert "Geleverd door uwv." in text


def test_what_is_late_and_what_is_covered_is_said(data_console, open_page):
    text = open_page(data_console.url + PAGES[1]).inner_text("section[aria-labelledby=beleid-1]")
    assert "Nieuwste gesloten tijdvak: nov 2018." in text
    assert "Records over dec 2018 konden tot 1 maart 2019 komen; dat tijdvak is nog open." in text
    assert re.search("Alle 5 regio.s van het plan hebben records", text)
    assert "Alle 4 groepen van het plan hebben records." in text


def test_the_api_says_the_same(data_console):
    _, suppliers = answer(f"{data_console.url}/api/v1/suppliers?policy={POLICY}")
    (uwv,) = [each for each in suppliers if each["supplier"] == "uwv"]
    (counts,) = uwv["policies"]
    assert counts["received"] == counts["counted"] + counts["duplicate"] + counts["quarantined"] == 1000
    assert (counts["open"], counts["accepted"], counts["is_paused"]) == (5, 0.994, True)
    assert uwv["keys"][0]["prefix"] == f"leerlus_{KEY.id}"
    assert uwv["sent_again"]["counted"] == 1
    assert "secret words" not in json.dumps(suppliers)
    _, (delivery,) = answer(f"{data_console.url}/api/v1/deliveries?supplier=uwv")
    parts = [delivery[each] for each in ("counted", "duplicate", "quarantined")]
    assert (delivery["lines"], delivery["received"], parts) == (1002, sum(parts), [992, 4, 8])
    assert (delivery["earliest_period"], delivery["latest_period"]) == ("2018-09", "2018-11")
    assert (delivery["days_after_earliest"], delivery["days_after_latest"]) == (70, 9)
    _, data = answer(f"{data_console.url}/api/v1/data?policy={POLICY}")
    assert data["coverage"] == {"regions": [], "groups": [], "n_regions": 5, "n_groups": 4}
    assert [each["rule"] for each in data["pauses"]] == ["complete"]
    assert {each["outcome"] for each in data["rules"]} == {"failed", "could_not_run", "not_applicable", "passed"}
    assert answer(f"{data_console.url}/api/v1/data?policy=gone")[0] == 404


# --- before there is anything ----------------------------------------------------------------------------------------


def test_without_supplier_plan_or_delivery_the_page_says_how_to_begin(empty_console, open_page):
    page = open_page(empty_console.url + "/gegevens", bypass_csp=True)
    assert Axe().run(page).violations_count == 0
    text = page.inner_text("main")
    for sentence in ("Er is nog geen leverancier.", "leerlus supplier add", "Nog geen plan", "Er is niets geweigerd."):
        assert sentence in text


def test_before_the_first_delivery_and_inspection_the_page_says_so(planned_console, open_page):
    page = open_page(planned_console.url + PAGES[1], bypass_csp=True)
    assert Axe().run(page).violations_count == 0
    text = page.inner_text("main")
    for sentence in (
        "Er is nog niets gekeurd.",
        "Hierover is nog niets te zeggen.",
        "Er is nog geen tijdvak gesloten.",
    ):
        assert sentence in text
    assert "Er is nog geen levering" in text


def test_an_open_page_takes_over_what_came(live_console, database, open_page):
    page = open_page(live_console.url + "/gegevens")
    with psycopg.connect(database.dsn, autocommit=True) as connection:
        connection.execute("INSERT INTO leerlus.tally VALUES (0, 'trust-trial', 'uwv', 12345, 12345, 0, 0)")
    page.wait_for_selector("text=12.345", timeout=15_000)
    assert page.complaints == []

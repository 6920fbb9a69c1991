"""The pages in a real browser, with real evidence in a real PostgreSQL."""

import json
import re
import time
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import urlopen

import psycopg
import pytest
from axe_playwright_python.sync_playwright import Axe

TRIAL, RESUME = "/?policy=trust-trial", "/?policy=resume-audit"
PAGES = {
    "start": TRIAL,
    "resume": RESUME,
    "gap": "/?policy=trust-trial&arm=all&region=GM0855",
    "signal": "/signalen/2026-007",
    "resume-signal": "/signalen/2026-001",
    "better-signal": "/signalen/2026-004",
    "trade-off": "/signalen/2026-006",
    "effects-differ": "/signalen/2026-008",
    "level": "/signalen/2026-009",
    "values": "/signalen/2026-010",
    "elsewhere": "/signalen/2026-012",
    "cumulation": "/signalen/2026-014",
    "divergence": "/signalen/2026-015",
    "not-found": "/signalen/1900-001",
}
NO_PLAN = "the server responded with a status of 404"


def read(url):
    """The status and text of an address."""
    try:
        with urlopen(url, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as error:
        return error.code, error.read().decode()


def wait_for(happened, *, timeout_s=15):
    """Poll until something is true."""
    deadline = time.monotonic() + timeout_s
    while not happened():
        if time.monotonic() > deadline:
            pytest.fail("it did not happen in time")
        time.sleep(0.05)


# --- for everyone ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["", "/en"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_axe_finds_nothing(seeded_console, open_page, width, scheme, language):
    for name, path in PAGES.items():
        page = open_page(seeded_console.url + language + path, width=width, scheme=scheme, bypass_csp=True)
        for details in page.query_selector_all("details"):
            details.evaluate("each => { each.open = true }")
        found = Axe().run(page)
        assert found.violations_count == 0, f"{name}: {found.generate_report()}"


@pytest.mark.parametrize("path", PAGES.values(), ids=PAGES)
def test_no_page_scrolls_sideways_at_320_pixels(seeded_console, open_page, path):
    page = open_page(seeded_console.url + path, width=320)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


@pytest.mark.parametrize("path", PAGES.values(), ids=PAGES)
def test_the_browser_has_no_complaint_about_policy_scripts_or_drawings(seeded_console, open_page, path):
    page = open_page(seeded_console.url + path)
    page.wait_for_load_state("load")
    assert [each for each in page.complaints if NO_PLAN not in each] == []


def test_pages_say_the_same_without_javascript(seeded_console, open_page):
    for path in (TRIAL, PAGES["signal"]):
        with_script = open_page(seeded_console.url + path)
        without = open_page(seeded_console.url + path, java_script_enabled=False)
        text = without.inner_text("main")
        assert len(text) > 500
        assert with_script.inner_text("main").replace("Pauzeer bijwerken", "").split() == text.split()


def test_the_filter_works_without_javascript(seeded_console, open_page):
    page = open_page(seeded_console.url + TRIAL, java_script_enabled=False)
    page.select_option("select[name=arm]", "guidance")
    page.select_option("select[name=order]", "naam")
    page.click("text=Toon")
    assert "arm=guidance" in page.url
    rows = page.locator("section[aria-labelledby=bord-kop] tbody th").all_inner_texts()
    assert [each.split("n =")[0].strip() for each in rows] == [
        "Alleenstaande ouders",
        "Beperkte gezondheid",
        "Jonger dan 27",
        "Laagopgeleid",
        "Iedereen samen",
    ]


def test_the_keyboard_goes_from_the_skip_link_through_the_page_in_its_order(seeded_console, open_page):
    page = open_page(seeded_console.url + TRIAL)
    reached = []
    for _ in range(14):
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate("() => (document.activeElement.name || document.activeElement.innerText || '').trim()")
        )
    assert reached[0] == "Naar de inhoud"
    order = ["Leerlus", "Vandaag", "English", "Pauzeer bijwerken", "policy", "arm", "region", "order", "Toon"]
    assert [each for each in reached if each in order] == order


def test_the_skip_link_leads_to_the_content(seeded_console, open_page):
    page = open_page(seeded_console.url + TRIAL)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "inhoud"


def test_the_other_language_is_the_same_page(seeded_console, open_page):
    page = open_page(seeded_console.url + "/?policy=trust-trial&arm=guidance")
    page.click("text=English")
    assert page.url == seeded_console.url + "/en/?policy=trust-trial&arm=guidance"
    assert page.inner_text("h1") == "Where do groups diverge?"
    assert page.get_attribute("html", "lang") == "en"
    page.click("text=Nederlands")
    assert page.url == seeded_console.url + "/?policy=trust-trial&arm=guidance"


def test_no_dutch_is_left_on_an_english_page(seeded_console, open_page):
    for path in (TRIAL, PAGES["signal"]):
        text = open_page(seeded_console.url + "/en" + path).inner_text("body").casefold()
        assert re.findall(r"\b(vandaag|weging|wegingen|geen|bewijs|groepen|uur|bij|naar|van)\b", text) == []


@pytest.mark.parametrize("path", ["/", "/en/", "/static/console.css", "/api/v1/policies", "/signalen/1900-001", "/x"])
def test_every_answer_forbids_what_is_not_ours(seeded_console, path):
    try:
        headers = urlopen(seeded_console.url + path, timeout=10).headers
    except HTTPError as error:
        headers = error.headers
    assert headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self'; img-src 'self' data:;")
    assert headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("path", PAGES.values(), ids=PAGES)
def test_pages_hold_no_style_or_script_of_their_own(seeded_console, path):
    _, text = read(seeded_console.url + path)
    assert re.findall(r" style=| on[a-z]+=|<style|<script(?! src=)", text) == []


# --- what the pages say ----------------------------------------------------------------------------------------------


def test_the_board_puts_the_harmed_group_first_and_leads_to_its_signal(seeded_console, open_page):
    page = open_page(seeded_console.url + TRIAL)
    first = page.locator("section[aria-labelledby=bord-kop] tbody tr").first
    assert "Alleenstaande ouders" in first.inner_text()
    cell = first.locator("td").first
    assert "cel--slechter" in cell.get_attribute("class")
    assert "slechter" in cell.inner_text()
    cell.locator("a").click()
    assert page.url.endswith("/signalen/2026-007")
    assert page.inner_text("h1").startswith("Alleenstaande ouders: slechter af met exemption bij")


def test_a_group_that_is_too_small_has_no_figures_anywhere(seeded_console, open_page):
    page = open_page(seeded_console.url + TRIAL)
    row = page.locator("tbody tr", has_text="Jonger dan 27")
    assert row.locator("td.cel--klein").count() == 4
    assert "minder dan 10 mensen" in row.inner_text()
    _, text = read(seeded_console.url + "/api/v1/evidence?policy=trust-trial&claim=effect&group=under_27")
    for row in json.loads(text):
        assert row["held_back"] is not None
        assert [row[name] for name in ("n_a", "n_b", "share_b", "difference", "estimate", "log_e_worse")] == [None] * 6


def test_a_signal_has_its_ten_points_in_order_and_no_form(seeded_console, open_page):
    page = open_page(seeded_console.url + PAGES["signal"])
    assert page.locator(".contract > section > h2").all_inner_texts() == [
        "Wat zien we?",
        "Bij wie en waar, en bij wie niet?",
        "Sinds wanneer, en vergeleken waarmee?",
        "Hoe zeker is het?",
        "Wat kan het betekenen?",
        "Wat mag u doen?",
        "Wie betrekt u nu?",
        "Voor wanneer?",
        "Wat weten we niet?",
        "Waar staat het?",
    ]
    assert page.locator("main form, main button").count() == 0
    readings = page.locator(".lezing b").all_inner_texts()
    assert len(readings) >= 2
    assert readings[-1] == "Toeval of meetfout"


@pytest.mark.parametrize(
    ("name", "heading", "sentence"),
    [
        ("divergence", "Alleenstaande ouders: geschaad door exemption", "maar schaadt alleenstaande ouders ("),
        ("effects-differ", "Alleenstaande ouders: minder gebaat bij exemption", "dan voor de rest (+"),
        ("trade-off", "Exemption helpt iedereen bij", "maar ten koste van"),
        ("level", "Alleenstaande ouders: voorbij de grens", "onder de grens van 20 van de 100 ("),
        ("elsewhere", "GM0141: slechter dan andere gebieden", "beschrijvend: in 0 van 3 vergelijkingsgebieden"),
        ("cumulation", "Alleenstaande ouders: achteruit op meer uitkomsten", "op minstens 2 van de 3 uitkomsten ("),
        ("values", "Iedereen: beter af met guidance", "beter uit dan control voor iedereen samen (+0,"),
    ],
)
def test_every_kind_of_signal_says_its_finding_in_one_sentence(seeded_console, open_page, name, heading, sentence):
    page = open_page(seeded_console.url + PAGES[name])
    assert page.inner_text("h1").startswith(heading)
    assert sentence in page.inner_text("#p1 + p")
    assert "signific" not in page.inner_text("main")


def test_the_api_tells_of_every_kind_of_claim_what_a_page_may_show(seeded_console):
    def rows(**query):
        _, text = read(f"{seeded_console.url}/api/v1/evidence?policy=trust-trial&{urlencode(query)}")
        return json.loads(text)

    (pair,) = rows(claim="trade_off", indicator="trust", other_indicator="arrears", arm="exemption", group="all")
    assert (pair["stands"], pair["other_indicator"]) == ("worse", "arrears")
    assert pair["other_difference_lower"] < pair["other_difference"] < pair["other_difference_upper"]
    (wage,) = rows(claim="effect", indicator="wage", arm="guidance", group="all")
    assert (wage["scale"], wage["guarantee"]) == ("difference", "asymptotic")
    assert 13 < wage["share_a"] < wage["share_b"] < 16
    (level,) = rows(claim="level", arm="exemption", group="single_parent")
    assert (level["n_a"], level["share_a"], level["scale"]) == (None, None, "difference")
    (area,) = rows(claim="elsewhere", indicator="part_time_work", region="GM0141")
    assert (area["placebos"], area["guarantee"]) == ([0, 3], "descriptive")
    assert {row["indicator"] for row in rows(claim="cumulation")} == {"all"}


def test_verdicts_are_said_with_interval_and_places_and_the_api_gives_the_same(seeded_console, open_page):
    page = open_page(f"{seeded_console.url}{TRIAL}&arm=exemption")
    section = page.locator("section[aria-labelledby=oordeel-kop]")
    sentences = section.locator(".zin").all_inner_texts()
    _, text = read(f"{seeded_console.url}/api/v1/verdicts?policy=trust-trial")
    told = [each for each in json.loads(text) if each["arm"] == "exemption"]
    assert [each["word"] for each in told] == ["mixed", "worse", "better", "no_difference_seen"]
    assert len(sentences) == len(told)
    assert "voor de een beter en voor de ander slechter" in sentences[0]
    assert "Gemiddeld over 3 plaatsen, bij benadering" in section.inner_text()
    assert told[0]["sites"]["n_sites"] == 3
    assert told[3]["sites"] is None  # wages are values
    assert open_page(seeded_console.url + RESUME).locator("#oordeel-kop").count() == 0


def test_connections_are_said_beside_the_board_with_what_the_looks_remark(seeded_console, open_page):
    section = open_page(seeded_console.url + TRIAL).locator("section[aria-labelledby=samenhang-kop]")
    text = section.inner_text()
    for heading in ("Staat vast", "Het dichtst bij", "Instroom", "Ongelijkheid"):
        assert heading in section.locator("h3").all_inner_texts()
    assert "maar schaadt alleenstaande ouders" in text
    assert "Mogelijk: " in text
    assert re.search(r"Control: [\d.]+ van de 1\.600 deelnemers die het plan noemt\.", text)
    assert open_page(seeded_console.url + RESUME).locator("#samenhang-kop").count() == 0


def test_the_resume_audit_shows_the_published_figures(seeded_console, open_page):
    page = open_page(seeded_console.url + PAGES["resume-signal"])
    assert "6,4 van de 100" in page.inner_text("#p1 + p")
    assert "9,7 van de 100" in page.inner_text("#p1 + p")
    certainty = page.inner_text("section[aria-labelledby=p4]")
    assert "Het bewijs is 4.270." in certainty
    assert "De grens is nu 80" in certainty
    assert "vast sinds weging 19" in page.inner_text("section[aria-labelledby=p3]")


def test_every_chart_is_followed_by_its_table(seeded_console, open_page):
    page = open_page(seeded_console.url + PAGES["resume-signal"])
    page.click("text=Cijfers als tabel")
    table = page.locator("figure details table")
    assert table.locator("tbody tr").count() == 60
    assert "De laatste 60 wegingen" in table.inner_text()


def test_before_the_first_plan_the_page_says_how_to_begin(empty_console, open_page):
    page = open_page(empty_console.url + "/", bypass_csp=True)
    assert Axe().run(page).violations_count == 0
    assert page.inner_text("h1") == "Nog geen plan"
    assert "leerlus plan register" in page.inner_text("main")


def test_before_the_first_look_the_page_says_what_is_still_to_come(planned_console, open_page):
    page = open_page(planned_console.url + "/", bypass_csp=True)
    assert Axe().run(page).violations_count == 0
    assert "Nog geen weging" in page.inner_text("main")
    assert "leerlus send" in page.inner_text("main")
    assert page.locator(".bord").count() == 0


def test_a_demonstration_says_so_and_nothing_else_does(seeded_console, demonstration, open_page):
    assert open_page(demonstration.url + "/").locator("aside.demo").count() == 1
    assert open_page(seeded_console.url + "/").locator("aside.demo").count() == 0


def test_what_does_not_exist_is_not_found_in_the_language_of_its_address(seeded_console):
    status, text = read(seeded_console.url + "/signalen/1900-001")
    assert (status, "Niet gevonden" in text) == (404, True)
    status, text = read(seeded_console.url + "/en/nowhere")
    assert (status, "Not found" in text) == (404, True)
    status, text = read(seeded_console.url + "/api/v1/signals/1900-001")
    assert (status, json.loads(text)["detail"]) == (404, "no signal has the number '1900-001'")


# --- as it happens ---------------------------------------------------------------------------------------------------


def test_an_open_page_takes_over_what_changed(live_console, open_page):
    page = open_page(live_console.url + "/")
    assert page.locator(".bord").count() == 0
    live_console.close_looks(12)
    page.wait_for_selector(".bord", timeout=15_000)
    assert "weging 24" in page.inner_text("[data-deel=gegevens]")
    page.click("text=Pauzeer bijwerken")
    live_console.close_looks(14)
    page.click("text=Pauzeer bijwerken")
    wait_for(lambda: "weging 26" in page.inner_text("[data-deel=gegevens]"))
    assert page.complaints == []


def test_a_listener_hears_of_a_change_within_a_second_or_two(live_console):
    with urlopen(live_console.url + "/stroom/bord?policy=trust-trial", timeout=10) as stream:
        first = next_version(stream)
        began = time.monotonic()
        live_console.touch()
        assert next_version(stream) != first
        assert time.monotonic() - began < 3


def next_version(stream):
    """The version in the next event of a stream."""
    for line in stream:
        if line.startswith(b"data: "):
            return json.loads(line.removeprefix(b"data: "))["version"]
    return pytest.fail("the stream ended")


def test_an_event_carries_a_name_and_a_version_only(live_console):
    with urlopen(live_console.url + "/stroom/bord?policy=trust-trial", timeout=10) as stream:
        lines = [stream.readline().decode().strip() for _ in range(4)]
    facts = dict(line.split(": ", 1) for line in lines if line)
    assert facts["event"] == "bord"
    assert json.loads(facts["data"]) == {"version": facts["id"]}


def test_without_the_store_pages_say_so_and_come_back(database, open_console):
    console = open_console(database.dsn)
    with psycopg.connect(database.owner_dsn, autocommit=True) as connection:
        connection.execute("ALTER TABLE leerlus.plan RENAME TO plan_gone")
        status, text = read(console.url + "/")
        assert (status, "Even niet bereikbaar" in text) == (503, True)
        status, text = read(console.url + "/api/v1/policies")
        assert (status, json.loads(text)) == (503, {"detail": "the store cannot be read now; try again in a minute"})
        connection.execute("ALTER TABLE leerlus.plan_gone RENAME TO plan")
    assert read(console.url + "/")[0] == 200

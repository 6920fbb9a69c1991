"""The page for suppliers in a real browser: nothing for axe to find, and it fits the narrowest screen."""

import shutil
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

from contracts.plan_reader import read_plan
from services.commands.contract_forms import published
from services.commands.contract_sources import Format

PLAN = Path(__file__).parents[2] / "examples" / "trust_trial" / "plan.yaml"


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        yield chromium
        chromium.close()


@pytest.fixture(scope="module", params=["every policy", "one policy"])
def address(request, tmp_path_factory):
    plan = read_plan(PLAN.read_text(encoding="utf-8")) if request.param == "one policy" else None
    file = tmp_path_factory.mktemp("page") / "deliver.html"
    file.write_text(published(plan, Format.HTML, "observation"), encoding="utf-8")
    return file.as_uri()


@pytest.fixture
def opened(browser, address):
    contexts = []

    def open_page(width, scheme="light"):
        contexts.append(browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme))
        page = contexts[-1].new_page()
        page.goto(address)
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_axe_finds_nothing(opened, width, scheme):
    found = Axe().run(opened(width, scheme))
    assert found.violations_count == 0, found.generate_report()


def test_the_page_does_not_scroll_sideways_at_320_pixels(opened):
    assert opened(320).evaluate("document.documentElement.scrollWidth") <= 320


def test_the_english_part_is_one_step_away(opened):
    page = opened(390)
    page.get_by_role("link", name="English").click()
    assert page.evaluate("document.querySelector('#en').getBoundingClientRect().top") < 40
    assert page.locator("#en h1").inner_text().startswith("Delivering data")


def test_a_table_stays_a_table_when_it_is_laid_out_as_cards(opened):
    page = opened(390)
    table = page.get_by_role("table", name="Waarneming: wat er gemeten is")
    assert table.get_by_role("rowheader").first.inner_text().startswith("observation_id")
    assert table.get_by_role("columnheader").count() == 5

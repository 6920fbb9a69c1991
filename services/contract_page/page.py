"""Puts the page together: each language is the same template with the texts of that language."""

import json
from collections.abc import Sequence
from functools import cache, partial
from importlib.resources import files

from jinja2 import Environment
from markupsafe import Markup

from contracts.example_record import example_of
from contracts.odcs_model import Contract, Property
from services.console.languages import LANGUAGES, Code, templates, translations
from services.contract_page import forms
from services.contract_page.refusals import refusals

DOMAIN = "contract"
"""Catalogue of the texts on this page."""


def contract_page(contracts: Sequence[Contract]) -> str:
    """Return the page as HTML, with everything it needs inside.

    Args:
        contracts: What a supplier delivers by, the most important first.
    """
    styles = [
        files("services.console").joinpath("static", "console.css").read_text(encoding="utf-8"),
        files("services.contract_page").joinpath("contract.css").read_text(encoding="utf-8"),
    ]
    parts = {code: _part(code, contracts) for code in LANGUAGES}
    return _environment("nl").get_template("page.html").render(parts=parts, style="\n".join(styles), first=contracts[0])


def _part(code: Code, contracts: Sequence[Contract]) -> str:
    say = translations(code, DOMAIN).gettext
    first = contracts[0]
    indicators = [each for field in first.schema.properties if field.name == "indicator" for each in field.shape.codes]
    return (
        _environment(code)
        .get_template("part.html")
        .render(
            contracts=contracts,
            first=first,
            examples={each.name: json.dumps(example_of(each), indent=2, ensure_ascii=False) for each in contracts},
            indicators=indicators,
            listed=[(field, codes) for field in first.schema.properties if (codes := _listed(field))],
            refusals=refusals(contracts, code, say),
        )
    )


def _listed(field: Property) -> list[tuple[str, object]]:
    """Return the codes of a field that have names of their own, or are too many to stand beside it."""
    shape = field.shape.items or field.shape
    if field.name in {"policy", "indicator"}:
        return []
    return [(each.value, each.label) for each in shape.codes]


def _coded(text: str) -> Markup:
    """Return a text in which what stands in backquotes is code."""
    parts = text.split("`")
    return Markup("").join(
        Markup("<code>{}</code>").format(each) if place % 2 else each for place, each in enumerate(parts)
    )


@cache
def _environment(code: Code) -> Environment:
    chosen = translations(code, DOMAIN)
    environment = templates("services.contract_page", chosen)
    worded = ("form", "presence", "classification", "direction", "values", "maturity", "example", "heading")
    environment.globals.update({name: partial(getattr(forms, name), say=chosen.gettext) for name in worded})
    environment.globals.update(pattern=forms.pattern, code=code)
    environment.filters.update(said=lambda text: text.in_language(code), coded=_coded)
    return environment

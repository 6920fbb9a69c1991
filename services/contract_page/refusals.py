"""Why a record may be refused: the codes of a refusal, each with what must be true."""

from collections.abc import Sequence
from dataclasses import dataclass

from contracts.codes import RECORD_CODES
from contracts.odcs_model import Contract
from services.console.languages import Code
from services.contract_page.forms import Say


@dataclass(frozen=True, slots=True)
class Refusal:
    """A code, and what must be true for it not to be given."""

    code: str
    rule: str


def refusals(contracts: Sequence[Contract], language: Code, say: Say) -> list[Refusal]:
    """Return every refusal that these contracts can lead to, those about the form of a record first."""
    rules: dict[str, str] = {}
    for rule in (rule for each in contracts for rule in each.schema.rules):
        told, text = rules.get(rule.code, ""), rule.description.in_language(language)
        rules[rule.code] = told if text in told else f"{told} {text}".strip()
    form = form_rules(say)
    codes = [*(code for code in RECORD_CODES if code not in rules and code in form), *rules]
    return [Refusal(code, rules.get(code) or form[code]) for code in codes]


def form_rules(say: Say) -> dict[str, str]:
    """Return what must be true of the form of a record, by the code of its refusal."""
    return {
        "not_json": say("Het record is geldige JSON, één object per regel."),
        "not_utf8": say("De tekst is UTF-8."),
        "not_an_object": say("Het record is een object, tussen accolades."),
        "duplicate_key": say("Elke sleutel staat er één keer."),
        "missing_field": say("Elk verplicht veld staat er, en is niet null."),
        "unknown_field": say("Er staan alleen velden die hierboven worden genoemd."),
        "wrong_type": say("Elke waarde heeft de genoemde vorm: tekst tussen aanhalingstekens, een getal zonder."),
        "not_a_number": say("Een getal is eindig; NaN en Infinity zijn geen getallen."),
        "bad_format": say("Een tekst volgt het patroon van zijn veld, en een dag of tijdvak bestaat."),
        "not_a_pseudonym": say(
            "De eenheid is een pseudoniem: geen naam, burgerservicenummer, mailadres of telefoonnummer."
        ),
        "too_long": say("Een tekst of lijst is niet langer dan genoemd."),
        "repeated_group": say("Elke groep staat één keer in de lijst."),
    }

"""Why records are refused, in plain words: one short text for each code of a refusal."""

from collections.abc import Callable

Say = Callable[[str], str]


def reason_words(say: Say) -> dict[str, str]:
    """Return what each code means, in the language of `say`."""
    return _of_record(say) | _of_plan(say) | _of_time(say) | _of_log(say)


def _of_record(say: Say) -> dict[str, str]:
    return {
        "not_json": say("de regel is geen geldige JSON"),
        "not_utf8": say("de tekst is niet in UTF-8 geschreven"),
        "not_an_object": say("de regel is geen object met velden"),
        "duplicate_key": say("een veld staat er twee keer"),
        "missing_field": say("een verplicht veld ontbreekt"),
        "unknown_field": say("een veld dat het contract niet kent"),
        "wrong_type": say("een andere soort waarde dan het contract vraagt"),
        "not_a_number": say("geen getal waarmee te rekenen is"),
        "bad_format": say("anders geschreven dan het contract vraagt"),
        "not_a_pseudonym": say("geen pseudoniem: misschien een echt nummer of een naam"),
        "too_long": say("langer dan is toegestaan"),
        "repeated_group": say("dezelfde groep staat er twee keer"),
        "unknown_code": say("een code die niet in de codelijst staat"),
        "code_not_in_force": say("een code die in dat tijdvak niet gold"),
    }


def _of_plan(say: Say) -> dict[str, str]:
    return {
        "unknown_policy": say("van dit beleid is geen plan geregistreerd"),
        "unknown_indicator": say("een uitkomst die het plan niet kent"),
        "unknown_arm": say("een variant die het plan niet kent"),
        "missing_arm": say("de variant ontbreekt"),
        "unknown_region": say("een regio die het plan niet kent"),
        "unknown_group": say("een groep die het plan niet kent"),
        "missing_cohort": say("het cohort ontbreekt"),
        "missing_cluster": say("het cluster ontbreekt"),
        "not_binary": say("de uitkomst is niet 0 of 1"),
        "out_of_range": say("de waarde ligt buiten het bereik van het plan"),
        "too_many_decimals": say("meer decimalen dan geteld worden"),
    }


def _of_time(say: Say) -> dict[str, str]:
    return {
        "period_too_coarse": say("het tijdvak is langer dan een weging"),
        "period_in_future": say("het tijdvak ligt na de levering"),
        "observed_in_future": say("het moment van meten ligt na de levering"),
        "before_effective_from": say("het tijdvak ligt voor het begin van het beleid"),
        "before_maturity": say("gemeten voordat de uitkomst vast kon staan"),
        "too_late": say("te laat geleverd: de weging was al gesloten"),
    }


def _of_log(say: Say) -> dict[str, str]:
    return {
        "conflicts_with_counted": say("spreekt tegen wat al geteld is"),
        "conflicts_with_enrolment": say("spreekt de inschrijving tegen"),
        "cluster_closed": say("het cluster is al gesloten"),
        "not_for_suppliers": say("alleen het evaluatieteam mag dit sturen"),
        "not_your_policy": say("de sleutel is niet voor dit beleid"),
        "unknown_plan": say("dit plan is niet opgeslagen"),
        "plan_out_of_order": say("deze versie van het plan volgt niet op de vorige"),
        "internal_error": say("een fout bij ons; de regel is bewaard"),
    }

"""A plan for tests: an experiment with two arms beside the control, three groups, two regions and two binary outcomes.

`plan_document(**changes)` is that plan as it is written, with top-level keys replaced, or left out where the change is
`...`; `plan_text` is the same as YAML, `plan_of` the plan that is read from it:

    def test_counts_looks(plan_of):
        plan = plan_of(look="P50N", id="other-trial", lateness=...)
"""

import copy

import pytest
import yaml

from contracts.plan_reader import read_plan

DOCUMENT = {
    "plan": "leerlus/v1",
    "id": "trial",
    "version": 1,
    "kind": "experiment",
    "title": {"nl": "Proef met vertrouwen", "en": "Trust trial"},
    "question": {"nl": "Helpt het, en verliest niemand?", "en": "Does it help, and does nobody lose?"},
    "owner": {"office": "Afdeling Werk", "table": "Stuurgroep", "contact": "mailto:stuurgroep@example.org"},
    "effective_from": "2020-01",
    "choices": {
        "for_whom": {"nl": "mensen met bijstand", "en": "people on benefits"},
        "not_for_whom": {"nl": "mensen met een ontheffing", "en": "people exempted"},
        "losers": [
            {
                "who": {"nl": "de controlegroep", "en": "the controls"},
                "watched_by": {"indicator": "work", "arm": "control"},
            }
        ],
        "areas": {"here": ["north", "south"]},
        "alternatives": [{"nl": "meer begeleiding", "en": "more guidance"}],
        "fairness": "worst_off_first",
    },
    "unit": "person",
    "look": "P1M",
    "lateness": "P2M",
    "assignment": {"kind": "randomised", "strata": ["region"]},
    "arms": {"reference": "control", "watched": ["trust", "guidance"]},
    "groups": [
        {"id": "parents", "label": {"nl": "alleenstaande ouders", "en": "single parents"}, "disadvantaged": True},
        {"id": "low_education", "label": {"nl": "laagopgeleid", "en": "little education"}, "disadvantaged": True},
        {"id": "older", "label": {"nl": "50-plus", "en": "over fifty"}, "disadvantaged": False},
    ],
    "indicators": [
        {
            "id": "work",
            "label": {"nl": "heeft werk", "en": "works"},
            "type": "binary",
            "direction": "higher_is_better",
            "aspect": "economic",
            "horizon": "now",
            "maturity": "P6M",
            "role": "primary",
            "relevant_difference": 0.05,
        },
        {
            "id": "debts",
            "label": {"nl": "heeft problematische schulden", "en": "has problem debts"},
            "type": "binary",
            "direction": "lower_is_better",
            "aspect": "social",
            "horizon": "now",
            "maturity": "P6M",
            "role": "guardrail",
            "relevant_difference": 0.05,
        },
    ],
    "claims": {
        "effect": {"margin_odds_ratio": 1.0},
        "gap": {"baseline": "declared", "odds_ratio": {"work": {"parents": 0.8}}, "margin": 0.9},
    },
}


def _document(**changes):
    document = copy.deepcopy(DOCUMENT) | copy.deepcopy(changes)
    return {key: value for key, value in document.items() if value is not ...}


class _Dumper(yaml.SafeDumper):
    """Writes everything out: a plan has no aliases."""

    def ignore_aliases(self, _data):
        return True


def _text(**changes):
    return yaml.dump(_document(**changes), Dumper=_Dumper, sort_keys=False, allow_unicode=True)


@pytest.fixture(scope="session")
def plan_document():
    return _document


@pytest.fixture(scope="session")
def plan_text():
    return _text


@pytest.fixture(scope="session")
def plan_of():
    return lambda **changes: read_plan(_text(**changes))

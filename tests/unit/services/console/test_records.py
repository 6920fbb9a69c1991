"""What the JSON API answers keeps to the rule of disclosure."""

import pytest

from infra.postgres.evidence_reading import Seen
from services.console.records import evidence_record


@pytest.fixture
def answer(plan, make_row):
    """The answer about a row that is changed a little."""
    return lambda **changes: evidence_record(Seen(7, None, make_row(**changes)), plan)


def test_a_row_is_answered_rounded_with_its_closing(answer):
    record = answer(n_a=303, log_e_worse=0.1278)
    assert (record.closing, record.look, record.n_a, record.log_e_worse) == (7, "2018-03", 305, 0.13)


def test_of_a_small_cell_the_conclusion_is_answered_alone(answer):
    record = answer(k_b=4, stands="worse")
    assert (record.held_back, record.stands) == ("few_with_outcome", "worse")
    assert record.n_b is record.estimate is record.log_e_worse is record.log_e_better is None

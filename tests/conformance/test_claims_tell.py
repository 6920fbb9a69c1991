"""What every claim says of a world in which it is true, of one in which nothing is, and of the opposite outcomes.

The streams are seeded. In a quiet one a policy finds anything at one time with a probability of at most alpha = 5 %.
"""

import pytest

from contracts.evidence import Claim


def since(shares):
    """Return a world that is quiet until the policy."""

    def of_cell(cell):
        return 0.35 if cell.is_before else shares(cell)

    return of_cell


def in_trust(**shares):
    """Return a world in which indicators have these shares in the arm `trust`."""
    return since(lambda cell: shares.get(cell.indicator, 0.35) if cell.arm == "trust" else 0.35)


BEHIND = since(lambda cell: 0.05 if cell.is_parent else 0.35)
LOW = since(lambda _: 0.05)
BY_GROUP = {("control", True): 0.65, ("trust", True): 0.02, ("control", False): 0.05, ("trust", False): 0.95}
DIVIDED = since(lambda cell: BY_GROUP.get((cell.arm, cell.is_parent), 0.05 if cell.region == "east" else 0.35))
UNEQUAL = since(lambda cell: 0.8 if cell.arm == "trust" and not cell.is_parent else 0.35)
TRADED = in_trust(work=0.75, debts=0.75)
BOTH = in_trust(work=0.75, debts=0.05)
FADED = in_trust(work=0.9)
PILED = in_trust(work=0.05, debts=0.75)

TRUE = {
    "effect": (PILED, "work", None, "trust", "all", "all"),
    "gap": (BEHIND, "work", None, "all", "all", "parents"),
    "level": (LOW, "work", None, "all", "all", "all"),
    "divergence": (DIVIDED, "work", None, "trust", "all", "parents"),
    "effects_differ": (UNEQUAL, "work", None, "trust", "all", "parents"),
    "average_hides": (DIVIDED, "work", None, "trust", "all", "parents"),
    "trade_off": (TRADED, "work", "debts", "trust", "all", "all"),
    "co_benefit": (BOTH, "work", "debts", "trust", "all", "all"),
    "later": (FADED, "work_later", "work", "trust", "all", "all"),
    "cumulation": (PILED, "all", None, "trust", "all", "all"),
}
"""Per claim a world in which it is true, and the row that says so."""


def plans_with(claim):
    every = {"everything", "values", "clusters", "repeatedly", "no arms"}
    without = {
        "level": set(),
        "gap": set(),
        "later": every - {"everything"},
        "effects_differ": {"repeatedly", "no arms"},
    }
    return sorted(every - without.get(claim, {"no arms"}))


CASES = [(claim, name) for claim in TRUE for name in plans_with(claim)]


def test_every_claim_has_a_world_in_which_it_is_true_or_has_no_guarantee():
    assert {*TRUE, "elsewhere", "roll_out"} == set(Claim.__args__)


def test_nothing_stands_where_nothing_differs(world, name):
    rows = [row for life in world.rows(name).values() for row in life]
    assert {row.state for row in rows} <= {"too_early", "watching"}
    assert {row.recent for row in rows} == {None}


@pytest.mark.parametrize(("claim", "of_plan"), CASES)
def test_what_is_true_stands_in_its_direction(world, claim, of_plan):
    shares, *rest = TRUE[claim]
    last = world.rows(of_plan, shares)[(claim, *rest)][-1]
    assert last.stands == ("better" if claim == "co_benefit" else "worse")
    assert last.guarantee in {"exact", "asymptotic"}


@pytest.mark.parametrize("of_plan", ["everything", "values", "no arms"])
def test_harm_elsewhere_stands_beside_its_placebos_and_promises_nothing(world, of_plan):
    last = world.rows(of_plan, DIVIDED)["elsewhere", "work", None, "all", "east", "all"][-1]
    assert (last.stands, last.guarantee, last.placebos) == ("worse", "descriptive", (0, 2))


def test_a_roll_out_is_described_and_never_stands(world):
    rows = world.rows("no arms", LOW)
    assert {row.stands for address, life in rows.items() if address[0] == "roll_out" for row in life} == {None}


def test_the_opposite_outcomes_give_the_same_evidence(world, name):
    """With 1 less every value and the directions turned round, all that is said is the same, differences turned too."""
    mirrored, rows = world.mirrored_rows(name, DIVIDED), world.rows(name, DIVIDED)
    assert mirrored.keys() == rows.keys()
    for address, life in rows.items():
        assert len(mirrored[address]) == len(life)
        for row, opposite in zip(life, mirrored[address], strict=True):
            assert evidence(opposite) == pytest.approx(evidence(row), abs=1e-6)
            assert said(opposite) == said(row)
            if address[0] != "roll_out" and not address[1].endswith(".missing") and row.difference is not None:
                assert opposite.difference == pytest.approx(-row.difference, abs=1e-9)


def evidence(row):
    every = (row.log_e_worse, row.log_e_better, row.log_detector_worse, row.log_detector_better)
    return [each if each is not None else -9.0 for each in every]


def said(row):
    return (row.n_a, row.n_b, row.state, row.stands, row.recent, row.guarantee, row.reason, row.placebos, row.look)

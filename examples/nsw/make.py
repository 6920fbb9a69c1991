"""Make the observations of the National Supported Work trial from `causaldata` nsw_mixtape.

    python examples/nsw/make.py [FOLDER]

writes `observations.ndjson` beside this file, or to FOLDER. The data list those who were trained first and say nothing
of the order in which people came, so a shuffle from a fixed seed mixes the arms.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from causaldata import nsw_mixtape

from examples.writing import observation, write

POLICY = "supported-work"
_SEED = 1978


def records(seed: int = _SEED) -> Iterator[bytes]:
    """Yield one observation for every person, in an order drawn from the seed."""
    data = nsw_mixtape.load_pandas().data
    facts = list(zip(data["treat"], data["nodegree"], data["re78"], strict=True))
    for row in np.random.default_rng(seed).permutation(len(facts)).tolist():
        treated, no_degree, earnings = facts[row]
        yield observation(
            POLICY,
            f"row {row + 1}",
            unit=str(row + 1),
            indicator="earnings",
            arm="training" if treated else "control",
            region="all-sites",
            groups=["no_degree"] if no_degree else [],
            period="1978-12",
            value=round(float(earnings), 2),
            observed_at="1979-06-30T12:00:00Z",
        )


if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    write(folder / "observations.ndjson", records())

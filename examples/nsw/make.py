"""Make the observations of the National Supported Work trial from `causaldata` nsw_mixtape.

    python examples/nsw/make.py

writes `observations.ndjson` beside this file. The data list those who were trained first, so a fixed shuffle brings
the two arms together as they came into the trial; what is written is the same for everybody.
"""

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
    write(Path(__file__).parent / "observations.ndjson", records())

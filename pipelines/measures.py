"""What is added up of an outcome: events, or values with their squares and logarithms, always as whole numbers.

A square may be too long for the sum of many in 64 bits, so it is kept in two parts; logarithms are kept to 2^-20,
their products with a value to 2^-8.
"""

from dataclasses import dataclass
from enum import Enum
from math import log

import numpy as np

from contracts.plan import Indicator, Plan
from pipelines.comparisons import FloatArray, IntArray

_SPLIT_BITS = 31
_LOG_BITS = 20
_PRODUCT_BITS = 8
_MOST_EXTRA_DECIMALS = 6
_LARGEST_MEAN = 1 << 36


class Method(Enum):
    """How evidence is made of an indicator."""

    EXACT = "exact"
    MEANS = "means"
    CLUSTERS = "clusters"


@dataclass(frozen=True, slots=True)
class Measure:
    """How an indicator is counted.

    Attributes:
        method: How evidence is made of it.
        unit: Whole numbers that one unit of the outcome makes.
        factor: Of clusters, whole numbers of a mean for one of a value: means have more decimals.
        has_logs: Whether logarithms are added up too: every allowed value is above 0.
    """

    method: Method
    unit: int
    factor: int = 1
    has_logs: bool = False

    @property
    def n_amounts(self) -> int:
        """How many amounts a cell has: units, then events; or values, squares in two parts, and sums of logarithms."""
        return {Method.EXACT: 2, Method.CLUSTERS: 4, Method.MEANS: 7}[self.method]

    def written(self, total: int) -> int | float:
        """Return a sum as rows have it: of events, or of values in outcome units; a whole number where it is one."""
        whole, rest = divmod(total, self.unit)
        return total / self.unit if rest else whole

    def amounts(self, value: int) -> tuple[int, ...]:
        """Return what one unit adds to its cell."""
        if self.method is Method.EXACT:
            return (1, value)
        return (1, value, *squared(value), *(_logs(value) if self.has_logs else (0, 0, 0)))


def measure_of(plan: Plan, indicator: Indicator) -> Measure:
    """Return how an indicator of the plan is counted."""
    if plan.cluster is not None:
        factor = _factor(indicator)
        return Measure(Method.CLUSTERS, 10**indicator.decimals * factor, factor=factor)
    if indicator.type == "continuous":
        return Measure(Method.MEANS, 10**indicator.decimals, has_logs=indicator.low > 0)
    return Measure(Method.EXACT, 1)


def cluster_mean(total: int, n_units: int, *, factor: int) -> int:
    """Return the mean of a cluster's values, rounded, as a whole number of `factor` to one of a value."""
    return (2 * total * factor + n_units) // (2 * n_units)


def _factor(indicator: Indicator) -> int:
    """Return the factor of means: up to six decimals more, as far as sums of squares stay inside 64 bits."""
    largest = max(abs(indicator.low), abs(indicator.high)) * 10**indicator.decimals
    fits = (10**extra for extra in range(_MOST_EXTRA_DECIMALS, 0, -1) if largest * 10**extra < _LARGEST_MEAN)
    return next(fits, 1)


def squared(value: int) -> tuple[int, int]:
    """Return the square of a value in two parts, whose sums stay whole numbers of 64 bits for 2^31 units."""
    return divmod(value * value, 1 << _SPLIT_BITS)


def spread_of(n: IntArray, total: IntArray, square: IntArray, *, unit: int) -> tuple[FloatArray, FloatArray]:
    """Return means and centred sums of squares, in outcome units; 0 where nobody is.

    Args:
        n: Units; any shape.
        total: Sums of values; the same shape.
        square: Sums of squares in two parts; that shape and (2,).
        unit: Whole numbers that one unit of the outcome makes.
    """
    people, values = n.astype(object), total.astype(object)
    high, low = (square[..., part].astype(object) for part in (0, 1))
    centred = people * (high * (1 << _SPLIT_BITS) + low) - values * values  # exact, of any length
    counted = np.maximum(n, 1).astype(np.float64)
    mean = total.astype(np.float64) / counted / unit
    return mean, np.asarray(centred, dtype=np.float64) / counted / unit**2


def log_sums(amounts: IntArray) -> FloatArray:
    """Return the sums of ln y, (ln y)^2 and y ln y, with y the whole numbers that are counted; shape (..., 3)."""
    scales = np.array([1 << _LOG_BITS, 1 << _LOG_BITS, 1 << _PRODUCT_BITS])
    return np.asarray(amounts[..., 4:7] / scales)


def _logs(value: int) -> tuple[int, int, int]:
    fixed = round(log(value) * (1 << _LOG_BITS))
    return fixed, fixed * fixed >> _LOG_BITS, value * fixed >> _LOG_BITS - _PRODUCT_BITS

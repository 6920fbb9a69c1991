"""Evidence about every odds ratio at once: is the true one above theta, or below it, for each theta of a grid?

Combined claims compare two effects whose common value nobody knows, so they need both questions answered for all of
-3(0.02)3. What that takes of a table is its log Z(w; k) as a function of w, the profile: one function serves every
theta, every bet and both directions, and profiles of tables add.

A profile is kept at some fifty Chebyshev points, from which the polynomial through them gives it everywhere between.
Z is a polynomial in exp(w) whose roots are all real (Vatutin and Mikhailov, 1982) and negative, so log Z is analytic in
the strip of w with imaginary part between -pi and pi. On a range of half-width h the error then falls as rho^-points
with rho = pi / h + sqrt(1 + (pi / h)^2), the largest ellipse around the range that fits the strip (Trefethen, 2013,
Approximation Theory and Approximation Practice, chapter 8). The number of points brings it below rounding.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.polynomial.chebyshev import chebvander
from numpy.typing import ArrayLike

from contracts.errors import StatisticsError
from pipelines.evidence.detectors import average_bets
from pipelines.evidence.distinct import distinct
from pipelines.evidence.partition import Partitions
from pipelines.evidence.tables import FloatArray, as_bets, as_tables

_STEPS_PER_NAT = 50
_FURTHEST = 3 * _STEPS_PER_NAT
_NEGLIGIBLE = 1e-16
_WHOLE = 1e-9
_TABLES_AT_ONCE = 4096


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """The odds ratios that are asked about, and the points at which a profile is kept to answer for all of them.

    Attributes:
        bets: Distances from a theta (nats), positive; shape (bets,).
        steps: The same in steps of the grid.
        thetas: Log odds ratios asked about, -3(0.02)3 (nats); shape (thetas,).
        points: Log odds ratios at which a profile is kept (nats), Chebyshev points of the range that thetas and bets
            span, falling; shape (points,).
        onto_steps: What the points weigh in a profile at each step of that range; shape (steps of the range, points).
    """

    bets: FloatArray
    steps: tuple[int, ...]
    thetas: FloatArray
    points: FloatArray
    onto_steps: FloatArray

    @classmethod
    def of(cls, bets: ArrayLike) -> "Grid":
        """Return the grid for these bets.

        Raises:
            StatisticsError: If a bet is not a positive multiple of 0.02.
        """
        distances = as_bets(bets)
        steps = np.rint(distances * _STEPS_PER_NAT).astype(np.int64)
        if (steps < 1).any() or (np.abs(steps - distances * _STEPS_PER_NAT) > _WHOLE).any():
            raise StatisticsError(f"bets are {distances.tolist()}; each must be a positive multiple of 0.02")
        furthest = _FURTHEST + int(steps.max())
        n_points = _points_needed(furthest / _STEPS_PER_NAT)
        cosines = np.cos((np.arange(n_points) + 0.5) * np.pi / n_points)
        return cls(
            bets=steps / _STEPS_PER_NAT,
            steps=tuple(steps.tolist()),
            thetas=np.arange(-_FURTHEST, _FURTHEST + 1) / _STEPS_PER_NAT,
            points=cosines * (furthest / _STEPS_PER_NAT),
            onto_steps=_interpolation(cosines, np.arange(-furthest, furthest + 1) / furthest),
        )


def profile_terms(
    n_a: ArrayLike, k_a: ArrayLike, n_b: ArrayLike, k_b: ArrayLike, *, grid: Grid, shift: float = 0.0
) -> tuple[FloatArray, FloatArray]:
    """Return what each table tells about every odds ratio b:a; both add over the tables of a row.

    Args:
        n_a: People in the reference cell; shape (tables,).
        k_a: Events among them; shape (tables,).
        n_b: People in the watched cell; shape (tables,).
        k_b: Events among them; shape (tables,).
        grid: Where the profiles are kept.
        shift: Distance (nats) by which all is moved: the question at theta is about exp(theta + shift).

    Returns:
        Profiles log Z(w; k) - w * anchor at w = point + shift, up to a constant per table (nats), shape
        (tables, points), and the excess k_b - anchor, shape (tables,). The anchor is a possible number of events, the
        same in both, so that large numbers do not cancel. A table with an empty side, no events or only events gives 0.

    Raises:
        StatisticsError: If a count is negative or above its n, shapes do not fit, or the shift is not finite.
    """
    if not math.isfinite(shift):
        raise StatisticsError(f"shift is {shift}; it must be a finite number of nats")
    tables = as_tables(n_a, k_a, n_b, k_b)
    k = tables.k_a + tables.k_b
    rows, kinds = distinct(tables.n_a, tables.n_b, k)
    profile, anchor = np.empty((len(rows), len(grid.points))), np.empty(len(rows))
    for start in range(0, len(rows), _TABLES_AT_ONCE):
        part = slice(start, start + _TABLES_AT_ONCE)
        partitions = Partitions(tables.n_a[rows[part]], tables.n_b[rows[part]], k[rows[part]], shifts=grid.points)
        profile[part] = partitions.log_sums(np.full(len(partitions.anchor), shift))
        anchor[part] = partitions.anchor
    return profile[kinds], tables.k_b - anchor[kinds]


def log_e_above(profile: FloatArray, excess: FloatArray, *, grid: Grid) -> FloatArray:
    """Return log e-values against "the odds ratio b:a is at most exp(theta)" at every theta.

    At each theta it is the mean over the bets d of exp(d * excess - [profile(theta + d) - profile(theta)]): per table
    the likelihood ratio of `counts.log_e_counts`, whose expectation is at most 1 wherever the odds ratio is not above.

    Args:
        profile: Profiles summed over the tables of a row (nats); shape (rows, points).
        excess: Events in b minus anchor, summed likewise; shape (rows,).
        grid: Where the profiles were kept.

    Returns:
        Log e-values (nats); shape (rows, thetas), falling in theta, 0 without tables.

    Raises:
        StatisticsError: If the shapes are not those of rows on this grid.
    """
    return _log_e(profile, excess, grid=grid, sign=1)


def log_e_below(profile: FloatArray, excess: FloatArray, *, grid: Grid) -> FloatArray:
    """Return log e-values against "the odds ratio b:a is at least exp(theta)" at every theta.

    As `log_e_above` with the bets the other way; rising in theta.
    """
    return _log_e(profile, excess, grid=grid, sign=-1)


def smallest_product(log_e_above: FloatArray, log_e_below: FloatArray) -> FloatArray:
    """Return the evidence that the first of two independent effects is larger: min over theta of the product.

    While the first effect x is at most the second y, every theta between them makes both factors e-values; people are
    in one of both only, so their product is one, and the minimum lies below it. Between two points of the grid the
    first factor is at least what it is at the right end and the second at least what it is at the left end, so the
    minimum is one over all theta from the first point to the last, not over the points only. It says nothing where x
    and y both lie above the last point or both below the first: on -3 ... 3 odds ratios above 20 or below 1 in 20.

    Args:
        log_e_above: Log e-values that the first effect is above theta (nats), falling in theta; shape (rows, thetas).
        log_e_below: Log e-values that the second one is below theta (nats), rising; the same shape.

    Returns:
        Log e-values (nats); shape (rows,).

    Raises:
        StatisticsError: If the shapes differ or there are fewer than two thetas.
    """
    above, below = _on_intervals(log_e_above, log_e_below)
    return np.asarray((above + below).min(axis=-1))


def smallest_mean(log_e_above: FloatArray, log_e_below: FloatArray) -> FloatArray:
    """Return the evidence that the first of two dependent effects is larger: min over theta of the mean.

    As `smallest_product`, for effects measured on the same people: a mean of two e-values is one however they depend.
    """
    above, below = _on_intervals(log_e_above, log_e_below)
    return np.asarray((np.logaddexp(above, below) - math.log(2.0)).min(axis=-1))


def _log_e(profile: FloatArray, excess: FloatArray, *, grid: Grid, sign: int) -> FloatArray:
    if profile.ndim != 2 or profile.shape != (*excess.shape, len(grid.points)):  # noqa: PLR2004 - rows and points
        raise StatisticsError(
            f"profile has shape {profile.shape} and excess {excess.shape}; they must be (rows, {len(grid.points)}) "
            "and (rows,)"
        )
    log_z = np.einsum("rp,sp->rs", profile, grid.onto_steps)
    first, n_thetas = max(grid.steps), len(grid.thetas)
    log_z_null = log_z[:, first : first + n_thetas]
    log_e = np.empty((len(grid.steps), *log_z_null.shape))
    for each, step in enumerate(grid.steps):
        start = first + sign * step
        log_e[each] = sign * grid.bets[each] * excess[:, None] - (log_z[:, start : start + n_thetas] - log_z_null)
    return average_bets(log_e, axis=0)


def _on_intervals(log_e_above: FloatArray, log_e_below: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the least of both inside each interval of the grid; each of shape (rows, intervals)."""
    if log_e_above.shape != log_e_below.shape or log_e_above.ndim != 2 or log_e_above.shape[1] < 2:  # noqa: PLR2004
        raise StatisticsError(
            f"log e-values have shapes {log_e_above.shape} and {log_e_below.shape}; both must be (rows, thetas), with "
            "at least two thetas"
        )
    return log_e_above[:, 1:], log_e_below[:, :-1]


def _points_needed(half_width: float) -> int:
    """Return how many points bring the error on a range of this half-width (nats) below rounding."""
    axis = math.pi / half_width
    return math.ceil(-math.log(_NEGLIGIBLE) / math.log(axis + math.hypot(1.0, axis)))


def _interpolation(cosines: FloatArray, at: FloatArray) -> FloatArray:
    """Return what the values at Chebyshev points of -1 ... 1 weigh in their polynomial at others; (others, points)."""
    degree = len(cosines) - 1
    scale = np.full(len(cosines), 2.0 / len(cosines))
    scale[0] /= 2.0
    return np.asarray((chebvander(at, degree) * scale) @ chebvander(cosines, degree).T)

"""What the engine must equal, computed in other ways: whole numbers, many digits, explicit loops."""

import sys
from decimal import Decimal, localcontext
from math import comb

import numpy as np
import pytest


def log_partition(n_a, n_b, k, w):
    """Sum every term with 60 digits."""
    with localcontext() as context:
        context.prec = 60
        x = Decimal(w).exp()
        return float(sum(weight * x**j for j, weight in weights(n_a, n_b, k).items()).ln())


def weights(n_a, n_b, k):
    """Count the ways to have j events in b, for every possible j."""
    return {j: comb(n_a, k - j) * comb(n_b, j) for j in range(max(0, k - n_a), min(k, n_b) + 1)}


def distribution(n_a, n_b, k, log_or):
    """Give the possible events in b and their probabilities at an odds ratio."""
    with localcontext() as context:
        context.prec = 60
        x = Decimal(log_or).exp()
        terms = {j: weight * x**j for j, weight in weights(n_a, n_b, k).items()}
        total = sum(terms.values())
        return np.array(list(terms)), np.array([float(term / total) for term in terms.values()])


def log_e(n_a, k_a, n_b, k_b, *, bet, log_or_0):
    """Follow the definition of the log e-value with the partition sums of many digits."""
    k = k_a + k_b
    with localcontext() as context:
        context.prec = 60
        ways = weights(n_a, n_b, k)
        null, shifted = Decimal(log_or_0).exp(), (Decimal(log_or_0) + Decimal(bet)).exp()
        at_null = sum(weight * null**j for j, weight in ways.items())
        at_bet = sum(weight * shifted**j for j, weight in ways.items())
        return float(Decimal(bet) * k_b - (at_bet / at_null).ln())


def log_e_of_extended_sums(n_a, k_a, n_b, k_b, *, bet, log_or_0):
    """Follow the definition for millions of people, every term of the support in extended precision."""
    k = k_a + k_b
    j = np.arange(max(0, k - n_a), min(k, n_b), dtype=np.longdouble)
    ratio = (k - j) / (j + 1) * ((n_b - j) / (n_a - k + j + 1))
    log_terms = np.concatenate(([0], np.cumsum(np.log(ratio))))
    from_observed = np.concatenate((j, [j[-1] + 1])) - k_b
    return float(
        _log_sum(log_terms + log_or_0 * from_observed) - _log_sum(log_terms + (log_or_0 + bet) * from_observed)
    )


def _log_sum(log_terms):
    largest = log_terms.max()
    return largest + np.log(np.exp(log_terms - largest).sum())


@pytest.fixture(scope="session")
def oracles():
    """Hand this module to tests by name: test modules are not on the path."""
    return sys.modules[__name__]

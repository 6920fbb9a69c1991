"""Advice about plans that are correct."""

from contracts.plan_notes import n_rows
from contracts.plan_reader import notes
from pipelines.comparisons import comparisons


def said(plan, *words):
    return [note for note in notes(plan) if all(word in note for word in words)]


def test_a_gap_without_declared_baseline_counts_as_1(plan_of):
    assert said(plan_of(), "gap in `work` for low_education", "odds ratio of 1")
    assert said(plan_of(), "gap in `debts` for parents, low_education")
    assert not said(plan_of(), "gap in `work` for parents")


def test_a_plan_without_gaps_says_nothing_about_baselines(plan_of):
    assert not said(plan_of(claims={"effect": {}}), "baseline")


def test_what_could_be_tested_and_is_not_is_named(plan_of):
    assert said(plan_of(claims={"effect": {}}), "`gap` is not tested", "parents, low_education")
    assert said(plan_of(claims={"gap": {}}), "`effect` is not tested", "trust, guidance")
    assert not said(plan_of(), "is not tested")


def test_rows_are_counted_as_the_plan_implies_them(plan_of):
    effects = 2 * (1 + 3) * (1 + 2) * 2  # watched arms x (all, groups) x (all, regions) x indicators
    gaps = 2 * (1 + 3) * (1 + 2) * 2  # disadvantaged groups x (all, arms) x (all, regions) x indicators
    assert n_rows(plan_of()) == effects + gaps
    assert n_rows(plan_of(claims={"gap": {}})) == gaps
    plan = plan_of()
    assert n_rows(plan) == sum(len(comparisons(plan, indicator)) for indicator in plan.indicators)


def test_what_a_run_length_means_for_all_rows_together_is_said(plan_of):
    assert said(plan_of(), "192 detectors", "once in 10,000 looks", "once in 52 looks")


def test_who_may_lose_unwatched_is_named(plan_of, plan_document):
    choices = plan_document()["choices"] | {"losers": [{"who": {"nl": "de buren", "en": "the neighbours"}}]}
    assert said(plan_of(choices=choices), "`the neighbours` may lose", "`watched_by` is left out")


def test_arms_that_were_not_drawn_by_lot_are_named(plan_of):
    assert said(plan_of(assignment={"kind": "none"}), "not drawn by lot")
    assert not said(plan_of(), "not drawn by lot")


def test_a_programme_is_registered_and_not_yet_controlled(plan_of):
    assert said(plan_of(programme="trust"), "`programme: trust`", "not yet over successive plans")

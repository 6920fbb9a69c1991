"""Why nothing may be concluded: what is said counts nobody."""

from dataclasses import replace

import pytest


@pytest.fixture
def reason(make):
    """The reason of everybody's effect after one look at 12 classes against 9."""

    def of(**changes):
        log = make.log(replace(make.plan(), cluster="class", **changes))
        for arm, n in (("control", 12), ("trust", 9)):
            for number in range(n):
                log.observe("2020-01", arm=arm, cluster=f"{arm} {number}", value=number % 2)
        log.mark()
        rows = {(row.claim, row.region, row.group): row for row in log.closings[-1].rows}
        return rows["effect", "all", "all"].reason

    return of


def test_too_few_clusters_are_not_counted_in_the_reason(reason):
    assert reason() == "too_few: fewer than 30 clusters on a side"


def test_a_plan_that_shows_nothing_below_more_clusters_waits_for_those(reason, plan):
    assert reason(disclosure=replace(plan.disclosure, minimum_cell=50)) == "too_few: fewer than 50 clusters on a side"

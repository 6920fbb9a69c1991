"""A supplier sends as much as it may, and hears how long to wait."""

import pytest

from services.gateway.limits import ALL_AT_ONCE, AT_ONCE, Bucket, Rate, Turnstile
from services.gateway.problems import Problem

RATE = Rate(lines=600, requests=60)


class Clock:
    now_s = 1000.0

    def __call__(self):
        return self.now_s


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def turnstile(clock):
    return Turnstile(clock)


def test_a_bucket_holds_a_minutes_worth_and_goes_into_debt():
    bucket = Bucket(60, now_s=0.0)
    assert bucket.wait_s(0.0) == 0
    bucket.take(60)
    assert bucket.wait_s(0.0) == pytest.approx(1.0)  # one a second flows in
    assert bucket.wait_s(1.0) == 0
    bucket.take(31)
    assert bucket.wait_s(1.0) == pytest.approx(31.0)
    assert bucket.wait_s(3600.0) == 0
    bucket.take(60)
    assert bucket.wait_s(3600.0) > 0  # an hour's rest buys no more than a minute's worth


def test_after_a_minutes_requests_the_next_waits_as_long_as_it_is_told(turnstile, clock):
    for _ in range(60):
        with turnstile.passing("school-7", RATE):
            pass
    with pytest.raises(Problem) as caught, turnstile.passing("school-7", RATE):
        pass
    assert (caught.value.name, caught.value.headers["Retry-After"]) == ("too-many-requests", "1")
    with turnstile.passing("school-8", RATE):
        pass
    clock.now_s += 1
    with turnstile.passing("school-7", RATE):
        pass


def test_a_large_delivery_passes_and_the_next_one_waits_until_it_is_paid_off(turnstile, clock):
    with turnstile.passing("school-7", RATE) as take_lines:
        take_lines(1_800)
    with pytest.raises(Problem) as caught, turnstile.passing("school-7", RATE):
        pass
    assert (caught.value.name, caught.value.headers["Retry-After"]) == ("too-many-lines", "121")
    clock.now_s += 121
    with turnstile.passing("school-7", RATE):
        pass


def test_the_evaluation_team_is_not_held_to_a_rate(turnstile):
    for _ in range(200):
        with turnstile.passing("evaluation", None) as take_lines:
            take_lines(10**6)


def test_a_new_rate_counts_at_once(turnstile):
    with turnstile.passing("school-7", RATE) as take_lines:
        take_lines(10**6)
    with turnstile.passing("school-7", Rate(lines=1_200, requests=60)):
        pass


def test_so_many_requests_at_once_and_no_more(turnstile):
    passes = [turnstile.passing("school-7", RATE) for _ in range(AT_ONCE)]
    for each in passes:
        each.__enter__()
    with pytest.raises(Problem) as caught, turnstile.passing("school-7", RATE):
        pass
    assert (caught.value.name, caught.value.kind.status) == ("too-many-at-once", 429)
    passes[0].__exit__(None, None, None)
    with turnstile.passing("school-7", RATE):
        pass


def test_a_new_rate_forgets_no_running_request(turnstile):
    """A supplier whose limits change while it has as many requests under way as it may goes on once they end."""
    other = Rate(lines=1_200, requests=60)
    passes = [turnstile.passing("school-7", RATE) for _ in range(AT_ONCE)]
    for each in passes:
        each.__enter__()
    with pytest.raises(Problem) as caught, turnstile.passing("school-7", other):
        pass
    assert caught.value.name == "too-many-at-once"
    for each in passes:
        each.__exit__(None, None, None)
    again = [turnstile.passing("school-7", other) for _ in range(AT_ONCE)]
    for each in again:
        each.__enter__()
    with pytest.raises(Problem), turnstile.passing("school-7", other):
        pass


def test_all_suppliers_together_are_bounded_too(turnstile):
    passes = [turnstile.passing(f"school-{number}", RATE) for number in range(ALL_AT_ONCE)]
    for each in passes:
        each.__enter__()
    with pytest.raises(Problem) as caught, turnstile.passing("another", RATE):
        pass
    assert (caught.value.name, caught.value.kind.status) == ("busy", 503)

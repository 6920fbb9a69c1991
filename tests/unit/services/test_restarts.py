from services.supervisor.restarts import GiveUp, Restarts

HERE = (("leerlus-evaluator leerlus.observations.v1", 0, 100),)
FURTHER = (("leerlus-evaluator leerlus.observations.v1", 0, 101),)
UNKNOWN = None
NO_LOG = ()


def ends(restarts, *places, lived_s=1.0):
    return [restarts.after_end(lived_s=lived_s, place=place) for place in places]


def test_three_restarts_at_the_same_place_and_it_is_given_up():
    assert ends(Restarts(), HERE, HERE, HERE, HERE) == [0.5, 1.0, 2.0, GiveUp(3)]


def test_a_process_that_reads_no_log_is_always_at_the_same_place():
    assert ends(Restarts(), NO_LOG, NO_LOG, NO_LOG, NO_LOG)[-1] == GiveUp(3)


def test_getting_further_wipes_the_slate():
    restarts = Restarts()
    ends(restarts, HERE, HERE, HERE)
    assert ends(restarts, FURTHER, FURTHER, FURTHER, FURTHER) == [0.5, 1.0, 2.0, GiveUp(3)]


def test_living_for_a_minute_wipes_the_slate():
    restarts = Restarts()
    ends(restarts, HERE, HERE, HERE)
    assert ends(restarts, HERE, lived_s=60.0) == [0.5]


def test_while_the_place_is_unknown_it_is_never_given_up_but_ever_rarer_started():
    delays = ends(Restarts(), *[UNKNOWN] * 12)
    assert delays[:4] == [0.5, 1.0, 2.0, 4.0]
    assert delays[-1] == 30.0


def test_ends_at_an_unknown_place_do_not_count_against_a_known_one():
    restarts = Restarts()
    ends(restarts, HERE, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN)
    assert not isinstance(ends(restarts, HERE)[0], GiveUp)


def test_every_restart_is_counted():
    restarts = Restarts()
    ends(restarts, HERE, HERE, FURTHER)
    assert restarts.n_restarts == 3

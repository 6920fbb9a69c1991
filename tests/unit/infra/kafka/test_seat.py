import os

import pytest

from contracts.errors import SettingsError
from infra.kafka.seat import take_seat


def test_living_workers_have_seats_of_their_own(tmp_path):
    first, second = (take_seat(tmp_path, "leerlus-evaluator") for _ in range(2))
    assert first.name != second.name
    os.close(first.descriptor)
    os.close(second.descriptor)


def test_a_worker_that_comes_back_has_its_old_name(tmp_path):
    first = take_seat(tmp_path, "leerlus-evaluator")
    os.close(first.descriptor)  # as the kernel does when a process ends
    again = take_seat(tmp_path, "leerlus-evaluator")
    assert again.name == first.name
    os.close(again.descriptor)


def test_services_do_not_share_seats_nor_machines_names(tmp_path):
    seats = [take_seat(tmp_path / folder, name) for folder, name in (("a", "judge"), ("a", "tracker"), ("b", "judge"))]
    assert len({seat.name for seat in seats}) == 3
    for seat in seats:
        os.close(seat.descriptor)


def test_a_folder_that_cannot_be_made_is_said_so(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied", "/somewhere")

    monkeypatch.setattr("pathlib.Path.mkdir", refuse)
    with pytest.raises(SettingsError, match="/somewhere cannot be written: set LEERLUS_STATE_DIR"):
        take_seat(tmp_path, "judge")

import shutil
import socket
import stat

import pytest

from contracts.errors import InfrastructureError, SettingsError
from infra.embedded.ports import LOOPBACK, PortBook, is_free
from infra.embedded.state import StateDirectory

Usage = type(shutil.disk_usage("/"))


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_passwords_are_kept_and_only_their_owner_reads_them(tmp_path):
    state = StateDirectory.open(tmp_path / "state")
    first = state.secret("role")
    assert len(first) >= 32
    assert StateDirectory.open(tmp_path / "state").secret("role") == first
    assert state.secret("other") != first
    assert mode(tmp_path / "state" / "secrets" / "role") == 0o600
    assert mode(tmp_path / "state" / "secrets") == mode(state.logs) == mode(state.run) == 0o700
    assert mode(tmp_path / "state") & 0o066 == 0, "others may at most pass through"


def test_a_directory_of_another_version_is_refused(tmp_path):
    StateDirectory.open(tmp_path / "state")
    (tmp_path / "state" / "FORMAT").write_text("leerlus state 2\n")
    with pytest.raises(SettingsError, match=r"another version of this program .*'leerlus state 2'.*LEERLUS_STATE_DIR"):
        StateDirectory.open(tmp_path / "state")


def test_a_directory_that_holds_something_else_is_left_alone(tmp_path):
    (tmp_path / "thesis.txt").write_text("precious")
    with pytest.raises(SettingsError, match=r"holds something else \(thesis\.txt\)"):
        StateDirectory.open(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_disk_with_less_than_a_gibibyte_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10 << 30, 9 << 30, 300 << 20))
    with pytest.raises(InfrastructureError, match=r"only 300 MiB are free .* at least 1024 MiB are needed"):
        StateDirectory.open(tmp_path / "state")


def test_ports_are_remembered(tmp_path):
    port = PortBook(tmp_path / "ports.json").port("kafka")
    assert PortBook(tmp_path / "ports.json").port("kafka") == port


def test_a_preferred_port_is_taken_if_it_is_free(tmp_path):
    free = PortBook(tmp_path / "a.json").port("any")
    assert PortBook(tmp_path / "b.json").port("console", preferred=free) == free


def test_a_taken_port_gives_way_to_another_one_that_is_remembered_instead(tmp_path):
    book = PortBook(tmp_path / "ports.json")
    port = book.port("kafka")
    with socket.socket() as taken:
        taken.bind((LOOPBACK, port))
        taken.listen()
        assert not is_free(port)
        other = PortBook(tmp_path / "ports.json").port("kafka")
    assert other != port
    assert PortBook(tmp_path / "ports.json").remembered("kafka") == other


def test_a_path_that_cannot_be_a_directory_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(InfrastructureError, match=r"file/state cannot be made or written .*LEERLUS_STATE_DIR"):
        StateDirectory.open(tmp_path / "file" / "state")

import asyncio
from uuid import UUID

import pytest

from infra.notify import Notice, OfficeFiles

ONE = Notice(UUID(int=1), "Afdeling Werk & Inkomen", "Signaal 2026-001")
TWO = Notice(UUID(int=2), "Afdeling Werk & Inkomen", "Signaal 2026-002")


@pytest.fixture
def files(tmp_path):
    return OfficeFiles(tmp_path / "notices")


def find(files, notice):
    return asyncio.run(files.find(notice))


def leave(files, notice):
    return asyncio.run(files.leave(notice))


def test_a_notice_is_found_where_it_was_left(files, tmp_path):
    assert find(files, ONE) is None
    place = leave(files, ONE)
    assert place == find(files, ONE) == str(tmp_path / "notices" / "afdeling-werk-inkomen.txt")
    assert find(files, TWO) is None


def test_every_notice_is_one_line(files, tmp_path):
    leave(files, Notice(UUID(int=3), "x", "two\nlines"))
    assert (tmp_path / "notices/x.txt").read_text() == f"two lines [{UUID(int=3)}]\n"


def test_a_notice_cut_off_by_a_crash_is_left_again_on_a_line_of_its_own(files, tmp_path):
    path = tmp_path / "notices/afdeling-werk-inkomen.txt"
    path.parent.mkdir()
    path.write_text("Signaal 2026-001 [00000000-0000")
    assert find(files, ONE) is None
    leave(files, ONE)
    assert path.read_text().splitlines() == ["Signaal 2026-001 [00000000-0000", f"Signaal 2026-001 [{ONE.id}]"]


@pytest.mark.parametrize(
    ("office", "name"), [("Gemeente Súdwest-Fryslân", "gemeente-sudwest-fryslan"), ("局", "office")]
)
def test_an_office_has_a_plain_file_name(files, office, name):
    assert leave(files, Notice(UUID(int=4), office, "x")).endswith(f"/{name}.txt")


def test_the_name_of_an_office_cannot_leave_the_folder(files, tmp_path):
    place = leave(files, Notice(UUID(int=5), "../../etc/passwd", "x"))
    assert place == str(tmp_path / "notices" / "etc-passwd.txt")

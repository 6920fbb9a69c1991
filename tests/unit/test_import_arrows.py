"""The contracts on imports in pyproject.toml find what they are there to find."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
PACKAGES = ("contracts", "dashboards", "infra", "infra/kafka", "infra/postgres", "pipelines", "services")
MACHINE = ("os", "pathlib", "random", "socket", "subprocess", "time")
LIBRARIES = ("aiokafka", "fastapi", "faust", "httpx", "kafka", "logging", "mlflow", "psycopg", "sqlalchemy")


@pytest.fixture
def lint(tmp_path):
    """Function that lints a project of modules, given with their text, by our own pyproject.toml."""
    shutil.copy(PROJECT / "pyproject.toml", tmp_path)
    for package in PACKAGES:
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").touch()

    def linted(**modules):
        for name, text in modules.items():
            (tmp_path / f"{name.replace('__', '/')}.py").write_text(text, encoding="utf-8")
        command = [Path(sys.executable).with_name("lint-imports"), "--no-cache"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
        return done.returncode, done.stdout

    return linted


def test_a_core_without_input_and_output_passes(lint):
    code, said = lint(contracts__core="import math", pipelines__core="import contracts.core", infra__edge="import os")
    assert code == 0, said


def test_a_core_that_touches_the_machine_or_a_server_is_found(lint):
    wrong = {f"pipelines__uses_{name}": f"import {name}" for name in (*MACHINE, *LIBRARIES)}
    code, said = lint(**wrong, dashboards__uses_os="from os import path", contracts__uses_time="from time import time")
    assert code == 1
    for name in (*MACHINE, *LIBRARIES):
        assert f"pipelines.uses_{name} -> {name}" in said
    assert "dashboards.uses_os -> os" in said
    assert "contracts.uses_time -> time" in said


def test_an_arrow_that_goes_up_is_found(lint):
    code, said = lint(pipelines__core="import infra.edge", infra__edge="")
    assert code == 1
    assert "pipelines.core -> infra.edge" in said


def test_a_store_that_knows_of_kafka_is_found(lint):
    code, said = lint(infra__postgres__outbox="import infra.kafka.sender", infra__kafka__sender="")
    assert code == 1
    assert "infra.postgres.outbox -> infra.kafka.sender" in said

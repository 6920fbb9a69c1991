"""What the documents and the compose file name is there."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from infra.settings import variable_names
from services.cli import run_command

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("*.md")])
NAMES = [str(document.relative_to(ROOT)) for document in DOCUMENTS]


@pytest.fixture(params=DOCUMENTS, ids=NAMES)
def document(request):
    return request.param


def commands_in(text):
    """Everything that stands in backquotes or in a block."""
    return re.findall(r"```.*?```|`[^`]+`", text, re.DOTALL)


def test_every_make_target_that_is_named_exists(document):
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    code = "\n".join(commands_in(document.read_text(encoding="utf-8")))
    assert set(re.findall(r"^`?make ([a-z-]+)", code, re.MULTILINE)) <= targets


def test_every_command_that_is_named_exists(document, capfd):
    code = "\n".join(commands_in(document.read_text(encoding="utf-8")))
    for command in set(re.findall(r"^[`$ ]*(?:\.venv/bin/)?leerlus ([a-z]+)", code, re.MULTILINE)):
        assert run_command([command, "--help"]) == 0, command
    capfd.readouterr()


def test_every_setting_that_is_named_exists(document):
    named = set(re.findall(r"LEERLUS_[A-Z_]+[A-Z]", document.read_text(encoding="utf-8")))
    assert named <= set(variable_names())


def test_every_link_leads_somewhere(document):
    text = re.sub(r"```.*?```", "", document.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)#]+)", text):
        assert target.startswith("https://") or (document.parent / target).exists(), target


def test_every_file_that_contributing_names_exists():
    code = "\n".join(commands_in((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")))
    for name in re.findall(r"`((?:contracts|dashboards|infra|pipelines|services|tests|benchmarks)/[\w./]+)`", code):
        assert "NAME" in name or (ROOT / name).exists(), name


def test_the_command_reference_is_what_make_docs_writes(tmp_path):
    written = tmp_path / "command-line.md"
    typer = [str(Path(sys.executable).with_name("typer")), "services.cli", "utils", "docs"]
    subprocess.run([*typer, "--name", "leerlus", "--output", written], cwd=ROOT, check=True, capture_output=True)
    assert (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8") == written.read_text(encoding="utf-8")


def test_the_compose_file_names_only_settings_and_files_that_exist():
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    assert {"kafka", "postgres", "mlflow", "grafana", "leerlus"} == compose["services"].keys()
    assert all("healthcheck" in service for service in compose["services"].values())
    assert compose["services"]["leerlus"]["environment"].keys() <= set(variable_names())
    for service in compose["services"].values():
        if "build" in service:
            assert (ROOT / service["build"]["dockerfile"]).exists()
        for volume in service.get("volumes", ()):
            source = volume.partition(":")[0]
            assert (ROOT / source).exists() if source.startswith(".") else source in compose["volumes"]


def test_the_lock_holds_every_dependency_with_hashes_and_no_address():
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert "://" not in lock
    assert "--index-url" not in lock
    requirements = re.findall(r"^([a-z0-9-]+)==", lock, re.MULTILINE)
    assert lock.count("--hash=sha256:") >= len(requirements)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    for named in (*project["project"]["dependencies"], *project["dependency-groups"]["dev"]):
        assert re.split(r"[\[=<>]", named)[0].lower() in requirements, named

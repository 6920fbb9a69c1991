"""The demonstrations from nothing to a signal, and the real one once more on the same state directory."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from services.demo.examples import load_example

ROOT = Path(__file__).parents[2]
TIMEOUT_S = 240


@pytest.fixture
def state_dir():
    """A state directory that PostgreSQL's own user can reach."""
    parent = Path(tempfile.mkdtemp(prefix="leerlus-demo-"))
    parent.chmod(0o711)
    yield parent / "state"
    shutil.rmtree(parent)


def test_the_simulated_trial_is_shown_first_with_every_record_accounted_for(state_dir):
    n_records = load_example("trust_trial").n_records
    told = demo(state_dir)
    assert f"delivering {n_records:,} records of trust-trial" in told
    counts = re.search(
        r"^([\d,]+) records: ([\d,]+) counted, ([\d,]+) duplicates, ([\d,]+) refused$", told, re.MULTILINE
    )
    received, *outcomes = (int(each.replace(",", "")) for each in counts.groups())
    assert received == sum(outcomes) == n_records
    assert re.search(r"^look +\d+ +\w+ part_time_work .*, stands: (worse|better)$", told, re.MULTILINE)
    assert re.search(r"^SIGNAL 2\d{3}-\d{3} \((high|warning), open\): ", told, re.MULTILINE)
    assert re.search(r"^signal 2\d{3}-001 .*: http://127\.0\.0\.1:\d+/signalen/2\d{3}-001$", told, re.MULTILINE)


def test_the_resume_audit_raises_its_signal_and_counts_nothing_twice(state_dir):
    first = demo(state_dir, "resume")
    assert "delivering 4,880 records of resume-audit" in first
    assert "4,880 records: 4,870 counted, 0 duplicates, 10 refused" in first
    assert len(re.findall(r"^look +\d+ +gap callback black_name: ", first, re.MULTILINE)) == 98
    assert "look  98  gap callback black_name: 157 of 2,435 (6.4%) against 235 of 2,435 (9.7%)" in first
    assert len(re.findall(r"^refused broken\.ndjson:\d+: ", first, re.MULTILINE)) == 10
    assert re.search(r"^SIGNAL 2\d{3}-001 \(\w+, open\): gap in callback for black_name", first, re.MULTILINE)
    assert re.search(r"^signal 2\d{3}-001 .*: http://127\.0\.0\.1:\d+/signalen/2\d{3}-001$", first, re.MULTILINE)
    assert re.search(r"^console: http://127\.0\.0\.1:\d+ ", first, re.MULTILINE)
    again = demo(state_dir, "resume")
    assert "4,880 records: 0 counted, 4,870 duplicates, 10 refused" in again
    assert "counted once" in again
    assert not re.search(r"^look ", again, re.MULTILINE)
    assert re.search(r"^signal 2\d{3}-001 .*: http", again, re.MULTILINE)


def demo(state_dir, *name):
    """Run it as fast as it goes, without a terminal; return what it told."""
    done = subprocess.run(
        [sys.executable, "-m", "services", "demo", *name, "--seconds", "0", "--no-wait"],
        cwd=ROOT,
        env={**os.environ, "LEERLUS_STATE_DIR": str(state_dir)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return done.stderr

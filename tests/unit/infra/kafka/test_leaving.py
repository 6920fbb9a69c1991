import asyncio
import subprocess
import sys

import pytest

from infra.kafka import leaving

SCRIPT = """
import asyncio, atexit
from contracts.errors import Fenced, LogBroken
from infra.kafka.leaving import guarded
atexit.register(lambda: print("clean-up"))

@guarded
async def fails():
    try:
        raise {error}
    finally:
        print("said", flush=True)

asyncio.run(fails())
"""


@pytest.mark.parametrize(
    ("error", "code"), [('Fenced("gone")', 75), ('LogBroken("gap")', 65), ('ValueError("odd")', 70)]
)
def test_an_error_ends_the_process_at_once_with_its_code_and_its_reason(error, code):
    run = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(error=error)], capture_output=True, text=True, timeout=30, check=False
    )
    assert run.returncode == code
    assert "clean-up" not in run.stdout
    assert error.split('"')[1] in run.stdout + run.stderr


def test_what_goes_well_passes_and_so_does_being_cancelled():
    @leaving.guarded
    async def well():
        return 7

    @leaving.guarded
    async def cancelled():
        raise asyncio.CancelledError

    assert asyncio.run(well()) == 7
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(cancelled())

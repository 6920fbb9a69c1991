import io
import json
import logging

import pytest
import structlog

from infra.log import configure_logging
from infra.setting_sections import LogSettings


@pytest.fixture
def lines():
    """Configures logging and returns a function that gives what was written."""
    stream = io.StringIO()
    before = logging.getLogger().handlers[:], logging.getLogger().level
    yield lambda **settings: configure_logging(LogSettings(**settings), stream=stream) or stream
    logging.getLogger().handlers[:], logging.getLogger().level = before
    structlog.reset_defaults()


def test_an_event_and_a_library_s_message_have_the_same_form(lines):
    stream = lines(format="json")
    structlog.get_logger("ours").info("look_closed", policy="p", closing=3)
    logging.getLogger("theirs").warning("slow %s", "broker")
    ours, theirs = map(json.loads, stream.getvalue().splitlines())
    assert (ours["event"], ours["policy"], ours["closing"], ours["level"]) == ("look_closed", "p", 3, "info")
    assert (theirs["event"], theirs["logger"], theirs["level"]) == ("slow broker", "theirs", "warning")


@pytest.mark.parametrize("form", ["json", "console"])
def test_a_traceback_never_shows_local_variables(lines, form):
    stream = lines(format=form)

    def fails():
        password = "the-secret-value"
        raise ValueError(len(password))

    try:
        fails()
    except ValueError:
        structlog.get_logger("ours").exception("failed")
    assert "ValueError" in stream.getvalue()
    assert "the-secret-value" not in stream.getvalue()


def test_what_is_below_the_level_is_not_written(lines):
    stream = lines(format="json", level="warning")
    structlog.get_logger("ours").info("quiet")
    assert stream.getvalue() == ""


def test_without_a_terminal_auto_means_json(lines):
    stream = lines(format="auto")
    structlog.get_logger("ours").info("fact")
    assert json.loads(stream.getvalue())["event"] == "fact"

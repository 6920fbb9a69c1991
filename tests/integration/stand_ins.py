"""Runs a supervisor whose services are stand-ins, so that its own behaviour shows; run by `test_supervisor.py`.

`stand_ins.py SETTINGS_JSON SERVICE...`: one group a service. A stand-in answers its health port; `publisher` ends at
once. What happens is printed as one JSON object a line.
"""

import json
import sys

import services.supervisor.sequence as subject
from contracts.errors import LeerlusError
from infra.embedded.process import Process
from infra.log import configure_logging
from infra.settings import load_settings
from services.supervisor import up
from services.supervisor.groups import group_process

_ANSWERS = """
import json, os, pathlib, sys
from http.server import BaseHTTPRequestHandler, HTTPServer
written = json.loads((pathlib.Path(os.environ["LEERLUS_STATE_DIR"]) / "settings.json").read_text())
class Healthy(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
    def log_message(self, *_): pass
HTTPServer(("127.0.0.1", written["health"][sys.argv[1]]), Healthy).serve_forever()
"""
_ENDS = "import sys; sys.exit('no luck at offset 17')"


def stand_in(group, state):
    """The process of a group, with another program in it."""
    real = group_process(group, state)
    code = _ENDS if group == ("publisher",) else _ANSWERS
    command = type(real.command)(
        real.command.name,
        (sys.executable, "-c", code, *group),
        real.command.environment,
        state.path,
        death_signal=real.command.death_signal,
    )
    return Process(command, log=real.log, pid_file=real.pid_file)


def tell(**message):
    """Print one line."""
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    subject.group_process = stand_in
    settings = load_settings(**json.loads(sys.argv[1]))
    configure_logging(settings.log)
    try:
        up(
            settings,
            groups=[(name,) for name in sys.argv[2:]],
            progress=lambda step: tell(part=step.part, state=step.state, text=step.text),
            on_ready=lambda _: tell(part="all", state="running", text=""),
        )
    except LeerlusError as error:
        tell(part="all", state="refused", text=str(error))
        sys.exit(1)

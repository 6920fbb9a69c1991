"""The process that starts everything, keeps it alive and stops it: what is behind `leerlus up`, `down` and `status`.

up(settings, progress=..., on_ready=...)      in this process, until a signal
detach(settings, progress=...) -> Status      in a process of its own
running(settings, groups=..., progress=...)   as a context, for a demo
down(settings, progress=...) -> bool          whether anything ran
status(settings) -> Status                    what runs now
"""

from services.supervisor.commands import down, up
from services.supervisor.detached import detach
from services.supervisor.groups import GROUPS, Group
from services.supervisor.report import Part, Status, status
from services.supervisor.sequence import Running, running

__all__ = ["GROUPS", "Group", "Part", "Running", "Status", "detach", "down", "running", "status", "up"]

"""A program that becomes another one, which then dies with its parent.

Run by path, without this package and without site-packages: `launch.py PARENT SIGNAL UID GID COMMAND...`. The kernel
forgets the death signal when a process changes its user, so the user is changed here, first. Arguments: the expected
parent's process id, the signal to send when it dies, and the user and group to become (-1: stay as one is).
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def become(uid: int, gid: int) -> None:
    """Give up every right of the present user, for good."""
    os.setgroups([])
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)


def die_with(parent: int, death_signal: int) -> None:
    """Ask the kernel for a signal at the parent's death; end at once if it is dead already."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_PDEATHSIG, death_signal) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) failed")
    if os.getppid() != parent:
        sys.exit(f"the process that started this one ({parent}) is gone")


def listen_again() -> None:
    """Take signals as any program does: one that was started in the background of a script ignores the interrupt."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def main(arguments: list[str]) -> None:
    """Change user if asked to, bind the life to the parent's, and become the command."""
    parent, death_signal, uid, gid = (int(argument) for argument in arguments[:4])
    if uid >= 0:
        become(uid, gid)
    listen_again()
    die_with(parent, death_signal)
    os.execv(arguments[4], arguments[4:])  # noqa: S606  (no shell is the point)


if __name__ == "__main__":
    main(sys.argv[1:])

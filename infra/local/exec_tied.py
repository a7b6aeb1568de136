"""Executes a command that ends when the process that started it ends.

Run as a script (`python -I -S exec_tied.py SIGNAL PARENT UID GID COMMAND…`), because what it does must happen between
fork and exec: dropping root clears the death signal, and code run there inside a threaded parent can deadlock.
"""

from __future__ import annotations

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1


def drop_privileges(uid: int, gid: int) -> None:
    if uid != os.geteuid():
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)


def die_with(parent: int, death_signal: int) -> None:
    """Let Linux send `death_signal` when the parent dies; elsewhere the next `make up` finds the orphans."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit("The parent process is gone.")


def main() -> None:
    death_signal, parent, uid, gid = (int(value) for value in sys.argv[1:5])
    drop_privileges(uid, gid)
    die_with(parent, death_signal)
    os.execvp(sys.argv[5], sys.argv[5:])  # noqa: S606


if __name__ == "__main__":
    main()

"""`make clean`: remove the data of `make up`, wherever it is, once somebody has said yes."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from infra.local import runs
from infra.local.paths import reachable_directory
from infra.local.settings import UpSettings

# As `make clean YES=1` passes it.
YES = "--yes"


def main(arguments: list[str]) -> int:
    directory = UpSettings().directory
    if not directory.exists():
        return 0
    try:
        with runs.exclusive(directory):
            if YES not in arguments and not _agreed(directory):
                return 1
            shutil.rmtree(reachable_directory(directory / "postgres"))
            shutil.rmtree(directory)
    except runs.AlreadyRunning as error:
        print(f"{error}: end it first.")
        return 1
    return 0


def _agreed(directory: Path) -> bool:
    """Ask whether the data may be erased; where nobody can be asked, say how to do without."""
    print(f"This erases {directory}: messages, API keys, and the credentials of every number that is linked.")
    print("A number that is linked to the real WhatsApp must be linked again afterwards.")
    if not sys.stdin.isatty():
        print("Nothing was erased, because nobody can be asked here: make clean YES=1")
        return False
    try:
        agreed = input("Erase it? [y/N] ").strip().lower() in ("y", "yes")
    except EOFError:
        agreed = False
    if not agreed:
        print("Nothing was erased.")
    return agreed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

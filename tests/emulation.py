"""Programs for arm64 on a machine that is none: by qemu, which this kernel starts for them where it is told so."""

from __future__ import annotations

import fcntl
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# Graviton2, as Lambda has it. The default of qemu emulates signed pointers, which is seven times slower.
PROCESSOR = "neoverse-n1"
# For what takes a second on this machine's own processor.
PATIENCE_SECONDS = 240.0

KERNEL = Path("/proc/sys/fs/binfmt_misc")
NAME = "gateway-aarch64"
# How a program for arm64 begins, and which bits count: of its system none, whether it is executable or shared neither.
_MAGIC = "7f454c460201010000000000000000000200b700"
_MASK = "ffffffffffffff00fffffffffffffffffeffffff"


class CannotRun(Exception):
    """The text says what this machine lacks."""


def find_emulator() -> Path:
    """Return a qemu that needs no library. Raises CannotRun."""
    found = shutil.which("qemu-aarch64-static")
    if found is None:
        raise CannotRun("qemu for arm64 is not installed (apt-get install qemu-user-static)")
    return Path(found)


@contextmanager
def registered() -> Iterator[None]:
    """The kernel starts programs for arm64 meanwhile, in containers too. Raises CannotRun; needs root."""
    emulator = find_emulator()
    with alone(), _mounted():
        _unregister()  # what a test left that was killed
        _write("register", f":{NAME}:M::{_escaped(_MAGIC)}:{_escaped(_MASK)}:{emulator}:F")
        try:
            yield
        finally:
            _unregister()


@contextmanager
def alone() -> Iterator[None]:
    """Nobody else registers meanwhile, on the whole machine: who comes second waits. Raises CannotRun."""
    with find_emulator().open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def _mounted() -> Iterator[None]:
    if (KERNEL / "register").exists():
        yield
        return
    command = ["mount", "-t", "binfmt_misc", "binfmt_misc", str(KERNEL)]
    mounted = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    if mounted.returncode != 0:
        raise CannotRun(f"this kernel cannot be told to start other programs by qemu: {mounted.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", str(KERNEL)], check=True, timeout=60)


def _unregister() -> None:
    if (KERNEL / NAME).exists():
        _write(NAME, "-1")


def _write(file: str, text: str) -> None:
    try:
        (KERNEL / file).write_text(text)
    except OSError as error:
        raise CannotRun(f"binfmt_misc of this kernel refuses: {error.strerror}") from None


def _escaped(digits: str) -> str:
    return "".join(f"\\x{digits[at : at + 2]}" for at in range(0, len(digits), 2))

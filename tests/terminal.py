"""The `gateway` command, with an API key in its environment: in this process, which is sooner, or as people run it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import chdir, contextmanager
from pathlib import Path
from typing import IO

import zxingcpp
from PIL import Image
from typer.testing import CliRunner

from gateway.cli import app
from tests.stack import COVERAGE

PROGRAM = str(Path(sys.executable).with_name("gateway"))


class Terminal:
    """Call it with the arguments of a command to run it to its end in this process."""

    def __init__(self, url: str, key: str, directory: Path) -> None:
        self._directory = directory
        kept = {name: os.environ[name] for name in ("PATH", "HOME", COVERAGE) if name in os.environ}
        self.environment = {**kept, "GATEWAY_API_URL": url, "GATEWAY_API_KEY": key, "TZ": "UTC", "LC_ALL": "C.UTF-8"}

    def __call__(self, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        with chdir(self._directory), _only(self.environment):
            ended = CliRunner().invoke(app, arguments, input=stdin)
        assert isinstance(ended.exception, SystemExit | None), repr(ended.exception)
        return subprocess.CompletedProcess(arguments, ended.exit_code, ended.stdout, ended.stderr)

    def run(self, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run a command to its end as a process."""
        return subprocess.run(
            [PROGRAM, *arguments],
            env=self.environment,
            cwd=self._directory,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def asked(self, *arguments: str, answer: str) -> str:
        """Run a command with somebody at its terminal who types an answer; return what it writes."""
        keyboard, end = os.openpty()
        try:
            os.write(keyboard, f"{answer}\n".encode())
            ran = subprocess.run(
                [PROGRAM, *arguments],
                env=self.environment,
                cwd=self._directory,
                stdin=end,
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
        finally:
            os.close(keyboard)
            os.close(end)
        return ran.stdout + ran.stderr

    @contextmanager
    def started(self, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], IO[str]]]:
        """Start a command; return the process and its output. It is killed at the end where it still runs."""
        with subprocess.Popen(
            [PROGRAM, *arguments], env=self.environment, cwd=self._directory, stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout
            try:
                yield process, process.stdout
            finally:
                process.kill()


@contextmanager
def _only(environment: Mapping[str, str]) -> Iterator[None]:
    """Have no other variables."""
    before = dict(os.environ)
    _set(environment)
    try:
        yield
    finally:
        _set(before)


def _set(environment: Mapping[str, str]) -> None:
    os.environ.clear()
    os.environ.update(environment)
    # The C library keeps the time zone otherwise.
    time.tzset()


def read_until(output: IO[str], beginning: str) -> list[str]:
    """Read lines up to the first that begins so."""
    lines: list[str] = []
    while not (lines and lines[-1].startswith(beginning)):
        line = output.readline()
        assert line, "the command ended"
        lines.append(line.rstrip("\n"))
    return lines


def read_drawn_qr(lines: list[str]) -> str:
    """Read a QR code drawn with half blocks, light on dark, as a phone would."""
    drawn = [line for line in lines if "█" in line]
    image = Image.new("L", (max(map(len, drawn)), 2 * len(drawn)), 0)
    for y, line in enumerate(drawn):
        for x, character in enumerate(line):
            if character in "█▀":
                image.putpixel((x, 2 * y), 255)
            if character in "█▄":
                image.putpixel((x, 2 * y + 1), 255)
    found = zxingcpp.read_barcode(image.resize((image.width * 6, image.height * 6), Image.Resampling.NEAREST))
    assert found
    return str(found.text)

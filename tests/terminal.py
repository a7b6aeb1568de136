"""The `gateway` command as a process, with an API key in its environment."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import zxingcpp
from PIL import Image

from tests.stack import COVERAGE

PROGRAM = str(Path(sys.executable).with_name("gateway"))


class Terminal:
    """Call it with the arguments of a command to run it to its end."""

    def __init__(self, url: str, key: str, directory: Path) -> None:
        self._directory = directory
        kept = {name: os.environ[name] for name in ("PATH", "HOME", COVERAGE) if name in os.environ}
        self.environment = {**kept, "GATEWAY_API_URL": url, "GATEWAY_API_KEY": key, "TZ": "UTC", "LC_ALL": "C.UTF-8"}

    def __call__(self, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
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

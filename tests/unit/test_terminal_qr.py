"""QR codes as terminals of any size show them, read as a phone would."""

from __future__ import annotations

import io
import unicodedata
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image
from rich.console import Console

from gateway.cli.linking import Linking, StatusView
from gateway.client import Status

# As long as WhatsApp's.
TEXT = "https://wa.me/settings/linked_devices#2@" + "x" * 217
# Pixels of a character; terminals make it twice as high as wide.
WIDTH, HEIGHT = 6, 12


def shown(width: int, height: int, png: Path | None = None) -> list[str]:
    output = io.StringIO()
    console = Console(file=output, width=width, height=height, force_terminal=True, color_system=None)
    status = Status(status="qr_pending", qr_text=TEXT, qr_expires_at=datetime.now(UTC) + timedelta(seconds=50))
    console.print(StatusView(Linking("office", "http://127.0.0.1:1", png), status))
    return output.getvalue().rstrip("\n").split("\n")


def light(character: str, x: int, y: int) -> bool:
    """Whether a pixel of the character is filled, by the character's name."""
    name = unicodedata.name(character)
    if name in ("FULL BLOCK", "SPACE"):
        return name == "FULL BLOCK"
    if name.startswith("BLOCK SEXTANT-"):
        return str(2 * (y * 3 // HEIGHT) + x * 2 // WIDTH + 1) in name.rpartition("-")[2]
    return {
        "UPPER HALF BLOCK": y < HEIGHT // 2,
        "LOWER HALF BLOCK": y >= HEIGHT // 2,
        "LEFT HALF BLOCK": x < WIDTH // 2,
        "RIGHT HALF BLOCK": x >= WIDTH // 2,
    }[name]


def read(lines: list[str]) -> str | None:
    """Read the code from a photo of these lines on a dark terminal."""
    image = Image.new("L", (len(lines[0]) * WIDTH + 40, len(lines) * HEIGHT + 40), 0)
    for row, line in enumerate(lines):
        for column, character in enumerate(line):
            for x in range(WIDTH):
                for y in range(HEIGHT):
                    if light(character, x, y):
                        image.putpixel((20 + column * WIDTH + x, 20 + row * HEIGHT + y), 255)
    found = zxingcpp.read_barcode(image)
    return str(found.text) if found else None


def drawing(lines: list[str]) -> list[str]:
    return [line for line in lines if not any(character.isalpha() for character in line)]


@pytest.mark.parametrize("height", [24, 32, 33, 60])
def test_a_code_is_read_in_a_terminal_of_80_columns(height: int) -> None:
    lines = shown(80, height)
    assert len(lines) < height
    assert all(len(line) <= 80 for line in lines)
    assert read(drawing(lines)) == TEXT
    assert any("Scan it" in line for line in lines)


def test_half_blocks_are_taken_where_they_fit() -> None:
    assert set("".join(drawing(shown(80, 34)))) <= set(" ▀▄█")
    smaller = shown(80, 24)
    assert "--phone, --png FILE" in smaller[-1]
    assert not set("".join(drawing(smaller))) <= set(" ▀▄█")


@pytest.mark.parametrize(("width", "height"), [(80, 16), (20, 60)])
def test_where_no_code_fits_it_says_so_and_offers_others(width: int, height: int) -> None:
    said = " ".join(" ".join(shown(width, height)).split())
    assert "does not fit" in said
    for way in ("61 columns and 33 rows", "--phone", "--png FILE", "the Explorer"):
        assert way in said


def test_a_code_in_a_file_is_not_drawn() -> None:
    said = " ".join(shown(80, 24, Path("code.png")))
    assert said.startswith("The QR code is in code.png. Scan it")
    assert "█" not in said

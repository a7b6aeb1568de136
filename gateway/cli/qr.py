"""QR codes in the terminal: in half blocks, or in sextants where there are too few rows for those."""

from __future__ import annotations

from collections.abc import Iterator

import qrcode
from qrcode.constants import ERROR_CORRECT_L

# Modules around the code; phones read it with two (tried), the standard asks for four.
_QUIET_ZONE = 2
_HALF_BLOCKS = " ▀▄█"
# Four sextants are older characters; the others follow one another in Unicode.
_OLDER_SEXTANTS = {0b000000: " ", 0b010101: "▌", 0b101010: "▐", 0b111111: "█"}
_FIRST_SEXTANT = 0x1FB00


def draw(text: str, rows: int | None = None) -> str | None:
    """Draw a QR code, filled where it is light, in so many rows at most; None where it does not fit.

    A half block holds two modules, one above the other, which every terminal can show; a sextant holds six, which newer
    ones can: the code of a link needs some thirty rows in half blocks.
    """
    light = _light_modules(text)
    if rows is None or _lines(light, 2) <= rows:
        return "\n".join(_half_blocks(light))
    return "\n".join(_sextants(light)) if _lines(light, 3) <= rows else None


def size(text: str) -> tuple[int, int]:
    """Return how many columns and rows the code takes in half blocks."""
    light = _light_modules(text)
    return len(light), _lines(light, 2)


def _light_modules(text: str) -> list[list[bool]]:
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_L, border=_QUIET_ZONE)
    code.add_data(text)
    return [[not dark for dark in row] for row in code.get_matrix()]


def _lines(light: list[list[bool]], modules: int) -> int:
    return -(-len(light) // modules)


def _half_blocks(light: list[list[bool]]) -> Iterator[str]:
    for y in range(0, len(light), 2):
        yield "".join(_HALF_BLOCKS[_bits(light, x, y, 1, 2)] for x in range(len(light)))


def _sextants(light: list[list[bool]]) -> Iterator[str]:
    for y in range(0, len(light), 3):
        yield "".join(_sextant(_bits(light, x, y, 2, 3)) for x in range(0, len(light), 2))


def _sextant(bits: int) -> str:
    if bits in _OLDER_SEXTANTS:
        return _OLDER_SEXTANTS[bits]
    return chr(_FIRST_SEXTANT + bits - sum(older <= bits for older in _OLDER_SEXTANTS))


def _bits(light: list[list[bool]], x: int, y: int, width: int, height: int) -> int:
    """Return the modules of one character as bits, row by row; what is beyond the edge is dark."""
    cells = [(x + i % width, y + i // width) for i in range(width * height)]
    size = len(light)
    return sum(1 << i for i, (cx, cy) in enumerate(cells) if cx < size and cy < size and light[cy][cx])

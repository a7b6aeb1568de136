"""QR codes in the terminal."""

from __future__ import annotations

import io

import qrcode
from qrcode.constants import ERROR_CORRECT_L

_QUIET_ZONE_BOXES = 2


def draw(text: str) -> str:
    """Draw a QR code with half blocks: two rows of the code in each line, filled where the code is light."""
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_L, border=_QUIET_ZONE_BOXES)
    code.add_data(text)
    drawing = io.StringIO()
    code.print_ascii(out=drawing, invert=True)
    return drawing.getvalue().rstrip("\n")

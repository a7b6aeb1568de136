"""QR texts as images."""

from __future__ import annotations

import base64
import io
from functools import lru_cache

_BOX_PIXELS = 6
_QUIET_ZONE_BOXES = 4


@lru_cache(maxsize=64)
def data_url(text: str) -> str:
    """Return a PNG of the code as a data URL; the same text is drawn once while people poll it."""
    # Where Pillow is installed qrcode imports it, too: a process that shows no code starts without both.
    import qrcode
    from qrcode.constants import ERROR_CORRECT_L
    from qrcode.image.pure import PyPNGImage

    code = qrcode.QRCode(error_correction=ERROR_CORRECT_L, box_size=_BOX_PIXELS, border=_QUIET_ZONE_BOXES)
    code.add_data(text)
    code.make(fit=True)
    image = io.BytesIO()
    # Without Pillow, which is 20 MB of a function's package.
    code.make_image(PyPNGImage).save(image)
    return "data:image/png;base64," + base64.b64encode(image.getvalue()).decode()

from __future__ import annotations

import base64
import io
import string

import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from gateway.qr import data_url


@settings(max_examples=10, deadline=None)
@given(st.text(string.ascii_letters + string.digits + "@,+/=", min_size=1, max_size=260))
def test_what_is_drawn_can_be_read(text: str) -> None:
    image = Image.open(io.BytesIO(base64.b64decode(data_url(text).partition(",")[2])))
    assert [code.text for code in zxingcpp.read_barcodes(image, formats=zxingcpp.BarcodeFormat.QRCode)] == [text]

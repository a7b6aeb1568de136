"""Files of strangers, served so that no browser runs them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.served_files import disposition, safe_name, served_type, with_ending


@pytest.mark.parametrize(
    "mimetype", ["image/jpeg", "IMAGE/PNG", "video/mp4", "audio/ogg; codecs=opus", "application/pdf"]
)
def test_what_a_browser_only_shows_is_shown(mimetype: str) -> None:
    assert served_type(mimetype) == mimetype.partition(";")[0].lower()
    assert disposition(mimetype, None) == "inline"


@pytest.mark.parametrize(
    "mimetype",
    [
        None, "", "text/html", "image/svg+xml", "text/xml", "application/xhtml+xml", "text/plain", "image/jpeg\r\nX: y",
        "application/javascript", "image/", "video/mp4,text/html", "multipart/x-mixed-replace", "nonsense",
    ],
)  # fmt: skip
def test_everything_else_is_bytes_to_be_saved(mimetype: str | None) -> None:
    assert served_type(mimetype) == "application/octet-stream"
    assert disposition(mimetype, "a.html") == "attachment; filename=\"a.html\"; filename*=UTF-8''a.html"


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("lease.pdf", "lease.pdf"),
        ("Mietvertrag Müller.pdf", "Mietvertrag Müller.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Windows\\system32.dll", "system32.dll"),
        ("a\r\nSet-Cookie: x=y", "aSet-Cookie_ x=y"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ('a"; filename="b', "a_ filename=_b"),
        ("..", "file"),
        ("", "file"),
        ("\x00", "file"),
        ("x" * 300 + ".pdf", "x" * 116 + ".pdf"),
    ],
)
def test_a_name_leads_nowhere_and_hides_nothing(name: str, safe: str) -> None:
    assert safe_name(name) == safe


@given(name=st.text(max_size=300), mimetype=st.text(max_size=50))
def test_a_header_is_one_line_of_ascii_whatever_the_name(name: str, mimetype: str) -> None:
    header = disposition(mimetype, name)
    assert header.isascii() and header.isprintable()
    assert len(safe_name(name)) <= 120


@pytest.mark.parametrize(
    ("name", "mimetype", "whole"),
    [
        ("lease", "application/pdf", "lease.pdf"),
        ("lease.txt", "application/pdf", "lease.txt"),
        ("lease", "application/octet-stream", "lease"),
        ("lease", "application/x-of-nobody", "lease"),
    ],
)
def test_a_name_without_an_ending_gets_that_of_its_type(name: str, mimetype: str, whole: str) -> None:
    assert with_ending(name, mimetype) == whole

"""What previews make of pages and pictures, also of those that mean harm."""

from __future__ import annotations

import io
import struct
import time
import zlib

import pytest
from PIL import Image

from functions.api.previews.page import Page, read_page
from functions.api.previews.picture import MAX_PIXELS, read_picture
from gateway.pictures import MAX_BYTES


@pytest.mark.parametrize(
    ("html", "page"),
    [
        ("<title> A\n flat </title>", Page("A flat")),
        (
            '<meta property="og:title" content="Flat"><meta name="description" content="Two rooms"><title>x</title>',
            Page("Flat", "Two rooms"),
        ),
        (
            '<meta name=twitter:title content=B><meta property=og:title content=""><meta property=og:image content=/p>',
            Page("B", None, "/p"),
        ),
        ('<title>&lt;b&gt;&amp;</title><meta property="OG:DESCRIPTION" content="a&#0;b">', Page("<b>&", "a\ufffdb")),
        ("<head><p>nothing</HEAD><svg><title>A star</title></svg>", None),
        (
            "<title>A &amp; B</title><script>'<title>C</title>'</script><meta name=description content=D>",
            Page("A & B", "D"),
        ),
        ('<meta property="og:title"><title></title>', None),
        ("", None),
        ("<title>cut off", Page("cut off")),
    ],
)
def test_a_page_says_what_it_is(html: str, page: Page | None) -> None:
    assert read_page(html.encode()) == page


def test_a_page_of_another_encoding_is_read() -> None:
    assert read_page('<meta charset="iso-8859-1"><title>Müller</title>'.encode("latin-1")) == Page("Müller")
    assert read_page(b"\xff\xfe\x00<title>\x00\xd8") == Page("\ufffd\ufffd")
    assert read_page(b"<title>\xc3\x28</title>") == Page("\ufffd(")


def test_long_titles_and_descriptions_are_cut() -> None:
    page = read_page(f'<title>{"x" * 5000}</title><meta name=description content="{"y" * 5000}">'.encode())
    assert page is not None and page.description is not None
    assert (len(page.title), page.title[-1], len(page.description)) == (200, "…", 400)


PIECES = [
    "<div>",
    "<!--",
    "<meta ",
    "<meta>",
    "<meta name=a content=b>",
    "<title>",
    "</title>",
    "<meta a='",
    "a=b ",
    "<",
]


@pytest.mark.parametrize("piece", PIECES)
def test_a_page_that_means_harm_takes_no_time(piece: str) -> None:
    started = time.process_time()
    for beginning in ("", "<meta ", "<title>"):
        read_page((beginning + piece * 500_000)[:500_000].encode())
    assert time.process_time() - started < 2


def picture(mode: str = "RGB", kind: str = "PNG", size: tuple[int, int] = (1200, 630)) -> bytes:
    written = io.BytesIO()
    Image.effect_noise(size, 90).convert(mode).save(written, kind)
    return written.getvalue()


@pytest.mark.parametrize(
    ("mode", "kind"), [("RGB", "JPEG"), ("RGBA", "PNG"), ("P", "GIF"), ("RGBA", "WEBP"), ("1", "PNG")]
)
def test_a_picture_becomes_a_small_jpeg(mode: str, kind: str) -> None:
    small = read_picture(picture(mode, kind, (600, 300)))
    assert small is not None and len(small) <= MAX_BYTES
    with Image.open(io.BytesIO(small)) as image:
        assert (image.format, image.mode, max(image.size)) == ("JPEG", "RGB", 200)


def unfolding(width: int, height: int) -> bytes:
    """A PNG that says it has so many pixels."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + header
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", len(header)) + chunk + struct.pack(">I", zlib.crc32(chunk))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"GIF89a",
        picture()[:500],
        unfolding(MAX_PIXELS // 1000 + 1, 1000),
        unfolding(10_000, 10_000),
        unfolding(60_000, 60_000),
        unfolding(0, 0),
    ],
    ids=["empty", "svg", "short", "cut", "large", "larger", "bomb", "none"],
)
def test_what_is_no_picture_or_a_huge_one_is_left_out(data: bytes) -> None:
    assert read_picture(data) is None

from __future__ import annotations

from pathlib import Path

import pytest

from functions.media.preparing.preparation import prepare
from tests.unit.media import files


@pytest.mark.parametrize("pages", [1, 12])
def test_a_pdf_tells_its_pages(tmp_path: Path, pages: int) -> None:
    prepared = prepare("document", files.pdf(tmp_path / "given", pages), tmp_path / "target", "lease.pdf")
    assert (prepared.path, prepared.mimetype, prepared.page_count) == (tmp_path / "given", "application/pdf", pages)


def test_a_broken_pdf_is_sent_without_the_number_of_pages(tmp_path: Path) -> None:
    source = files.pdf(tmp_path / "given", 3)
    source.write_bytes(source.read_bytes()[:100])
    assert prepare("document", source, tmp_path / "target").page_count is None


@pytest.mark.parametrize(
    ("content", "name", "mimetype"),
    [
        (b"a,b\n1,2\n", "list.csv", "text/csv"),
        ("Grüße".encode(), "letter.txt", "text/plain"),
        (b"words", "evil.html", "text/plain"),
        (b"<!DOCTYPE html><script>", "letter.pdf", "text/html"),
        (b"<?xml version='1.0'?><svg>", "logo.png", "image/svg+xml"),
        (b"\0\1\2\3", "photo.jpg", "application/octet-stream"),
        (b"\xff\xfe\xfa words", None, "application/octet-stream"),
    ],
)
def test_the_type_is_that_of_the_content(tmp_path: Path, content: bytes, name: str | None, mimetype: str) -> None:
    (tmp_path / "given").write_bytes(content)
    assert prepare("document", tmp_path / "given", tmp_path / "target", name).mimetype == mimetype


def test_an_archive_is_sent_as_it_is_and_never_opened(tmp_path: Path) -> None:
    given = files.zip_bomb(tmp_path / "given")
    prepared = prepare("document", given, tmp_path / "target", "plans.zip")
    assert (prepared.path, prepared.mimetype) == (given, "application/zip")
    assert not (tmp_path / "target").exists()

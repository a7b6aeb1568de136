"""Documents: any file, sent as it is; of a PDF the number of its pages is shown beside it."""

from __future__ import annotations

from pathlib import Path

from pypdf import PdfReader

from functions.media.preparing.prepared import Prepared
from functions.media.preparing.recognition import recognise

PDF = "application/pdf"
# What a phone would have to lay out to find out otherwise.
_MOST_PAGES = 100_000


def prepare_document(source: Path, file_name: str | None) -> Prepared:
    """Return the file itself with its type."""
    mimetype = recognise(source, file_name)
    return Prepared(source, mimetype, page_count=_page_count(source) if mimetype == PDF else None)


def _page_count(source: Path) -> int | None:
    """Return what the file says of itself, without reading its pages; None where it does not say."""
    try:
        with source.open("rb") as file:
            count = int(PdfReader(file).root_object["/Pages"]["/Count"])  # type: ignore[index]
    except Exception:  # noqa: BLE001 - pypdf raises much over broken files, and a document is sent without the number
        return None
    return count if 0 < count <= _MOST_PAGES else None

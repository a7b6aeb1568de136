"""Where a browser gets the pictures of people and groups."""

from __future__ import annotations

from functions.explorer.auth import PATH


def picture_address(url: str | None) -> str:
    """Return the Explorer's address of a picture, by the API's path of its file; empty where there is none."""
    return f"{PATH}{url.replace('/media/', '/pictures/')}" if url else ""

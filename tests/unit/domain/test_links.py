"""Which link of a text is shown."""

from __future__ import annotations

import pytest

from gateway.domain.links import MAX_LINK_CHARACTERS, first_link


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("See https://example.org/flat.", "https://example.org/flat"),
        ("(https://example.org)", "https://example.org"),
        ("https://example.org/Elm_(tree)", "https://example.org/Elm_(tree)"),
        ("HTTP://EXAMPLE.ORG/a?b=c&d#e, then", "HTTP://EXAMPLE.ORG/a?b=c&d#e"),
        ("*https://example.org* and https://example.com", "https://example.org"),
        ("Straße: https://bücher.example/ä\nnext", "https://bücher.example/ä"),
        ("example.org", None),
        ("https://", None),
        ("https:// example.org", None),
        ("xhttps://example.org", None),
        ("javascript:alert(1) ftp://example.org file:///etc/passwd", None),
        ("", None),
        ("https://example.org/" + "x" * MAX_LINK_CHARACTERS, None),
    ],
)
def test_the_first_link_is_found_without_what_is_around_it(text: str, link: str | None) -> None:
    assert first_link(text) == link

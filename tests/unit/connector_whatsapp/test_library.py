"""What neonize declares of its Go library and what that does."""

from __future__ import annotations

from connector.whatsapp.library import gocode


def test_what_go_does_not_return_is_neither_read_nor_freed() -> None:
    """On amd64 the register is empty by chance; the image's test for arm64 shows the process die."""
    assert gocode.Stop.restype is None
    assert gocode.StopAll.restype is None
    assert gocode.Stop(b"nobody") == b""

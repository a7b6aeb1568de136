"""Old chats, asked for in the terminal."""

from __future__ import annotations

from gateway.client import Gateway
from tests.terminal import Terminal


def test_the_phone_is_asked_for_old_chats(terminal: Terminal, gateway: Gateway) -> None:
    terminal("link", "office", "--history", "recent", "--days", "30", "--timeout", "1.5")
    [session] = gateway.sessions()
    assert (session.info.history, session.info.history_days) == ("recent", 30)
    refused = terminal("link", "office", "--days", "30", "--timeout", "1.5")
    assert refused.returncode == 1
    assert "history" in refused.stderr

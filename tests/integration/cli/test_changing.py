"""What is done in the terminal to messages that are there."""

from __future__ import annotations

import json
from collections.abc import Callable

from gateway.client import Session
from gateway.domain.commands import CommandError
from tests.owner import Owner
from tests.terminal import Terminal

TENANT = "+447700900102"


def test_a_message_that_failed_is_sent_again(
    terminal: Terminal, make_connected: Callable[[], Session], owner: Owner
) -> None:
    session = make_connected()
    owner.fail_sends(CommandError.EXPIRED)
    id = json.loads(terminal("send", TENANT, "at nine", "--json", "--no-wait").stdout)["id"]
    assert any(session.message(id).status == "failed" for _ in range(200))
    owner.fail_sends(None)
    assert terminal("resend", id).stdout.startswith("sent  3EB0")
    again = terminal("resend", id, "--force")
    assert (again.returncode, "this one is" in again.stderr) == (1, True)


def test_a_message_is_marked_edited_and_deleted(terminal: Terminal, make_connected: Callable[[], Session]) -> None:
    session = make_connected()
    id = json.loads(terminal("send", TENANT, "at nine", "--json").stdout)["id"]
    for arguments in (("react", id, "👍"), ("edit", id, "at ten")):
        assert terminal(*arguments).stdout.startswith("sent  3EB0")
    message = session.message(id)
    assert (message.content, [each.emoji for each in message.reactions]) == ("at ten", ["👍"])
    assert terminal("react", id).returncode == 0
    assert terminal("delete-message", id).returncode == 0
    message = session.message(id)
    assert (message.deleted_at is not None, message.reactions) == (True, ())

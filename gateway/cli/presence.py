"""`gateway presence`: what others see of the number, and what it learns of them."""

from __future__ import annotations

from typing import Annotated

import typer

from gateway.cli.choosing import require_session
from gateway.cli.connection import connected_gateway
from gateway.cli.options import KEY_FILE, URL, AsJson, KeyFile, SessionName, Url
from gateway.cli.output import printable, when, write, write_all
from gateway.client import Presence, Receipt
from gateway.domain.presence import DEFAULT_MINUTES, MOST_MINUTES, PresenceSetting, TypingState

presence = typer.Typer(no_args_is_help=True, help="Who types, who is online, and who has a message.")

ChatName = Annotated[str, typer.Argument(metavar="CHAT", help="A chat's id, a phone number or a JID.")]


@presence.command("set")
def set_presence(
    when: Annotated[PresenceSetting, typer.Argument(help="When the number is available.")],
    session: SessionName = None,
    url: Url = URL,
    key_file: KeyFile = KEY_FILE,
) -> None:
    """Set when the number is available: a phone is silent meanwhile."""
    with connected_gateway(url, key_file) as gateway:
        typer.echo(require_session(gateway, session).change(presence=when).presence)


@presence.command()
def typing(
    chat: ChatName,
    state: Annotated[TypingState, typer.Option(help="What the others see.")] = TypingState.TYPING,
    session: SessionName = None,
    url: Url = URL,
    key_file: KeyFile = KEY_FILE,
) -> None:
    """Show that the number types, or records, in a chat."""
    with connected_gateway(url, key_file) as gateway:
        require_session(gateway, session).show_typing(chat, state)


@presence.command()
def watch(
    chat: ChatName,
    minutes: Annotated[int, typer.Option(min=1, max=MOST_MINUTES, help="For how long.")] = DEFAULT_MINUTES,
    session: SessionName = None,
    as_json: AsJson = False,
    url: Url = URL,
    key_file: KeyFile = KEY_FILE,
) -> None:
    """Have events tell when somebody comes online and goes; `gateway listen` shows them."""
    with connected_gateway(url, key_file) as gateway:
        write(require_session(gateway, session).watch_presence(chat, minutes=minutes), _state, as_json=as_json)


@presence.command()
def unwatch(
    chat: ChatName,
    session: SessionName = None,
    as_json: AsJson = False,
    url: Url = URL,
    key_file: KeyFile = KEY_FILE,
) -> None:
    """Watch somebody no longer."""
    with connected_gateway(url, key_file) as gateway:
        write(require_session(gateway, session).unwatch_presence(chat), _state, as_json=as_json)


@presence.command()
def show(
    chat: ChatName,
    session: SessionName = None,
    as_json: AsJson = False,
    url: Url = URL,
    key_file: KeyFile = KEY_FILE,
) -> None:
    """Show whether somebody is online, as WhatsApp told last."""
    with connected_gateway(url, key_file) as gateway:
        write(require_session(gateway, session).presence(chat), _state, as_json=as_json)


@presence.command()
def receipts(
    message_id: Annotated[str, typer.Argument(metavar="MESSAGE", help="Its id, as `gateway send --json` shows it.")],
    session: SessionName = None,
    as_json: AsJson = False,
    url: Url = URL,
    key_file: KeyFile = KEY_FILE,
) -> None:
    """List who got and read a message that was sent."""
    with connected_gateway(url, key_file) as gateway:
        found = require_session(gateway, session).receipts(message_id)
        write_all(found, _line, none="Nobody has got it yet.", as_json=as_json)


def _line(receipt: Receipt) -> str:
    times = (("delivered", receipt.delivered_at), ("read", receipt.read_at), ("played", receipt.played_at))
    told = [f"{name} {when(at)}" for name, at in times if at]
    return printable("  ".join([receipt.name or receipt.phone_number or receipt.jid, *told]))


def _state(found: Presence) -> str:
    state = {None: "not known yet", True: "online", False: "offline"}[found.online]
    return f"{state}, last seen {when(found.last_seen_at)}" if found.last_seen_at else state

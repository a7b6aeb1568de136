"""`gateway groups`: who is in them, and the ways into them."""

from __future__ import annotations

from typing import Annotated

import typer

from gateway.cli.choosing import require_session
from gateway.cli.connection import connected_gateway
from gateway.cli.options import KEY_FILE, URL, AsJson, KeyFile, SessionName, Url
from gateway.cli.output import printable, write_all, write_json
from gateway.client import Group, Outcome

groups = typer.Typer(no_args_is_help=True, help="Groups: who is in them, and the ways into them.")

GroupId = Annotated[str, typer.Argument(metavar="GROUP", help="Its JID or id, as `gateway groups list` shows it.")]
People = Annotated[list[str], typer.Argument(metavar="NUMBER…", help="Phone numbers or JIDs.")]


@groups.command("list")
def list_groups(
    session: SessionName = None, as_json: AsJson = False, url: Url = URL, key_file: KeyFile = KEY_FILE
) -> None:
    """List the groups that the number is in."""
    with connected_gateway(url, key_file) as gateway:
        found = require_session(gateway, session).groups()
        write_all(found, _line, none="The number is in no group.", as_json=as_json)


@groups.command()
def show(
    group: GroupId,
    session: SessionName = None,
    as_json: AsJson = False,
    url: Url = URL,
    key_file: KeyFile = KEY_FILE,
) -> None:
    """Show a group with everybody in it."""
    with connected_gateway(url, key_file) as gateway:
        _show(require_session(gateway, session).group(group), as_json)


@groups.command()
def create(
    subject: Annotated[str, typer.Argument(metavar="SUBJECT", help="Its name.")],
    people: Annotated[list[str] | None, typer.Argument(metavar="NUMBER…", help="Phone numbers or JIDs.")] = None,
    session: SessionName = None,
    as_json: AsJson = False,
    url: Url = URL,
    key_file: KeyFile = KEY_FILE,
) -> None:
    """Make a group, and say who could not be added."""
    with connected_gateway(url, key_file) as gateway:
        _show(require_session(gateway, session).create_group(subject, people or ()), as_json)


@groups.command()
def add(
    group: GroupId, people: People, session: SessionName = None, url: Url = URL, key_file: KeyFile = KEY_FILE
) -> None:
    """Add people."""
    with connected_gateway(url, key_file) as gateway:
        _say(require_session(gateway, session).add_participants(group, people), "added")


@groups.command()
def remove(
    group: GroupId, people: People, session: SessionName = None, url: Url = URL, key_file: KeyFile = KEY_FILE
) -> None:
    """Remove people."""
    with connected_gateway(url, key_file) as gateway:
        _say(require_session(gateway, session).remove_participants(group, people), "removed")


@groups.command()
def invite(
    group: GroupId,
    revoke: Annotated[bool, typer.Option("--revoke", help="End the link, and show the new one.")] = False,
    session: SessionName = None,
    url: Url = URL,
    key_file: KeyFile = KEY_FILE,
) -> None:
    """Show the link by which anybody can join."""
    with connected_gateway(url, key_file) as gateway:
        typer.echo(printable(require_session(gateway, session).group_invite(group, revoke=revoke)))


@groups.command()
def join(
    link: Annotated[str, typer.Argument(metavar="LINK", help="An invite link.")],
    session: SessionName = None,
    url: Url = URL,
    key_file: KeyFile = KEY_FILE,
) -> None:
    """Join a group by its invite link."""
    with connected_gateway(url, key_file) as gateway:
        joining = require_session(gateway, session).join_group(link)
    typer.echo(_line(joining.group) if joining.group else "An admin of the group has to approve.")


@groups.command()
def leave(group: GroupId, session: SessionName = None, url: Url = URL, key_file: KeyFile = KEY_FILE) -> None:
    """Leave a group; its messages stay."""
    with connected_gateway(url, key_file) as gateway:
        require_session(gateway, session).leave_group(group)


def _line(group: Group) -> str:
    role = f", {group.role}" if group.role else ""
    return printable(f"{group.jid}  {group.subject or '-'}  ({group.participant_count}{role})")


def _show(group: Group, as_json: bool) -> None:
    if as_json:
        write_json(group)
        return
    typer.echo(_line(group))
    for person in group.participants:
        typer.echo(printable(f"  {person.phone_number or person.jid}  {person.role}  {person.name or ''}").rstrip())
    _say(group.refused, "added")


def _say(outcomes: tuple[Outcome, ...], done: str) -> None:
    for each in outcomes:
        code = f"; invite by the code {each.invite_code}" if each.invite_code else ""
        typer.echo(printable(f"{each.jid}  {f'not {done}: {each.reason}{code}' if each.reason else done}"))

"""`gateway contacts`: people, who of them is blocked, and whether numbers are on WhatsApp."""

from __future__ import annotations

from typing import Annotated

import typer

from gateway.cli.choosing import require_session
from gateway.cli.connection import connected_gateway
from gateway.cli.options import KEY_FILE, URL, AsJson, KeyFile, SessionName, Url
from gateway.cli.output import printable, write, write_all
from gateway.client import CheckedNumber, Contact

contacts = typer.Typer(no_args_is_help=True, help="Contacts: people, who is blocked, who is on WhatsApp.")

Who = Annotated[str, typer.Argument(metavar="CONTACT", help="A phone number, a JID or the id of the chat.")]


@contacts.command("list")
def list_contacts(
    search: Annotated[str | None, typer.Argument(metavar="[SEARCH]", help="A part of a name or number.")] = None,
    session: SessionName = None,
    as_json: AsJson = False,
    url: Url = URL,
    key_file: KeyFile = KEY_FILE,
) -> None:
    """List who is in the address book, or wrote, or was written to."""
    with connected_gateway(url, key_file) as gateway:
        found = require_session(gateway, session).contacts(search=search)
        none = "There is no such contact." if search else "There is no contact yet."
        write_all(found, _line, none=none, as_json=as_json)


@contacts.command()
def show(
    contact: Who, session: SessionName = None, as_json: AsJson = False, url: Url = URL, key_file: KeyFile = KEY_FILE
) -> None:
    """Show one of them, and what is known of the picture."""
    with connected_gateway(url, key_file) as gateway:
        found = require_session(gateway, session).contact(contact)
    write(found, _line, as_json=as_json)
    if not as_json:
        typer.echo(f"  picture: {found.picture}")


@contacts.command()
def check(
    numbers: Annotated[list[str], typer.Argument(metavar="NUMBER…", help="Phone numbers, 50 at most.")],
    session: SessionName = None,
    as_json: AsJson = False,
    url: Url = URL,
    key_file: KeyFile = KEY_FILE,
) -> None:
    """Say which numbers are on WhatsApp."""
    with connected_gateway(url, key_file) as gateway:
        for each in require_session(gateway, session).check_numbers(numbers):
            write(each, _answer, as_json=as_json)


@contacts.command()
def block(contact: Who, session: SessionName = None, url: Url = URL, key_file: KeyFile = KEY_FILE) -> None:
    """Block somebody."""
    with connected_gateway(url, key_file) as gateway:
        typer.echo(_line(require_session(gateway, session).block(contact)))


@contacts.command()
def unblock(contact: Who, session: SessionName = None, url: Url = URL, key_file: KeyFile = KEY_FILE) -> None:
    """Block somebody no more."""
    with connected_gateway(url, key_file) as gateway:
        typer.echo(_line(require_session(gateway, session).unblock(contact)))


@contacts.command()
def blocked(session: SessionName = None, as_json: AsJson = False, url: Url = URL, key_file: KeyFile = KEY_FILE) -> None:
    """List who is blocked."""
    with connected_gateway(url, key_file) as gateway:
        write_all(require_session(gateway, session).blocked(), _line, none="Nobody is blocked.", as_json=as_json)


def _answer(number: CheckedNumber) -> str:
    return f"{number.number}  {'on WhatsApp' if number.registered else 'not on WhatsApp'}"


def _line(contact: Contact) -> str:
    mark = "  (blocked)" if contact.blocked else ""
    return printable(f"{contact.phone_number or contact.jid}  {contact.name or '-'}{mark}")

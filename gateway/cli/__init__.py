"""The `gateway` command, for users who link numbers and send messages, and for operators.

Exit codes: 0 done, 1 refused or at fault, 2 wrong usage or configuration, 3 the API cannot be reached,
4 the API key is not accepted, 5 the session is not connected, 130 interrupted.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import Annotated

import typer

from gateway.cli import server
from gateway.cli.changing import delete_message, edit, react, resend
from gateway.cli.chats import chats
from gateway.cli.contacts import contacts
from gateway.cli.doctor import doctor
from gateway.cli.groups import groups
from gateway.cli.linking import link
from gateway.cli.listening import listen
from gateway.cli.managing import delete, disconnect, logout, rename
from gateway.cli.messages import send, tail
from gateway.cli.presence import presence
from gateway.cli.sessions import list_sessions
from gateway.cli.webhooks import webhooks

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="The WhatsApp gateway in the terminal. It asks the API at GATEWAY_API_URL (http://127.0.0.1:3001 by default) "
    "with the key in GATEWAY_API_KEY, or in the file .local/api-key that `make up` leaves.",
    epilog="Exit codes: 0 done · 1 refused, or (doctor) at fault · 2 wrong usage or configuration · "
    "3 the API cannot be reached · 4 the API key is not accepted · 5 the session is not connected · 130 interrupted",
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"gateway {version('whatsapp-gateway')}")
        raise typer.Exit


@app.callback()
def gateway(
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Options of the command itself."""


app.command()(link)
app.command()(send)
app.command()(resend)
app.command()(react)
app.command()(edit)
app.command("delete-message")(delete_message)
app.command()(tail)
app.command()(listen)
app.command()(chats)
app.command("sessions")(list_sessions)
app.command()(rename)
app.command()(disconnect)
app.command()(logout)
app.command()(delete)
app.command()(doctor)
app.add_typer(contacts, name="contacts")
app.add_typer(groups, name="groups")
app.add_typer(presence, name="presence")
app.add_typer(webhooks, name="webhooks")

if server.is_installed():
    from gateway.cli.operators import diagnose, inbox, keys, messages, migrate, reshard, settle_restored

    app.command(rich_help_panel="Operators")(migrate)
    app.command(rich_help_panel="Operators")(reshard)
    app.command(rich_help_panel="Operators")(diagnose)
    app.command("settle", rich_help_panel="Operators")(settle_restored)
    app.add_typer(keys, name="keys", rich_help_panel="Operators")
    app.add_typer(inbox, name="inbox", rich_help_panel="Operators")
    app.add_typer(messages, name="messages", rich_help_panel="Operators")
else:
    anything = {"allow_extra_args": True, "ignore_unknown_options": True}
    for name in ("migrate", "reshard", "diagnose", "settle", "keys", "inbox", "messages"):
        app.command(name, rich_help_panel="Operators", context_settings=anything)(server.refuse)

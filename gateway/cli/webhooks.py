"""`gateway webhooks`: addresses to which events are sent, and what became of each."""

from __future__ import annotations

import itertools
from typing import Annotated

import typer

from gateway.cli.connection import connected_gateway
from gateway.cli.options import KEY_FILE, MOST, URL, AsJson, KeyFile, Url
from gateway.cli.output import printable, when, write, write_all, write_json
from gateway.client import Delivery, Webhook

webhooks = typer.Typer(no_args_is_help=True, help="Addresses to which events are sent.")

WebhookId = Annotated[str, typer.Argument(metavar="WEBHOOK", help="Its id, as `gateway webhooks list` shows it.")]


@webhooks.command()
def create(
    address: Annotated[
        str, typer.Argument(metavar="ADDRESS", help="Where events are sent, such as https://app.example.com/hook.")
    ],
    types: Annotated[str | None, typer.Option(help="Only events of these types, separated by commas.")] = None,
    session: Annotated[
        list[str] | None, typer.Option(help="Only events of this session, by its id; several times.")
    ] = None,
    user: Annotated[
        list[str] | None, typer.Option(help="Only events of this user profile, by its id; several times.")
    ] = None,
    ids: Annotated[bool, typer.Option("--ids", help="Send events without messages.")] = False,
    description: Annotated[str | None, typer.Option(help="What it is for.")] = None,
    as_json: AsJson = False,
    url: Url = URL,
    key_file: KeyFile = KEY_FILE,
) -> None:
    """Have events sent to an address, and show the secret that signs them, this once."""
    with connected_gateway(url, key_file) as gateway:
        made = gateway.webhooks.create(
            address,
            types=types.split(",") if types else None,
            session_ids=session or None,
            user_profile_ids=user or None,
            payload="ids" if ids else "full",
            description=description,
        )
    if as_json:
        write_json(made)
        return
    typer.echo(f"{made.id}\n{made.secret}")
    typer.echo("The secret is shown this once: keep it as GATEWAY_WEBHOOK_SECRET.", err=True)


@webhooks.command("list")
def list_webhooks(as_json: AsJson = False, url: Url = URL, key_file: KeyFile = KEY_FILE) -> None:
    """List webhooks with their state, newest first."""
    with connected_gateway(url, key_file) as gateway:
        write_all(gateway.webhooks.list(), _line, none="There is no webhook yet.", as_json=as_json)


@webhooks.command()
def delete(webhook: WebhookId, url: Url = URL, key_file: KeyFile = KEY_FILE) -> None:
    """Send nothing more to an address."""
    with connected_gateway(url, key_file) as gateway:
        gateway.webhooks.delete(webhook)


@webhooks.command()
def test(webhook: WebhookId, as_json: AsJson = False, url: Url = URL, key_file: KeyFile = KEY_FILE) -> None:
    """Send an event of the type `webhook.test`."""
    with connected_gateway(url, key_file) as gateway:
        write(gateway.webhooks.test(webhook), _delivery_line, as_json=as_json)


@webhooks.command()
def deliveries(
    webhook: WebhookId,
    status: Annotated[str | None, typer.Option(help="Only in this state, such as failed.")] = None,
    lines: Annotated[int, typer.Option("--lines", "-n", min=1, max=MOST, help="How many at most.")] = 20,
    as_json: AsJson = False,
    url: Url = URL,
    key_file: KeyFile = KEY_FILE,
) -> None:
    """List what was and is to be sent, newest first, with the last answer."""
    with connected_gateway(url, key_file) as gateway:
        found = itertools.islice(gateway.webhooks.deliveries(webhook, status=status), lines)
        none = "There is no such delivery." if status else "There is no delivery yet."
        write_all(found, _delivery_line, none=none, as_json=as_json)


@webhooks.command()
def redeliver(
    webhook: WebhookId,
    delivery: Annotated[str, typer.Argument(metavar="DELIVERY", help="Its id.")],
    as_json: AsJson = False,
    url: Url = URL,
    key_file: KeyFile = KEY_FILE,
) -> None:
    """Send a delivery once more, whatever became of it."""
    with connected_gateway(url, key_file) as gateway:
        write(gateway.webhooks.redeliver(webhook, delivery), _delivery_line, as_json=as_json)


@webhooks.command()
def replay(
    webhook: WebhookId,
    after: Annotated[str, typer.Option(help="Behind this event or time (2026-08-21T09:40:00Z), or `earliest`.")],
    until: Annotated[str | None, typer.Option(help="Up to this event or time.")] = None,
    url: Url = URL,
    key_file: KeyFile = KEY_FILE,
) -> None:
    """Send the events of a stretch of the log once more."""
    replayed = 0
    with connected_gateway(url, key_file) as gateway:
        start: str | None = after
        while start is not None:
            part = gateway.webhooks.replay(webhook, start, until)
            replayed, start = replayed + part.replayed, part.next_after
    typer.echo(f"{replayed} events are sent once more.")


def _line(webhook: Webhook) -> str:
    state = f"{webhook.status} ({webhook.paused_reason})" if webhook.paused_reason else webhook.status
    return printable(f"{webhook.id}  {state}  {webhook.url}  {webhook.description or ''}").rstrip()


def _delivery_line(delivery: Delivery) -> str:
    last = delivery.attempts[-1] if delivery.attempts else None
    answer = f"{last.status or last.error} in {last.duration_ms} ms" if last else ""
    line = f"{delivery.id}  {when(delivery.created_at)}  {delivery.type}  {delivery.status}  {answer}"
    return printable(line).rstrip()

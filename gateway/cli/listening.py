"""`gateway listen`: events, delivered to this machine as webhooks are."""

from __future__ import annotations

import base64
import itertools
import json
import os
import sys
import time
from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import urlsplit

import httpx
import typer

from gateway.backoff import growing
from gateway.cli.choosing import require_session
from gateway.cli.connection import connected_gateway, fail
from gateway.cli.exits import Exit
from gateway.cli.options import KEY_FILE, MOST, URL, KeyFile, SessionName, Url
from gateway.cli.output import printable
from gateway.client.events import Event
from gateway.client.following import Following, Wanted
from gateway.domain.times import iso
from gateway.signing import SECRET_PREFIX, signature, signed

_TIMEOUT_SECONDS = 15.0
_FIRST_WAIT_SECONDS, _LONGEST_WAIT_SECONDS = 1.0, 30.0


def listen(
    forward_to: Annotated[
        str, typer.Option(help="Where events are delivered, such as http://localhost:3000/api/whatsapp.")
    ],
    session: SessionName = None,
    types: Annotated[str | None, typer.Option(help="Only events of these types, separated by commas.")] = None,
    after: Annotated[str, typer.Option(help="Begin behind this event: its id, `earliest` or `latest`.")] = "latest",
    secret: Annotated[
        str | None,
        typer.Option(envvar="GATEWAY_WEBHOOK_SECRET", help="Sign with this; a new one is made and shown else."),
    ] = None,
    attempts: Annotated[
        int, typer.Option(min=1, max=MOST, help="Deliver an event as often at most, until the answer is 2xx.")
    ] = 5,
    count: Annotated[int | None, typer.Option(min=1, max=MOST, help="End after this many events.")] = None,
    url: Url = URL,
    key_file: KeyFile = KEY_FILE,
) -> None:
    """Deliver events to a program on this machine, signed as webhooks are, until Ctrl-C."""
    signer = secret or _new_secret()
    target = Target(forward_to, signer, attempts)
    with connected_gateway(url, key_file) as gateway:
        session_id = require_session(gateway, session).id if session else None
        wanted = Wanted(types=types.split(",") if types else None, session_id=session_id, read=Event.model_validate)
        _say(f"Events are delivered to {forward_to}" + ("." if secret else f", signed with {signer}"))
        for event in itertools.islice(gateway.follow_events(Following(wanted, after, 1.0)), count):
            target.deliver(event)


class Target:
    """The endpoint on this machine; what becomes of each delivery is a line."""

    def __init__(self, url: str, secret: str, attempts: int) -> None:
        self._url, self._secret, self._attempts = _address(url), secret, attempts
        try:
            signature(secret, "", "", b"")
        except ValueError:
            fail(Exit.USAGE, "The secret is not one of a webhook: whsec_ and Base64.")
        self._http = httpx.Client(timeout=_TIMEOUT_SECONDS)

    def deliver(self, event: Event) -> None:
        """Deliver an event, again as long as the answer is none of 2xx."""
        body = _body(event)
        for attempt in range(self._attempts):
            outcome, is_taken = self._post(event.id, body)
            is_last = is_taken or attempt + 1 == self._attempts
            wait = 0.0 if is_last else growing(_FIRST_WAIT_SECONDS, _LONGEST_WAIT_SECONDS, attempt)
            again = f"; again in {wait:g} s" if wait else "" if is_taken else "; given up"
            _say(f"{datetime.now(UTC).astimezone():%H:%M:%S}  {event.type}  {event.id}  {outcome}{again}")
            if is_last:
                return
            time.sleep(wait)

    def _post(self, id: str, body: bytes) -> tuple[str, bool]:
        headers = {"Content-Type": "application/json", **signed([self._secret], id, datetime.now(UTC), body)}
        began = time.monotonic()
        try:
            answer = self._http.post(self._url, content=body, headers=headers)
        except httpx.HTTPError as error:
            return str(error) or type(error).__name__, False
        return f"{answer.status_code} in {(time.monotonic() - began) * 1000:.0f} ms", answer.is_success


def _address(text: str) -> httpx.URL:
    try:
        # httpx takes a bracket that is not closed for a name.
        urlsplit(text)
        url = httpx.URL(text)
    except (httpx.InvalidURL, ValueError):
        fail(Exit.USAGE, f"{text} is not the address of an endpoint.")
    if url.scheme not in ("http", "https") or not url.host:
        fail(Exit.USAGE, f"{text} is not the address of an endpoint: it begins with http:// or https://, and a host.")
    return url


def _body(event: Event) -> bytes:
    """Return the envelope as the API sent it: `read` left its data alone."""
    document = event.model_dump(mode="json", by_alias=True)
    return json.dumps({**document, "timestamp": iso(event.timestamp)}, ensure_ascii=False).encode()


def _new_secret() -> str:
    return SECRET_PREFIX + base64.b64encode(os.urandom(24)).decode()


def _say(line: str) -> None:
    typer.echo(printable(line))
    sys.stdout.flush()

"""The Developers tab: webhooks, and one with its deliveries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic.alias_generators import to_snake
from starlette.datastructures import FormData

from functions.explorer import reader, shown_once
from functions.explorer.api import GatewayDep
from functions.explorer.auth import PATH, FormDep, SignIn, SignInDep, text_of
from functions.explorer.pages import render_page
from functions.explorer.shown_once import Secret
from functions.explorer.webhook_view import (
    GRACES,
    PAYLOADS,
    TYPES,
    DeliveryView,
    WebhookView,
    changes_in,
    outcome,
    place_in,
    settings_in,
    values_of,
)
from gateway.client import Gateway, Problem, webhook_calls
from gateway.client.webhook_calls import IssuedWebhook
from gateway.domain.access import Scope
from gateway.domain.webhooks import DeliveryStatus, WebhookStatus

router = APIRouter(prefix=f"{PATH}/developers/webhooks")

POLL_SECONDS = 4.0
WEBHOOKS_SHOWN = 50
DELIVERIES_SHOWN = 20
_ADDRESS = f"{PATH}/developers/webhooks"
Cursor = Annotated[str | None, Query(max_length=500)]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a form was refused, and what it held where a person typed that."""

    error: Problem
    submitted: FormData | None = None

    @property
    def fields(self) -> set[str]:
        return {to_snake(each.field.partition(".")[0]) for each in self.error.errors}


@router.get("")
def show_webhooks(request: Request, gateway: GatewayDep, cursor: Cursor = None) -> Response:
    """Show a page of the webhooks, newest first."""
    return _show_list(request, gateway, cursor)


@router.post("")
def create_webhook(request: Request, gateway: GatewayDep, sign_in: SignInDep, form: FormDep) -> Response:
    """Make a webhook; its page shows the secret once."""
    try:
        issued = gateway.ask(webhook_calls.create(**settings_in(form)))
    except Problem as error:
        return _show_list(request, gateway, None, Refusal(error, form))
    return _show_issued(request, sign_in, issued)


@router.get("/{webhook_id}")
def show_webhook(
    request: Request,
    gateway: GatewayDep,
    sign_in: SignInDep,
    webhook_id: UUID,
    status: str = "",
    cursor: Cursor = None,
    replayed: Annotated[int | None, Query(ge=0, le=10**9)] = None,
) -> Response:
    """Show a webhook and a page of its deliveries, newest first, of a status or of all; and a new secret this once."""
    secret = shown_once.take(request, sign_in)
    secret = secret if secret and secret.subject == str(webhook_id) else None
    response = _show(request, gateway, webhook_id, status=status, cursor=cursor, secret=secret, replayed=replayed)
    if secret is not None:
        shown_once.forget(response)
    return response


@router.post("/{webhook_id}")
def change_webhook(request: Request, gateway: GatewayDep, webhook_id: UUID, form: FormDep) -> Response:
    """Change where it sends what."""
    try:
        gateway.ask(webhook_calls.change(webhook_id, changes_in(form)))
    except Problem as error:
        return _show(request, gateway, webhook_id, refusal=Refusal(error, form))
    return _redirect(webhook_id)


@router.post("/{webhook_id}/status")
def switch_webhook(request: Request, gateway: GatewayDep, webhook_id: UUID, form: FormDep) -> Response:
    """Pause it, or let it go on."""
    status = WebhookStatus.ACTIVE if text_of(form, "on") else WebhookStatus.PAUSED
    gateway.ask(webhook_calls.change(webhook_id, {"status": status}))
    return _redirect(webhook_id)


@router.post("/{webhook_id}/test")
def test_webhook(request: Request, gateway: GatewayDep, webhook_id: UUID, form: FormDep) -> Response:
    """Send an event of the type webhook.test."""
    try:
        gateway.ask(webhook_calls.test(webhook_id))
    except Problem as error:
        return _show(request, gateway, webhook_id, refusal=Refusal(error))
    return _redirect(webhook_id)


@router.post("/{webhook_id}/rotate")
def rotate_secret(
    request: Request, gateway: GatewayDep, sign_in: SignInDep, webhook_id: UUID, form: FormDep
) -> Response:
    """Replace the secret; the page shows the new one once."""
    grace = text_of(form, "grace")
    seconds = int(grace) if grace.isascii() and grace.isdecimal() and len(grace) < 9 else None
    try:
        issued = gateway.ask(webhook_calls.rotate(webhook_id, seconds))
    except Problem as error:
        return _show(request, gateway, webhook_id, refusal=Refusal(error))
    return _show_issued(request, sign_in, issued)


@router.post("/{webhook_id}/replay")
def replay(request: Request, gateway: GatewayDep, webhook_id: UUID, form: FormDep) -> Response:
    """Send the events between two times once more; without the first one all that are kept."""
    zone = reader.time_zone(request)
    after, until = (place_in(text_of(form, name), zone) for name in ("after", "until"))
    try:
        replayed = gateway.ask(webhook_calls.replay(webhook_id, after or "earliest", until))
    except Problem as error:
        return _show(request, gateway, webhook_id, refusal=Refusal(error))
    return _redirect(webhook_id, f"?replayed={replayed.replayed}")


@router.post("/{webhook_id}/deliveries/{delivery_id}/redeliver")
def redeliver(request: Request, gateway: GatewayDep, webhook_id: UUID, delivery_id: UUID, form: FormDep) -> Response:
    """Send a delivery once more."""
    try:
        gateway.ask(webhook_calls.redeliver(webhook_id, delivery_id))
    except Problem as error:
        return _show(request, gateway, webhook_id, refusal=Refusal(error))
    return _redirect(webhook_id)


@router.post("/{webhook_id}/delete")
def delete_webhook(gateway: GatewayDep, webhook_id: UUID, form: FormDep) -> Response:
    """Send nothing more to it."""
    gateway.ask(webhook_calls.delete(webhook_id))
    return RedirectResponse(_ADDRESS, 303)


def _redirect(webhook_id: UUID, query: str = "") -> Response:
    return RedirectResponse(f"{_ADDRESS}/{webhook_id}{query}", 303)


def _show_issued(request: Request, sign_in: SignIn, issued: IssuedWebhook) -> Response:
    response = _redirect(issued.id)
    shown_once.send_along(response, request, sign_in, Secret(str(issued.id), issued.url, issued.secret))
    return response


def _form_values(own_scopes: tuple[Scope | str, ...], refusal: Refusal | None) -> dict[str, object]:
    return {
        "section": "webhooks",
        "may_manage": {Scope.READ, Scope.MANAGE} <= set(own_scopes),
        "types": TYPES,
        "payloads": PAYLOADS,
        "notice": str(refusal.error) if refusal else "",
        "wrong": refusal.fields if refusal else set(),
        "opens_form": refusal is not None and refusal.submitted is not None,
    }


def _show_list(request: Request, gateway: Gateway, cursor: str | None, refusal: Refusal | None = None) -> Response:
    own = gateway.current_key()
    page = gateway.ask(webhook_calls.webhooks(cursor, WEBHOOKS_SHOWN))
    return render_page(
        request,
        "developers-webhooks.html",
        status=refusal.error.status if refusal else 200,
        poll=POLL_SECONDS,
        own=own,
        webhooks=[WebhookView(webhook) for webhook in page.items],
        following=page.next,
        first=cursor is None,
        values=values_of(None, refusal.submitted if refusal else None),
        **_form_values(own.scopes, refusal),
    )


def _show(
    request: Request,
    gateway: Gateway,
    webhook_id: UUID,
    *,
    status: str = "",
    cursor: str | None = None,
    secret: Secret | None = None,
    replayed: int | None = None,
    refusal: Refusal | None = None,
) -> Response:
    own = gateway.current_key()
    webhook = gateway.ask(webhook_calls.webhook(webhook_id))
    only = status if status in list(DeliveryStatus) else None
    page = gateway.ask(webhook_calls.deliveries(webhook_id, cursor, DELIVERIES_SHOWN, status=only))
    return render_page(
        request,
        "developers-webhook.html",
        status=refusal.error.status if refusal else 200,
        poll=POLL_SECONDS,
        own=own,
        view=WebhookView(webhook),
        deliveries=[DeliveryView(delivery) for delivery in page.items],
        statuses=list(DeliveryStatus),
        status_shown=only or "",
        following=page.next,
        first=cursor is None,
        secret=secret,
        replayed=replayed,
        graces=GRACES,
        zone=reader.time_zone(request).key,
        outcome=outcome,
        values=values_of(webhook, refusal.submitted if refusal else None),
        **_form_values(own.scopes, refusal),
    )

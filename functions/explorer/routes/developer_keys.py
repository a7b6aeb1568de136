"""The Developers tab: API keys, made, replaced and revoked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic.alias_generators import to_snake
from starlette.datastructures import FormData

from functions.explorer import shown_once
from functions.explorer.api import GatewayDep
from functions.explorer.auth import PATH, FormDep, SignIn, SignInDep, set_cookie, text_of
from functions.explorer.key_list import GRACES, SCOPES, KeyView, key_view
from functions.explorer.pages import render_page
from functions.explorer.shown_once import Secret
from gateway.client import Gateway, Problem, keys
from gateway.client.keys import IssuedKey
from gateway.domain.access import Scope

router = APIRouter(prefix=f"{PATH}/developers")

POLL_SECONDS = 5.0
KEYS_SHOWN = 50
_FIELDS = ("name", "user_profile_id", "session_ids", *(f"scope_{scope}" for scope in Scope))
# What most apps need.
_USUAL = {"scope_read": "1", "scope_send": "1", "scope_manage": "1"}


@router.get("")
def show_keys(
    request: Request,
    gateway: GatewayDep,
    sign_in: SignInDep,
    user: Annotated[str, Query(max_length=100)] = "",
    cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> Response:
    """Show a page of the keys, newest first, of all users or of one; and a new key this once."""
    secret = shown_once.take(request, sign_in)
    response = _show(request, gateway, user=user.strip(), cursor=cursor, secret=secret)
    if secret is not None:
        shown_once.forget(response)
    return response


@router.post("/keys")
def create_key(request: Request, gateway: GatewayDep, sign_in: SignInDep, form: FormDep) -> Response:
    """Make a key; the next page shows it."""
    session_ids = text_of(form, "session_ids").split()
    try:
        issued = gateway.create_key(
            text_of(form, "name"),
            [scope for scope in Scope if text_of(form, f"scope_{scope}")],
            user_profile_id=text_of(form, "user_profile_id").strip() or None,
            session_ids=session_ids or None,
        )
    except Problem as error:
        return _show(request, gateway, refused=error, submitted=form, status=error.status)
    return _show_issued(request, sign_in, issued, of_form=True)


@router.post("/keys/{key_id}/rotate")
def rotate_key(request: Request, gateway: GatewayDep, sign_in: SignInDep, key_id: UUID, form: FormDep) -> Response:
    """Replace a key. Who is signed in with the old one goes on with the new one, which may not end so soon."""
    grace = text_of(form, "grace")
    seconds = int(grace) if grace.isascii() and grace.isdecimal() and len(grace) < 9 else None
    is_own = gateway.current_key().id == key_id
    try:
        issued = gateway.rotate_key(key_id, grace_seconds=seconds)
    except Problem as error:
        return _show(request, gateway, refused=error, status=error.status)
    return _show_issued(request, sign_in, issued, sign_in_again=is_own)


@router.post("/keys/{key_id}/revoke")
def revoke_key(gateway: GatewayDep, key_id: UUID, form: FormDep) -> Response:
    """Refuse a key from now on; who is signed in with it has to sign in with another."""
    gateway.revoke_key(key_id)
    return RedirectResponse(f"{PATH}/developers", 303)


def _show_issued(
    request: Request, sign_in: SignIn, issued: IssuedKey, *, of_form: bool = False, sign_in_again: bool = False
) -> Response:
    response = RedirectResponse(f"{PATH}/developers", 303)
    if sign_in_again:
        sign_in = set_cookie(response, request, request.app.state.settings, issued.key)
    shown_once.send_along(response, request, sign_in, Secret(str(issued.id), issued.name, issued.key, of_form))
    return response


def _show(
    request: Request,
    gateway: Gateway,
    *,
    user: str = "",
    cursor: str | None = None,
    secret: Secret | None = None,
    refused: Problem | None = None,
    submitted: FormData | None = None,
    status: int = 200,
) -> Response:
    own = gateway.current_key()
    views, following = _keys(gateway, user, cursor, own.id) if Scope.ADMIN in own.scopes else ([], None)
    return render_page(
        request,
        "developers-keys.html",
        status=status,
        poll=POLL_SECONDS,
        section="keys",
        own=own,
        keys=views,
        following=f"?{urlencode({'user': user, 'cursor': following})}" if following else "",
        first=cursor is None,
        user=user,
        secret=secret,
        scopes=[(scope, text) for scope, text in SCOPES.items() if scope in own.scopes],
        graces=GRACES,
        notice=str(refused) if refused else "",
        wrong={to_snake(each.field.partition(".")[0]) for each in refused.errors} if refused else set(),
        values=_values(submitted),
        opens_form=submitted is not None or (secret is not None and secret.of_form),
    )


def _keys(gateway: Gateway, user: str, cursor: str | None, own_id: UUID) -> tuple[list[KeyView], str | None]:
    page = gateway.ask(keys.keys(cursor, KEYS_SHOWN, user_profile_id=user or None))
    return [key_view(key, own_id) for key in page.items], page.next


def _values(submitted: FormData | None) -> Mapping[str, str]:
    """Return what the form for a new key holds: what was submitted and refused, else what is usual."""
    if submitted is None:
        return {**dict.fromkeys(_FIELDS, ""), **_USUAL}
    return {name: text_of(submitted, name) for name in _FIELDS}

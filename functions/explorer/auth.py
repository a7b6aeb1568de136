"""Sign-in: the API key in an encrypted cookie that no script can read, and forms that other sites cannot send."""

from __future__ import annotations

import hmac
import json
import secrets
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

from cryptography.fernet import InvalidToken
from fastapi import Depends, Request, Response
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException

from functions.explorer.settings import ExplorerSettings

COOKIE = "gateway_explorer"
PATH = "/explorer"


class SignInRequired(Exception):
    """The request has no sign-in cookie, or one that is too old or was not made here."""


class ForgedForm(Exception):
    """The form was not sent by one of our pages, or its CSRF token belongs to another sign-in."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """What the sign-in cookie holds; every form of a page carries `csrf_token`."""

    api_key: str
    csrf_token: str


def set_cookie(response: Response, request: Request, settings: ExplorerSettings, api_key: str) -> SignIn:
    """Sign in with this API key: set the cookie, with a new CSRF token, and return what it holds."""
    sign_in = SignIn(api_key, secrets.token_urlsafe(32))
    content = json.dumps({"key": sign_in.api_key, "token": sign_in.csrf_token})
    response.set_cookie(
        COOKIE,
        settings.cookie_cipher.encrypt(content.encode()).decode(),
        max_age=int(settings.explorer_session_hours * 3600),
        path=PATH,
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )
    return sign_in


def delete_cookie(response: Response) -> None:
    """Sign out: delete the cookie."""
    response.delete_cookie(COOKIE, path=PATH, httponly=True, samesite="strict")


def read_cookie(request: Request) -> SignIn | None:
    """Return what the sign-in cookie holds; None where there is no valid one."""
    settings: ExplorerSettings = request.app.state.settings
    try:
        encrypted = request.cookies.get(COOKIE, "").encode()
        content = json.loads(settings.cookie_cipher.decrypt(encrypted, ttl=int(settings.explorer_session_hours * 3600)))
        return SignIn(content["key"], content["token"])
    except (InvalidToken, KeyError):
        return None


async def _require_sign_in(request: Request) -> SignIn:
    sign_in = read_cookie(request)
    if sign_in is None:
        raise SignInRequired
    return sign_in


SignInDep = Annotated[SignIn, Depends(_require_sign_in)]


def page_within(address: str) -> str:
    """Return a page's address, relative to the host; empty where it is not one of the Explorer's."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    inside = not parts.scheme and not parts.netloc and parts.path.startswith(f"{PATH}/")
    return urlunsplit(("", "", parts.path, parts.query, "")) if inside else ""


def page_of(request: Request) -> str:
    """Return the page that a request is for; for a form the one it stood on, empty where that is not known."""
    if request.method == "GET":
        return page_within(urlunsplit(("", "", request.url.path, request.url.query, "")))
    host = request.headers.get("Host", "")
    before, found, path = request.headers.get("Referer", "").partition(f"://{host}")
    return page_within(path) if found and before in ("http", "https") else ""


async def same_origin_form(request: Request) -> FormData:
    """Return the fields of a form. Raise ForgedForm unless a page of this origin sent it."""
    origin, host = request.headers.get("Origin"), request.headers.get("Host", "")
    if origin not in (f"http://{host}", f"https://{host}"):
        raise ForgedForm
    return await request.form(max_files=0, max_fields=40)


async def _signed_in_form(sign_in: SignInDep, form: Annotated[FormData, Depends(same_origin_form)]) -> FormData:
    if not hmac.compare_digest(text_of(form, "token").encode(), sign_in.csrf_token.encode()):
        raise ForgedForm
    return form


FormDep = Annotated[FormData, Depends(_signed_in_form)]


def text_of(form: FormData, name: str) -> str:
    """Return the text of a form's field; empty where the field is missing or a file."""
    value = form.get(name, "")
    return value if isinstance(value, str) else ""


def id_of(form: FormData, name: str) -> UUID:
    """Return the id in a form's field. Raise HTTPException 404 for what cannot be one: nothing has it."""
    try:
        return UUID(text_of(form, name))
    except ValueError:
        raise HTTPException(404) from None

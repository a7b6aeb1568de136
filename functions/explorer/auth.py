"""Who looks at the pages: an API key in an encrypted cookie that no script can read."""

from __future__ import annotations

import hmac
import json
import secrets
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlsplit

from cryptography.fernet import InvalidToken
from fastapi import Depends, Request, Response
from starlette.datastructures import FormData

from functions.explorer.settings import ExplorerSettings

COOKIE = "gateway_explorer"
PATH = "/explorer"


class SignInNeeded(Exception):
    """No cookie, or one that is too old or not ours."""


class ForgedForm(Exception):
    """A form that was not made for this visitor."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """`token` stands in every form the visitor is given."""

    api_key: str
    token: str


def admit(response: Response, request: Request, settings: ExplorerSettings, api_key: str) -> None:
    """Give the visitor the cookie."""
    content = json.dumps({"key": api_key, "token": secrets.token_urlsafe(32)})
    response.set_cookie(
        COOKIE,
        settings.seal.encrypt(content.encode()).decode(),
        max_age=int(settings.explorer_session_hours * 3600),
        path=PATH,
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )


def dismiss(response: Response) -> None:
    """Take the cookie back."""
    response.delete_cookie(COOKIE, path=PATH, httponly=True, samesite="strict")


def known(request: Request) -> Visitor | None:
    """The visitor behind the cookie."""
    settings: ExplorerSettings = request.app.state.settings
    try:
        sealed = request.cookies.get(COOKIE, "").encode()
        content = json.loads(settings.seal.decrypt(sealed, ttl=int(settings.explorer_session_hours * 3600)))
    except InvalidToken:
        return None
    return Visitor(content["key"], content["token"])


async def _required(request: Request) -> Visitor:
    visitor = known(request)
    if visitor is None:
        raise SignInNeeded
    return visitor


VisitorDep = Annotated[Visitor, Depends(_required)]


async def own_form(request: Request) -> FormData:
    """The fields of a form sent by a page of ours. Raises ForgedForm."""
    origin = request.headers.get("Origin")
    if origin is None or urlsplit(origin).netloc != request.headers.get("Host"):
        raise ForgedForm
    return await request.form(max_files=0, max_fields=20)


async def _visitors_form(visitor: VisitorDep, form: Annotated[FormData, Depends(own_form)]) -> FormData:
    if not hmac.compare_digest(str(form.get("token", "")), visitor.token):
        raise ForgedForm
    return form


FormDep = Annotated[FormData, Depends(_visitors_form)]


def field(form: FormData, name: str) -> str:
    """The text of a field, empty where it is missing."""
    value = form.get(name, "")
    return value if isinstance(value, str) else ""

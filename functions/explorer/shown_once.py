"""A secret that the API shows once, on its way from the form that made it to the one page that shows it.

It travels in an encrypted cookie that no script can read, so that a reload neither shows it again nor makes another.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from cryptography.fernet import InvalidToken
from fastapi import Request, Response

from functions.explorer.auth import PATH, SignIn
from functions.explorer.settings import ExplorerSettings

_COOKIE = "gateway_explorer_shown_once"
_PATH = f"{PATH}/developers"
_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Secret:
    """`subject` is the id of what it belongs to, `name` what people call that; `text` is the secret itself.

    `of_form` says that it was made in the page's form, which stays open as the person left it.
    """

    subject: str
    name: str
    text: str
    of_form: bool = False


def send_along(response: Response, request: Request, sign_in: SignIn, secret: Secret) -> None:
    """Let the page to which `response` redirects show the secret, to whoever is signed in with `sign_in` alone."""
    settings: ExplorerSettings = request.app.state.settings
    content = json.dumps({"reader": sign_in.csrf_token, **asdict(secret)})
    response.set_cookie(
        _COOKIE,
        settings.cookie_cipher.encrypt(content.encode()).decode(),
        max_age=_SECONDS,
        path=_PATH,
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )


def take(request: Request, sign_in: SignIn) -> Secret | None:
    """Return the secret that was sent along; None where there is none for this reader."""
    settings: ExplorerSettings = request.app.state.settings
    try:
        content = json.loads(settings.cookie_cipher.decrypt(request.cookies.get(_COOKIE, "").encode(), ttl=_SECONDS))
        reader = content.pop("reader")
        return Secret(**content) if reader == sign_in.csrf_token else None
    except (InvalidToken, KeyError, TypeError):
        return None


def forget(response: Response) -> None:
    """Delete what was sent along: it has been shown."""
    response.delete_cookie(_COOKIE, path=_PATH, httponly=True, samesite="strict")

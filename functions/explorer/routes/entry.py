"""Signing in and out."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from functions.explorer.api import gateway_for
from functions.explorer.auth import PATH, FormDep, admit, dismiss, field, known, own_form
from functions.explorer.pages import page
from functions.explorer.settings import ExplorerSettings
from gateway.client import ClientError, Unauthenticated, calls

router = APIRouter(prefix=PATH)


@router.get("")
@router.get("/")
def enter(request: Request) -> Response:
    """The first tab, or the way in."""
    if known(request) is None:
        return RedirectResponse(f"{PATH}/sign-in", 303)
    return RedirectResponse(_home(request), 303)


@router.get("/sign-in")
def show_sign_in(request: Request, refused: bool = False) -> Response:
    """Where the API key is asked for."""
    notice = "The API key is not accepted any more. Sign in with another one." if refused else ""
    return _sign_in_page(request, notice)


@router.post("/sign-in")
def sign_in(request: Request, form: Annotated[FormData, Depends(own_form)]) -> Response:
    """Try the key on the API, then keep it in the cookie."""
    settings: ExplorerSettings = request.app.state.settings
    if field(form, "local") and settings.explorer_key_file is not None:
        api_key = settings.explorer_key_file.read_text().strip()
    else:
        api_key = field(form, "key").strip()
    try:
        gateway_for(request, api_key).ask(calls.sessions(limit=1))
    except Unauthenticated:
        return _sign_in_page(request, "This API key is not accepted.", status=401)
    except ClientError as error:
        return _sign_in_page(request, str(error), status=503)
    response = RedirectResponse(_home(request), 303)
    admit(response, request, settings, api_key)
    return response


@router.post("/sign-out")
def sign_out(form: FormDep) -> Response:
    """Forget the key."""
    response = RedirectResponse(f"{PATH}/sign-in", 303)
    dismiss(response)
    return response


def _home(request: Request) -> str:
    local = request.app.state.settings.whatsapp_control_url is not None
    return f"{PATH}/{'try-it' if local else 'connection'}"


def _sign_in_page(request: Request, notice: str, *, status: int = 200) -> Response:
    file = request.app.state.settings.explorer_key_file
    offers_local = file is not None and file.exists()
    return page(request, "sign_in.html", status=status, notice=notice, offers_local=offers_local)

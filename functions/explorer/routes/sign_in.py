"""Signing in and out."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from functions.explorer.api import gateway_for
from functions.explorer.auth import (
    COOKIE,
    PATH,
    FormDep,
    delete_cookie,
    page_within,
    read_cookie,
    same_origin_form,
    set_cookie,
    text_of,
)
from functions.explorer.pages import render_page
from functions.explorer.settings import ExplorerSettings
from gateway.client import ClientError, Unauthenticated, calls

router = APIRouter(prefix=PATH)

REFUSED = "The API key is not accepted any more. Sign in with another one."
ENDED = "Your sign-in ran out. Sign in again."


@router.get("")
@router.get("/")
def show_start(request: Request) -> Response:
    """Redirect to the first tab, or to the sign-in."""
    if read_cookie(request) is None:
        return RedirectResponse(f"{PATH}/sign-in{'?ended=1' if COOKIE in request.cookies else ''}", 303)
    return RedirectResponse(_first_tab(request), 303)


@router.get("/sign-in")
def show_sign_in(
    request: Request,
    refused: bool = False,
    ended: bool = False,
    page: Annotated[str, Query(alias="next")] = "",
) -> Response:
    """Show the form for the API key, and why there is one: `refused` by the API, or a sign-in that `ended`.

    It leads on to `next`, where that is a page of the Explorer.
    """
    notice = REFUSED if refused else ENDED if ended else ""
    return _sign_in_page(request, notice, page_within(page))


@router.post("/sign-in")
def sign_in(request: Request, form: Annotated[FormData, Depends(same_origin_form)]) -> Response:
    """Check the key with the API, then store it in the cookie."""
    settings: ExplorerSettings = request.app.state.settings
    page = page_within(text_of(form, "next"))
    if text_of(form, "local") and settings.explorer_key_file is not None:
        api_key = settings.explorer_key_file.read_text().strip()
    else:
        api_key = text_of(form, "key").strip()
    try:
        gateway_for(request, api_key).ask(calls.sessions(limit=1))
    except Unauthenticated:
        return _sign_in_page(request, "This API key is not accepted.", page, status=401)
    except ClientError as error:
        return _sign_in_page(request, str(error), page, status=503)
    response = RedirectResponse(page or _first_tab(request), 303)
    set_cookie(response, request, settings, api_key)
    return response


@router.post("/sign-out")
def sign_out(form: FormDep) -> Response:
    """Delete the cookie."""
    response = RedirectResponse(f"{PATH}/sign-in", 303)
    delete_cookie(response)
    return response


def _first_tab(request: Request) -> str:
    local = request.app.state.settings.whatsapp_control_url is not None
    return f"{PATH}/{'try-it' if local else 'connection'}"


def _sign_in_page(request: Request, notice: str, page: str, *, status: int = 200) -> Response:
    file = request.app.state.settings.explorer_key_file
    offers_local = file is not None and file.exists()
    return render_page(
        request, "sign_in.html", status=status, notice=notice, next=page, wrong=status == 401, offers_local=offers_local
    )

"""Errors as pages."""

from __future__ import annotations

from urllib.parse import urlencode

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse
from starlette.exceptions import HTTPException

from functions.explorer.auth import COOKIE, PATH, ForgedForm, SignInRequired, delete_cookie, page_of
from functions.explorer.pages import render_page, wants_json
from functions.explorer.phones import ControlError
from functions.explorer.sessions import SessionGone
from gateway.client import (
    ClientError,
    DatabaseUnavailable,
    NotFound,
    Problem,
    RateLimited,
    ServerError,
    Unauthenticated,
    Unreachable,
)
from gateway.domain import errors

TEMPLATE = "error.html"
POLL_SECONDS = 2.0
NO_SUCH_SESSION = str(errors.NotFound("session"))
_TEMPORARY: dict[type[ClientError], str] = {
    Unreachable: "The gateway's API does not answer.",
    DatabaseUnavailable: "The gateway cannot reach its database.",
    ServerError: "The gateway failed to answer.",
    RateLimited: "Too many requests in a short time; this page waits a moment.",
}


def install(app: FastAPI) -> None:
    """Register a page for every expected error of the app."""
    app.add_exception_handler(SignInRequired, _sign_in)
    app.add_exception_handler(Unauthenticated, _sign_in)
    app.add_exception_handler(ForgedForm, _forged)
    app.add_exception_handler(SessionGone, _session_gone)
    app.add_exception_handler(NotFound, _not_found)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _not_found)
    app.add_exception_handler(ClientError, _unavailable)
    app.add_exception_handler(ControlError, _unavailable)


async def _sign_in(request: Request, error: Exception) -> Response:
    """Redirect to the sign-in, which leads back here; a cookie whose key the API refused is deleted."""
    refused = isinstance(error, Unauthenticated)
    why = {"refused": 1} if refused else {"ended": 1} if COOKIE in request.cookies else {}
    page = page_of(request)
    query = urlencode({**why, **({"next": page} if page else {})})
    response = RedirectResponse(f"{PATH}/sign-in{'?' if query else ''}{query}", 303)
    if refused:
        delete_cookie(response)
    return response


async def _forged(request: Request, error: Exception) -> Response:
    text = "This form was not made for you, or you signed in again meanwhile. Go back, reload the page and try again."
    return _show(request, 403, "Not accepted", text)


async def _session_gone(request: Request, error: Exception) -> Response:
    text = "This session is gone: it was deleted, or it belongs to another key."
    return _show(request, 404, "This session is gone", text, back=(f"{PATH}/connection", "All sessions"))


async def _not_found(request: Request, error: Exception) -> Response:
    if isinstance(error, NotFound) and error.detail == NO_SUCH_SESSION:
        return await _session_gone(request, error)
    return _show(request, 404, "Not found", "There is nothing here, or not any more.")


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - what it was registered for
    if error.status_code == 404:
        return await _not_found(request, error)
    return _show(request, error.status_code, "Not accepted", error.detail)


async def _unavailable(request: Request, error: Exception) -> Response:
    """Return a page that polls: most of these errors pass by themselves. A form is not sent again, but led back to.

    What the API refused does not pass: its page says so.
    """
    back = (page_of(request) or PATH, "Back to the page")
    if isinstance(error, Problem) and error.status < 500 and not isinstance(error, RateLimited):
        return _show(request, error.status, "Not accepted", str(error), back=back)
    text = next((text for kind, text in _TEMPORARY.items() if isinstance(error, kind)), str(error))
    poll = POLL_SECONDS if request.method == "GET" else 0
    return _show(request, 503, "One moment", text, poll=poll, back=back)


def unexpected(request: Request) -> Response:
    """Return the page for what no handler expected; functions.error_boundary has logged it."""
    return _show(request, 500, "That failed", "Something went wrong here; it has been logged.")


def _show(
    request: Request,
    status: int,
    heading: str,
    text: str,
    *,
    poll: float = 0,
    back: tuple[str, str] = (PATH, "Back to the Explorer"),
) -> Response:
    if wants_json(request):
        return JSONResponse({"error": text}, status)
    return render_page(request, TEMPLATE, status=status, poll=poll, heading=heading, text=text, back=back)

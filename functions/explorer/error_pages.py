"""Errors as pages."""

from __future__ import annotations

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from starlette.exceptions import HTTPException

from functions.explorer.auth import PATH, ForgedForm, SignInRequired, delete_cookie
from functions.explorer.pages import render_page
from functions.explorer.phones import ControlError
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

TEMPLATE = "error.html"
POLL_SECONDS = 2.0
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
    app.add_exception_handler(NotFound, _not_found)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _not_found)
    app.add_exception_handler(ClientError, _unavailable)
    app.add_exception_handler(ControlError, _unavailable)


async def _sign_in(request: Request, error: Exception) -> Response:
    """Redirect to the sign-in; a cookie whose key the API refused is deleted."""
    refused = isinstance(error, Unauthenticated)
    response = RedirectResponse(f"{PATH}/sign-in{'?refused=1' if refused else ''}", 303)
    if refused:
        delete_cookie(response)
    return response


async def _forged(request: Request, error: Exception) -> Response:
    text = "This form was not made for you, or you signed in again meanwhile. Go back, reload the page and try again."
    return render_page(request, TEMPLATE, status=403, heading="Not accepted", text=text)


async def _not_found(request: Request, error: Exception) -> Response:
    text = "There is nothing here, or not any more."
    return render_page(request, TEMPLATE, status=404, heading="Not found", text=text)


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - what it was registered for
    if error.status_code == 404:
        return await _not_found(request, error)
    return render_page(request, TEMPLATE, status=error.status_code, heading="Not accepted", text=error.detail)


async def _unavailable(request: Request, error: Exception) -> Response:
    """Return a page that polls: most of these errors pass by themselves. What the API refused does not."""
    if isinstance(error, Problem) and error.status < 500 and not isinstance(error, RateLimited):
        return render_page(request, TEMPLATE, status=error.status, heading="Not accepted", text=str(error))
    text = next((text for kind, text in _TEMPORARY.items() if isinstance(error, kind)), str(error))
    return render_page(request, TEMPLATE, status=503, poll=POLL_SECONDS, heading="One moment", text=text)


def unexpected(request: Request) -> Response:
    """Return the page for what no handler expected; functions.error_boundary has logged it."""
    text = "Something went wrong here; it has been logged."
    return render_page(request, TEMPLATE, status=500, heading="That failed", text=text)

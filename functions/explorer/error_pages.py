"""What a page says when it cannot be shown."""

from __future__ import annotations

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from starlette.exceptions import HTTPException

from functions.explorer.auth import PATH, ForgedForm, SignInNeeded, dismiss
from functions.explorer.pages import page
from functions.explorer.phones import ControlError
from gateway.client import (
    ClientError,
    DatabaseUnavailable,
    NotFound,
    RateLimited,
    ServerError,
    Unauthenticated,
    Unreachable,
)

POLL_SECONDS = 2.0
_PASSING: dict[type[ClientError], str] = {
    Unreachable: "The gateway's API does not answer.",
    DatabaseUnavailable: "The gateway cannot reach its database.",
    ServerError: "The gateway failed to answer.",
    RateLimited: "Too many requests in a short time; this page waits a moment.",
}


def install(app: FastAPI) -> None:
    """Answer every error of this app as a page."""
    app.add_exception_handler(SignInNeeded, _sign_in)
    app.add_exception_handler(Unauthenticated, _sign_in)
    app.add_exception_handler(ForgedForm, _forged)
    app.add_exception_handler(NotFound, _missing)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _missing)
    app.add_exception_handler(ClientError, _trouble)
    app.add_exception_handler(ControlError, _trouble)


async def _sign_in(request: Request, error: Exception) -> Response:
    refused = isinstance(error, Unauthenticated)
    response = RedirectResponse(f"{PATH}/sign-in{'?refused=1' if refused else ''}", 303)
    if refused:
        dismiss(response)
    return response


async def _forged(request: Request, error: Exception) -> Response:
    text = "This form was not made for you, or you signed in anew meanwhile. Go back, reload the page and try again."
    return page(request, "trouble.html", status=403, heading="Not accepted", text=text)


async def _missing(request: Request, error: Exception) -> Response:
    return page(
        request, "trouble.html", status=404, heading="Not found", text="There is nothing here, or not any more."
    )


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - what it was registered for
    if error.status_code == 404:
        return await _missing(request, error)
    return page(request, "trouble.html", status=error.status_code, heading="Not accepted", text=error.detail)


async def _trouble(request: Request, error: Exception) -> Response:
    """Most troubles pass: the page looks again by itself."""
    text = next((text for kind, text in _PASSING.items() if isinstance(error, kind)), str(error))
    return page(request, "trouble.html", status=503, poll=POLL_SECONDS, heading="One moment", text=text)


def unforeseen(request: Request) -> Response:
    """For functions.error_boundary."""
    text = "Something went wrong here; it has been logged."
    return page(request, "trouble.html", status=500, heading="That failed", text=text)

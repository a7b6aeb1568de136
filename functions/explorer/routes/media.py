"""Files: the browser is led to them in S3 and uploads them there, so that none passes through here."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse, RedirectResponse

from functions.explorer.api import GatewayDep
from functions.explorer.auth import PATH, FormDep, text_of
from gateway.client import Gateway, Problem, file_calls

router = APIRouter(prefix=f"{PATH}/sessions/{{session_id}}")

# Less than the five minutes for which a signed address is good.
_REDIRECT = {"Cache-Control": "private, max-age=240"}


@router.get("/media/{media_id}")
def show_file(gateway: GatewayDep, session_id: UUID, media_id: UUID) -> Response:
    """Lead to a file. Raise Problem where it is not there."""
    return redirect_to_file(gateway, session_id, media_id)


@router.get("/media/{media_id}/thumbnail")
def show_thumbnail(gateway: GatewayDep, session_id: UUID, media_id: UUID) -> Response:
    """Lead to the small copy of a picture. Raise Problem where there is none."""
    return redirect_to_file(gateway, session_id, media_id, "thumbnail")


def redirect_to_file(gateway: Gateway, session_id: UUID, media_id: UUID, *more: str) -> Response:
    """Return a redirect to a file in S3, or to its `thumbnail`. Raise Problem."""
    return RedirectResponse(gateway.ask(file_calls.address(session_id, media_id, *more)), 307, headers=_REDIRECT)


@router.post("/uploads")
def offer_upload(gateway: GatewayDep, session_id: UUID, form: FormDep) -> Response:
    """Give a script the form of S3 by which it uploads a file, or tell it why not."""
    try:
        offered = gateway.ask(file_calls.form(session_id, text_of(form, "kind"), text_of(form, "name")))
    except Problem as error:
        return JSONResponse({"error": str(error)}, error.status)
    return JSONResponse(offered.model_dump(mode="json"))

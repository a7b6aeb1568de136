"""Uploads: files that are given to be sent, past the API by a form of S3, and what is known of them."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Response

from functions.api.auth import ReaderDep, SenderDep
from functions.api.http.openapi_responses import LOCATION, problems
from functions.api.http.routing import KeyedRoute
from functions.api.schemas.files import CreateUpload, UploadBody, UploadForm
from functions.api.services import ServicesDep
from gateway.domain.errors import NotFound
from gateway.domain.media import MediaOrigin
from gateway.domain.served_files import safe_name
from gateway.store import media, sessions, uploads
from gateway.store.ids import new_id

router = APIRouter(prefix="/sessions/{session_id}/media", tags=["media"], route_class=KeyedRoute)

_FORM_SECONDS = 3600


@router.post(
    "/uploads",
    status_code=201,
    summary="Upload a file past the API",
    responses={201: {"headers": LOCATION}, **problems(404, body=True)},
)
def create_upload(
    session_id: UUID, body: CreateUpload, caller: SenderDep, services: ServicesDep, response: Response
) -> UploadForm:
    """Returns a form of S3, which takes a file once, for an hour; then send a message with its `id`."""
    name = safe_name(body.filename) if body.filename else None
    largest = services.settings.largest_bytes(body.kind)
    with services.database.transaction() as connection:
        session = sessions.get(connection, caller.reach, session_id)
        key = f"sessions/{session.id}/uploads/{new_id()}"
        media_id = uploads.offer_form(connection, session.id, name, key, _FORM_SECONDS)
    form = services.media_storage.upload_form(key, _FORM_SECONDS, largest)
    response.headers["Location"] = f"/sessions/{session_id}/media/uploads/{media_id}"
    return UploadForm(id=media_id, url=form["url"], fields=form["fields"], expires_in=_FORM_SECONDS, max_bytes=largest)


@router.get("/uploads/{media_id}", summary="Read an upload", responses=problems(404))
def get_upload(session_id: UUID, media_id: UUID, caller: ReaderDep, services: ServicesDep) -> UploadBody:
    """What is known of a file that was given to be sent."""
    with services.database.transaction() as connection:
        session = sessions.get(connection, caller.reach, session_id)
        upload = media.get(connection, session.id, media_id)
    if upload.origin != MediaOrigin.UPLOAD:
        raise NotFound("file")
    return UploadBody.of(upload)

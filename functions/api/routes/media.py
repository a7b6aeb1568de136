"""Files of messages: where they can be read."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import RedirectResponse
from starlette.status import HTTP_307_TEMPORARY_REDIRECT

from functions.api.auth import ReaderDep
from functions.api.http.openapi_responses import LOCATION, Responses, problems
from functions.api.http.routing import KeyedRoute
from functions.api.services import Services, ServicesDep
from gateway.callers import Caller
from gateway.domain.errors import MediaPending, MediaUnavailable, NotFound
from gateway.domain.media import REASON_SENTENCES, MediaReason, MediaState
from gateway.store import media, sessions
from gateway.store.media import MediaObject

router = APIRouter(prefix="/sessions/{session_id}/media", tags=["media"], route_class=KeyedRoute)

# For the redirect to be followed, and a player to begin; who comes back later asks again.
_URL_SECONDS = 300
_REDIRECT: Responses = {307: {"headers": LOCATION, "description": "Where the file is, for five minutes."}}


# Of an id alone: `uploads` has a path of its own, which is not for reading.
@router.get(
    "/{media_id:uuid}",
    status_code=307,
    response_class=RedirectResponse,
    summary="Read a file",
    responses={**_REDIRECT, **problems(404, 409, 410)},
)
def get_media(session_id: UUID, media_id: UUID, caller: ReaderDep, services: ServicesDep) -> RedirectResponse:
    """Leads to the file under a signed address, which needs no key. Pictures, sounds, videos and PDFs are shown by a
    browser, everything else is saved."""
    found = _available(services, caller, session_id, media_id)
    url = services.media_storage.url(found.storage_key or "", _URL_SECONDS, found.mimetype, found.file_name)
    return _redirect(url)


@router.get(
    "/{media_id:uuid}/thumbnail",
    status_code=307,
    response_class=RedirectResponse,
    summary="Read the small copy of a picture",
    responses={**_REDIRECT, **problems(404, 409, 410)},
)
def get_media_thumbnail(session_id: UUID, media_id: UUID, caller: ReaderDep, services: ServicesDep) -> RedirectResponse:
    """Leads likewise to a JPEG of at most 480 pixels a side; 404 where there is none."""
    found = _available(services, caller, session_id, media_id)
    if found.thumbnail_key is None:
        raise NotFound("thumbnail")
    return _redirect(services.media_storage.url(found.thumbnail_key, _URL_SECONDS, "image/jpeg"))


def _redirect(url: str) -> RedirectResponse:
    return RedirectResponse(url, HTTP_307_TEMPORARY_REDIRECT, headers={"Cache-Control": "no-store"})


def _available(services: Services, caller: Caller, session_id: UUID, media_id: UUID) -> MediaObject:
    """Return a file that is stored; one of the history is fetched now.

    Raises NotFound, MediaPending and MediaUnavailable.
    """
    with services.database.transaction() as connection:
        session = sessions.get(connection, caller.reach, session_id)
        found = media.get(connection, session.id, media_id)
        demanded = media.demand(connection, [found.id]) if found.state == MediaState.ON_DEMAND else []
    for id in demanded:
        services.media_notifier.wake(id)
    if found.state in (MediaState.PENDING, MediaState.ON_DEMAND):
        raise MediaPending
    if found.state != MediaState.AVAILABLE:
        reason = MediaReason(found.reason or MediaReason.DELETED)
        raise MediaUnavailable(reason, REASON_SENTENCES[reason])
    return found

"""The files of an album, each as if it were sent alone; what is wrong with one names its place."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from functions.api import files
from functions.api.files import FoundFile
from functions.api.schemas.files import AlbumPart, SendAlbum, SendImage, SendVideo
from functions.api.services import Services
from gateway.callers import Caller
from gateway.domain.errors import InvalidInput, NotFound
from gateway.store.database import Connection


def validate(body: SendAlbum) -> None:
    """Raise InvalidInput for what can be found wrong without the database."""
    for place, part in enumerate(body.parts):
        with _at(place):
            files.validate(_alone(body, part))


def take_in_bytes(services: Services, caller: Caller, session_id: UUID, body: SendAlbum) -> list[UUID | None]:
    """Store the bytes that are in the body; None for each part without. Raises what files.take_in() raises."""
    taken_in = []
    for place, part in enumerate(body.parts):
        with _at(place):
            taken_in.append(files.take_in_bytes(services, caller, session_id, _alone(body, part)))
    return taken_in


def find(
    connection: Connection, services: Services, session_id: UUID, body: SendAlbum, taken_in: list[UUID | None]
) -> list[FoundFile]:
    """Return the files as what they will be sent. Raises NotFound, InvalidInput."""
    found = []
    for place, (part, media_id) in enumerate(zip(body.parts, taken_in, strict=True)):
        with _at(place):
            found.append(files.find(connection, services, session_id, _alone(body, part), media_id))
    return found


def _alone(body: SendAlbum, part: AlbumPart) -> SendImage | SendVideo:
    if part.type == "image":
        return SendImage(to=body.to, type="image", media=part.media, caption=part.caption)
    return SendVideo(to=body.to, type="video", media=part.media, caption=part.caption)


@contextmanager
def _at(place: int) -> Iterator[None]:
    try:
        yield
    except InvalidInput as error:
        raise InvalidInput(f"parts.{place}.{error.field}", str(error)) from error
    except NotFound as error:
        if error.field is None:
            raise
        raise NotFound(error.thing, field=f"parts.{place}.{error.field}") from error

"""Pictures of people and groups as the API shows them."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from gateway.domain.contacts import PictureState
from gateway.domain.media import media_path

EXAMPLE_URL = "/sessions/0198c7a6-1b2b-7a1e-b0c4-5a7be1f0d2a1/media/0198c7a6-1b2c-7f00-9a55-0c0d6f7e8a97"


class Picture(StrEnum):
    """What is known of a picture: `unknown` until the contact or group is read by itself."""

    AVAILABLE = "available"
    HIDDEN = "hidden"
    NOT_SET = "not_set"
    UNKNOWN = "unknown"


_WITHOUT_FILE: dict[str, Picture] = {
    PictureState.HIDDEN: Picture.HIDDEN,
    PictureState.NOT_SET: Picture.NOT_SET,
}

KnownPicture = Annotated[
    Picture, Field(description="`hidden`: this number may not see it; `unknown`: WhatsApp was not asked yet.")
]
PictureUrl = Annotated[
    str | None,
    Field(description="Where the picture is, as files of messages are; while it is fetched that answers 409."),
]


def picture_fields(session_id: UUID, state: str | None, file: UUID | None) -> dict[str, Any]:
    """Return `picture` and `picture_url` by what WhatsApp said, and the file that is there or is being fetched."""
    if file:
        return {"picture": Picture.AVAILABLE, "picture_url": media_path(session_id, file)}
    return {"picture": _WITHOUT_FILE.get(state or "", Picture.UNKNOWN), "picture_url": None}

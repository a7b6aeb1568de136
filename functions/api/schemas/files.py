"""Messages with a file, as they are sent, and files that are given to be sent."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias
from uuid import UUID

from pydantic import Field, StringConstraints

from functions.api.schemas.sends import Reply, example
from gateway.domain.media import MediaKind
from gateway.domain.messages import MAX_TEXT_CHARACTERS
from gateway.schemas.base import Moment, RequestBody, ResponseBody, Text, shown
from gateway.store.media import MediaObject

MAX_FILE_NAME_CHARACTERS = 255
MAX_URL_CHARACTERS = 2048
# What phones allow of pictures that are sent together, and this in one request.
MAX_ALBUM_PARTS = 10
# Of what can be given inside the body of a request.
MAX_BASE64_CHARACTERS = 1_400_000

_MEDIA_ID = "0198c7a6-2c3d-7a00-9a55-0c0d6f7e8a91"

FileName = Annotated[Text, StringConstraints(min_length=1, max_length=MAX_FILE_NAME_CHARACTERS)]
Caption = Annotated[
    Text | None,
    Field(
        description=f"At most {MAX_TEXT_CHARACTERS} characters.",
        json_schema_extra={"maxLength": MAX_TEXT_CHARACTERS},
    ),
]


class GivenFile(RequestBody):
    """The file, by one of these: what was uploaded or received before, an address to fetch it from, or its bytes."""

    model_config = shown({"url": "https://example.com/flat.jpg"})

    id: UUID | None = Field(None, description="Of an upload, or of a file that the session received.")
    url: Annotated[Text, StringConstraints(min_length=1, max_length=MAX_URL_CHARACTERS)] | None = Field(
        None, description="A public address; it is fetched once, and redirects are followed."
    )
    base64: Annotated[str, StringConstraints(min_length=1, max_length=MAX_BASE64_CHARACTERS)] | None = Field(
        None, description="For small files, of at most 1 MB; upload others."
    )


class _SendFile(Reply):
    media: GivenFile


class SendImage(_SendFile):
    """A picture: JPEG, PNG, WebP or GIF. It is turned upright, and what the camera noted in it is removed."""

    model_config = example(type="image", media={"url": "https://example.com/flat.jpg"}, caption="The flat")

    type: Literal["image"]
    caption: Caption = None


class SendVideo(_SendFile):
    """A film: MP4 with H.264 and AAC; others where the gateway has a converter."""

    model_config = example(type="video", media={"id": _MEDIA_ID}, caption="The stairs")

    type: Literal["video"]
    caption: Caption = None
    gif: Annotated[bool, Field(description="Played again and again, without sound.")] = False
    round: Annotated[bool, Field(description="Shown in a circle, without caption.")] = False


class SendAudio(_SendFile):
    """Sound to play: MP3, M4A, AAC, AMR or OGG with Opus; others where the gateway has a converter."""

    model_config = example(type="audio", media={"id": _MEDIA_ID})

    type: Literal["audio"]


class SendVoice(_SendFile):
    """A voice note: OGG with one channel of Opus; any other sound where the gateway has a converter."""

    model_config = example(type="voice", media={"id": _MEDIA_ID})

    type: Literal["voice"]


class SendDocument(_SendFile):
    """Any file, as it is."""

    model_config = example(type="document", media={"id": _MEDIA_ID}, filename="lease.pdf", caption="Please sign")

    type: Literal["document"]
    caption: Caption = None
    filename: Annotated[FileName | None, Field(description="Without it, that of the upload or the address.")] = None


class SendSticker(_SendFile):
    """A picture as a sticker; an animated one is a WebP of 512 by 512 pixels."""

    model_config = example(type="sticker", media={"id": _MEDIA_ID})

    type: Literal["sticker"]


class AlbumPart(RequestBody):
    """A picture or film of an album."""

    model_config = shown({"type": "image", "media": {"id": _MEDIA_ID}, "caption": "The kitchen"})

    type: Literal["image", "video"]
    media: GivenFile
    caption: Caption = None


class SendAlbum(Reply):
    """Pictures and films that belong together. They leave when all of their files are ready, or were refused."""

    model_config = example(type="album", parts=[{"type": "image", "media": {"id": _MEDIA_ID}}] * 2)

    type: Literal["album"]
    parts: Annotated[list[AlbumPart], Field(min_length=2, max_length=MAX_ALBUM_PARTS)]


SendFile: TypeAlias = SendImage | SendVideo | SendAudio | SendVoice | SendDocument | SendSticker


class CreateUpload(RequestBody):
    """A file that is to be uploaded past the API."""

    model_config = shown({"filename": "lease.pdf", "kind": "document"})

    filename: FileName | None = None
    kind: Annotated[MediaKind, Field(description="What it will be sent as, which says how large it may be.")] = (
        MediaKind.DOCUMENT
    )


class UploadBody(ResponseBody):
    """A file that was given to be sent."""

    model_config = shown(
        {
            "id": _MEDIA_ID,
            "state": "available",
            "reason": None,
            "fileName": "lease.pdf",
            "size": 48211,
            "createdAt": "2026-08-21T09:40:01.912Z",
        }
    )

    id: UUID
    state: Literal["pending", "available", "unavailable", "erased"] = Field(
        description="`pending`: not there yet, or not looked at."
    )
    reason: str | None = Field(None, description="Why it is unavailable or erased.")
    file_name: str | None = None
    size: int | None = Field(None, description="Bytes.")
    created_at: Moment

    @classmethod
    def of(cls, upload: MediaObject) -> UploadBody:
        return cls.model_validate({name: getattr(upload, name) for name in cls.model_fields})


class UploadForm(ResponseBody):
    """A form: POST it as multipart/form-data to `url`, first the `fields`, then the file as the field `file`."""

    model_config = shown(
        {
            "id": _MEDIA_ID,
            "url": "https://example-bucket.s3.amazonaws.com/",
            "fields": {"key": "sessions/…", "policy": "…", "x-amz-signature": "…"},
            "expiresIn": 3600,
            "maxBytes": 100_000_000,
        }
    )

    id: UUID
    url: str
    fields: dict[str, str]
    expires_in: int = Field(description="Seconds.")
    max_bytes: int

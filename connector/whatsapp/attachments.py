"""Media and locations inside a message, as plain data."""

from __future__ import annotations

from typing import Any

from google.protobuf.message import Message as Protobuf

from connector.whatsapp.library import e2e_pb2
from gateway.domain.media import PREVIEW, PREVIEWED

# Our name → WhatsApp's, of every field that a later download or a listing needs.
_MEDIA_FIELDS = {
    "directPath": "directPath",
    "url": "URL",
    "mediaKey": "mediaKey",
    "mediaKeyTimestamp": "mediaKeyTimestamp",
    "fileSha256": "fileSHA256",
    "fileEncSha256": "fileEncSHA256",
    "fileLength": "fileLength",
    "mimetype": "mimetype",
    "fileName": "fileName",
    "title": "title",
    "pageCount": "pageCount",
    "seconds": "seconds",
    "width": "width",
    "height": "height",
    "gifPlayback": "gifPlayback",
    "animated": "isAnimated",
}
# By the name of WhatsApp's message; an audio message may be a voice note.
_MEDIA_KINDS = {
    "ImageMessage": "image",
    "VideoMessage": "video",
    "AudioMessage": "audio",
    "DocumentMessage": "document",
    "StickerMessage": "sticker",
}
_LOCATION_FIELDS = {
    "name": "name",
    "address": "address",
    "url": "URL",
    "accuracyMeters": "accuracyInMeters",
    "speedMetersPerSecond": "speedInMps",
    "bearingDegrees": "degreesClockwiseFromMagneticNorth",
    "sequenceNumber": "sequenceNumber",
}


def media_of(value: Protobuf) -> dict[str, Any]:
    """Return what is set of an image, video, audio, document or sticker, and which of them it is."""
    kind = "voice" if getattr(value, "PTT", False) else _MEDIA_KINDS.get(value.DESCRIPTOR.name)
    previews = {PREVIEW: "JPEGThumbnail"} if kind in PREVIEWED else {}
    found = _set_fields(value, _MEDIA_FIELDS | previews)
    return {**found, "kind": kind} if found and kind else found


def location_of(value: e2e_pb2.LocationMessage) -> dict[str, Any]:
    """Return latitude and longitude in degrees, and what else is known of the place."""
    return {
        "latitude": value.degreesLatitude,
        "longitude": value.degreesLongitude,
        **_set_fields(value, _LOCATION_FIELDS),
    }


def _set_fields(value: Protobuf, fields: dict[str, str]) -> dict[str, Any]:
    present = {name: getattr(value, field, None) for name, field in fields.items()}
    return {name: item for name, item in present.items() if item}

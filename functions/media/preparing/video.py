"""Films: MP4 with H.264 and AAC, which phones play; what is no such film is converted where there is a converter."""

from __future__ import annotations

from pathlib import Path

from functions.media.preparing import transcoding
from functions.media.preparing.mp4 import Mp4, read_mp4
from functions.media.preparing.prepared import Prepared, whole_seconds
from functions.media.preparing.recognition import recognise
from functions.media.preparing.rejection import MediaRejected
from gateway.domain.media import MediaReason

MIMETYPE = "video/mp4"
_MP4 = frozenset({MIMETYPE, "video/x-m4v"})
# Tracks of texts and times do no harm.
_VIDEO_CODECS = frozenset({"avc1", "avc3"})
_AUDIO_CODECS = frozenset({"mp4a"})
_OTHER_CODECS = frozenset({"tx3g", "tmcd", "mett", "mebx", "rtp "})
# Moving pictures that are no film: phones loop them once they are one.
_MOVING = frozenset({"image/gif"})


def prepare_video(source: Path, target: Path) -> Prepared:
    """Return the film itself where phones play it; else write it to `target`. Raises MediaRejected."""
    mimetype = recognise(source)
    if not mimetype.startswith("video/") and mimetype not in _MOVING:
        raise MediaRejected(MediaReason.UNSUPPORTED_TYPE)
    path = source
    found = read_mp4(source) if mimetype in _MP4 else None
    if found is None or not _is_playable(found):
        transcoding.write_video(source, target)
        path, found = target, read_mp4(target)
    thumbnail = transcoding.video_thumbnail(path) if transcoding.is_available() else None
    return Prepared(path, MIMETYPE, found.width, found.height, whole_seconds(found.seconds), thumbnail=thumbnail)


def _is_playable(film: Mp4) -> bool:
    return bool(film.codecs & _VIDEO_CODECS) and film.codecs <= _VIDEO_CODECS | _AUDIO_CODECS | _OTHER_CODECS

"""Sound: as a file to play, or as a voice note, which phones take in one form only."""

from __future__ import annotations

from pathlib import Path

from tinytag import TinyTag, TinyTagException

from functions.media.preparing import transcoding
from functions.media.preparing.mp4 import read_mp4
from functions.media.preparing.ogg import opus_channels
from functions.media.preparing.prepared import Prepared, whole_seconds
from functions.media.preparing.recognition import recognise
from functions.media.preparing.rejection import MediaRejected
from gateway.domain.media import MediaReason

OPUS = "audio/ogg; codecs=opus"
_MP4 = "audio/mp4"
_AS_THEY_ARE = frozenset({"audio/mpeg", _MP4, "audio/aac", "audio/amr"})


def prepare_audio(source: Path, target: Path) -> Prepared:
    """Return the file itself where phones play it; else write it to `target` as Opus. Raises MediaRejected."""
    mimetype = recognise(source)
    if mimetype in _AS_THEY_ARE:
        return Prepared(source, mimetype, seconds=_seconds(source, mimetype))
    if opus_channels(source):
        return Prepared(source, OPUS, seconds=_seconds(source, OPUS))
    _require_sound(mimetype)
    return Prepared(target, OPUS, seconds=transcoding.write_voice(source, target).seconds)


def prepare_voice(source: Path, target: Path) -> Prepared:
    """Return a voice note, with its waveform where there is a converter to see it with. Raises MediaRejected."""
    _require_sound(recognise(source))
    if opus_channels(source) == 1:
        waveform = transcoding.waveform_of(source) if transcoding.is_available() else None
        return Prepared(source, OPUS, seconds=_seconds(source, OPUS), waveform=waveform)
    voice = transcoding.write_voice(source, target)
    return Prepared(target, OPUS, seconds=voice.seconds, waveform=voice.waveform)


def _require_sound(mimetype: str) -> None:
    if mimetype.partition("/")[0] not in ("audio", "video"):
        raise MediaRejected(MediaReason.UNSUPPORTED_TYPE)


def _seconds(path: Path, mimetype: str) -> int | None:
    """Return the length, at least 1; None where only a decoder could tell. Raises MediaRejected for a broken file."""
    return whole_seconds(read_mp4(path).seconds if mimetype == _MP4 else _duration(path))


def _duration(path: Path) -> float | None:
    try:
        return TinyTag.get(path, tags=False).duration
    except TinyTagException:
        return None
    except Exception as error:  # what else it raises over broken files is not said anywhere
        raise MediaRejected(MediaReason.BROKEN_FILE) from error

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from pathlib import Path

import av
import pytest
from PIL import Image

from functions.media.preparing import transcoding
from functions.media.preparing.audio import OPUS
from functions.media.preparing.mp4 import read_mp4
from functions.media.preparing.preparation import prepare
from functions.media.preparing.rejection import MediaRejected
from gateway.domain.media import MediaReason
from tests.unit.media import files


@pytest.fixture
def without_converter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transcoding, "find_spec", lambda _name: None)
    monkeypatch.setitem(sys.modules, "av", None)


def test_any_sound_becomes_a_voice_note(tmp_path: Path) -> None:
    prepared = prepare("voice", files.tone(tmp_path / "given", 3.0, channels=2), tmp_path / "target")
    assert (prepared.mimetype, prepared.seconds) == (OPUS, 3)
    with av.open(prepared.path) as written:
        assert (written.streams.audio[0].codec.name, written.streams.audio[0].channels) == ("opus", 1)
        assert written.streams.audio[0].rate == 48_000


def test_the_waveform_shows_what_grows_louder(tmp_path: Path) -> None:
    waveform = prepare("voice", files.tone(tmp_path / "given"), tmp_path / "target").waveform
    assert waveform is not None
    assert (len(waveform), max(waveform)) == (64, 100)
    assert waveform[0] < waveform[32] < waveform[60]


def test_a_voice_note_is_sent_as_it_is(tmp_path: Path) -> None:
    prepared = prepare("voice", files.opus(tmp_path / "given"), tmp_path / "target")
    assert (prepared.path, prepared.seconds) == (tmp_path / "given", 2)
    assert prepared.waveform is not None


@pytest.mark.usefixtures("without_converter")
def test_without_a_converter_a_voice_note_is_sent_without_waveform(tmp_path: Path) -> None:
    source = _made_before(files.opus, tmp_path / "given")
    prepared = prepare("voice", source, tmp_path / "target")
    assert (prepared.path, prepared.mimetype, prepared.seconds, prepared.waveform) == (source, OPUS, 2, None)


def _made_before(make: Callable[[Path], Path], path: Path) -> Path:
    """Return what the converter made before it was missing."""
    module = sys.modules.pop("av")
    try:
        sys.modules["av"] = av
        return make(path)
    finally:
        sys.modules["av"] = module


@pytest.mark.usefixtures("without_converter")
@pytest.mark.parametrize("kind", ["voice", "audio"])
def test_without_a_converter_other_sound_is_refused(tmp_path: Path, kind: str) -> None:
    with pytest.raises(MediaRejected, match="no converter") as rejected:
        prepare(kind, _made_before(files.tone, tmp_path / "given"), tmp_path / "target")
    assert rejected.value.reason is MediaReason.NEEDS_TRANSCODING


def test_a_voice_note_of_two_channels_is_written_again(tmp_path: Path) -> None:
    source = files.opus(tmp_path / "given", layout="stereo")
    assert prepare("voice", source, tmp_path / "target").path == tmp_path / "target"


@pytest.mark.parametrize(
    ("codec", "container", "mimetype"),
    [("libmp3lame", "mp3", "audio/mpeg"), ("aac", "ipod", "audio/mp4"), ("libopus", "ogg", OPUS)],
)
def test_sound_that_phones_play_is_sent_as_it_is(tmp_path: Path, codec: str, container: str, mimetype: str) -> None:
    source = files.encoded(tmp_path / "given", codec, container)
    prepared = prepare("audio", source, tmp_path / "target")
    assert (prepared.path, prepared.mimetype, prepared.seconds) == (source, mimetype, 2)


def test_other_sound_is_converted(tmp_path: Path) -> None:
    prepared = prepare("audio", files.tone(tmp_path / "given"), tmp_path / "target")
    assert (prepared.mimetype, prepared.seconds) == (OPUS, 2)


@pytest.mark.parametrize("kind", ["audio", "voice", "video"])
def test_a_picture_is_no_sound_and_no_film(tmp_path: Path, kind: str) -> None:
    with pytest.raises(MediaRejected) as rejected:
        prepare(kind, files.picture(tmp_path / "song.mp3"), tmp_path / "target")
    assert rejected.value.reason is MediaReason.UNSUPPORTED_TYPE


def test_a_film_that_phones_play_is_sent_as_it_is(tmp_path: Path) -> None:
    source = files.film(tmp_path / "given")
    prepared = prepare("video", source, tmp_path / "target")
    assert prepared.path == source
    assert (prepared.mimetype, prepared.width, prepared.height, prepared.seconds) == ("video/mp4", 64, 48, 1)
    assert prepared.thumbnail is not None
    assert Image.open(io.BytesIO(prepared.thumbnail)).size == (64, 48)


@pytest.mark.usefixtures("without_converter")
def test_without_a_converter_such_a_film_is_sent_without_a_picture(tmp_path: Path) -> None:
    source = _made_before(files.film, tmp_path / "given")
    prepared = prepare("video", source, tmp_path / "target")
    assert (prepared.width, prepared.height, prepared.seconds, prepared.thumbnail) == (64, 48, 1, None)


@pytest.mark.parametrize(("codec", "container"), [("libvpx-vp9", "webm"), ("mpeg4", "mp4"), ("libx265", "mp4")])
def test_other_films_are_converted(tmp_path: Path, codec: str, container: str) -> None:
    source = files.film(tmp_path / "given", codec=codec, container=container, size=(62, 48))
    prepared = prepare("video", source, tmp_path / "target")
    assert prepared.path == tmp_path / "target"
    assert read_mp4(prepared.path).codecs == {"avc1"}
    assert (prepared.width, prepared.height, prepared.seconds) == (62, 48, 1)


def test_a_gif_becomes_a_film(tmp_path: Path) -> None:
    prepared = prepare("video", files.animation(tmp_path / "given", (33, 20), "GIF"), tmp_path / "target")
    assert (prepared.mimetype, prepared.width, prepared.height) == ("video/mp4", 32, 20)


@pytest.mark.parametrize("kind", ["video", "audio", "voice"])
def test_a_file_cut_short_is_broken(tmp_path: Path, kind: str) -> None:
    source = files.film(tmp_path / "given") if kind == "video" else files.encoded(tmp_path / "given", "aac", "ipod")
    source.write_bytes(source.read_bytes()[:64])
    with pytest.raises(MediaRejected) as rejected:
        prepare(kind, source, tmp_path / "target")
    assert rejected.value.reason is MediaReason.BROKEN_FILE


@pytest.mark.parametrize("kind", ["audio", "video"])
def test_a_length_that_the_index_does_not_say_is_not_known(tmp_path: Path, kind: str) -> None:
    """As of what was written while it was recorded."""
    source = _of_length(tmp_path / "given", kind, b"\xff" * 4)
    assert prepare(kind, source, tmp_path / "target").seconds is None


@pytest.mark.parametrize("kind", ["audio", "video"])
def test_a_file_that_claims_to_last_for_ever_is_broken(tmp_path: Path, kind: str) -> None:
    source = _of_length(tmp_path / "given", kind, b"\xff\xff\xff\xfe", scale=b"\0\0\0\1")
    with pytest.raises(MediaRejected) as rejected:
        prepare(kind, source, tmp_path / "target")
    assert rejected.value.reason is MediaReason.BROKEN_FILE


def _of_length(path: Path, kind: str, duration: bytes, scale: bytes | None = None) -> Path:
    """Write a file whose index says another length than it has."""
    made = files.film(path) if kind == "video" else files.encoded(path, "aac", "ipod")
    data = bytearray(made.read_bytes())
    # Behind its name: version and flags, two times, how many ticks a second has, and how many it lasts.
    at = data.index(b"mvhd") + 16
    data[at : at + 8] = (scale or data[at : at + 4]) + duration
    made.write_bytes(data)
    return made


def test_a_playlist_opens_no_other_file(tmp_path: Path) -> None:
    files.tone(tmp_path / "secret.wav")
    source = tmp_path / "given.mp3"
    source.write_bytes(b"#EXTM3U\n#EXTINF:1,\n" + (tmp_path / "secret.wav").as_uri().encode())
    with pytest.raises(MediaRejected):
        prepare("voice", source, tmp_path / "target")

"""Conversion of sound and films by FFmpeg (PyAV), where it is installed: 100 MB, which not every deployment has."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from functions.media.preparing.rejection import MediaRejected
from gateway.domain.media import MediaReason
from gateway.pictures import thumbnail_of

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.container import InputContainer, OutputContainer
    from av.filter import Graph
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

_RATE = 48_000
_BIT_RATE = 32_000
WAVEFORM_BYTES = 64
_LOUDEST = 100
# Of every so many samples one is looked at.
_STRIDE = 16
# More in one picture is no film that a phone plays.
_MAX_PIXELS = 4096 * 4096
_LONGEST_SIDE = 1280
_FRAME_RATE = 30


@dataclass(frozen=True, slots=True)
class Voice:
    """A voice note that was written; `waveform` has 64 bytes of 0 to 100."""

    seconds: int
    waveform: bytes


def is_available() -> bool:
    """Return whether anything can be converted here."""
    return find_spec("av") is not None


def write_voice(source: Path, target: Path) -> Voice:
    """Write the sound in a file as Opus with one channel at 48 kHz. Raises MediaRejected."""
    samples, peaks = 0, list[int]()
    with _opened(source) as sound, _written(target, "ogg") as written:
        stream = written.add_stream("libopus", rate=_RATE, layout="mono", options={"application": "voip"})
        stream.bit_rate = _BIT_RATE
        for frame in _samples(sound):
            samples += frame.samples
            peaks.append(_peak(frame))
            written.mux(stream.encode(frame))
        written.mux(stream.encode(None))
    return Voice(max(round(samples / _RATE), 1), _waveform(peaks))


def waveform_of(source: Path) -> bytes:
    """Return what phones draw of a voice note. Raises MediaRejected."""
    with _opened(source) as sound:
        return _waveform([_peak(frame) for frame in _samples(sound)])


def write_video(source: Path, target: Path) -> None:
    """Write a film as MP4 with H.264 and AAC, upright, its longer side at most 1280 pixels. Raises MediaRejected."""
    with _opened(source) as film, _written(target, "mp4") as written:
        pictures = written.add_stream("libx264", rate=_FRAME_RATE, options={"preset": "veryfast", "crf": "25"})
        sound = written.add_stream("aac", rate=_RATE, layout="stereo") if film.streams.audio else None
        for frame in _pictures(film):
            if not pictures.codec_context.is_open:
                pictures.width, pictures.height = frame.width, frame.height
            written.mux(pictures.encode(frame))
        written.mux(pictures.encode(None))
        if sound is not None:
            film.seek(0)
            for samples in _samples(film, "stereo", "fltp"):
                written.mux(sound.encode(samples))
            written.mux(sound.encode(None))


def video_thumbnail(source: Path) -> bytes | None:
    """Return a JPEG of a film's first picture; None where it has none. Raises MediaRejected."""
    with _opened(source) as film:
        frame = next(film.decode(_video_of(film)), None)
        # Counted against the clock, as Pillow counts.
        return thumbnail_of(_image(frame).rotate(frame.rotation, expand=True)) if frame else None


@contextmanager
def _opened(source: Path) -> Iterator[InputContainer]:
    if not is_available():
        raise MediaRejected(MediaReason.NEEDS_TRANSCODING)
    import av

    try:
        # Nothing that a file names, such as the parts of a playlist, is opened.
        with av.open(source, container_options={"protocol_whitelist": "file"}) as container:
            yield container
    except av.FFmpegError as error:
        raise MediaRejected(MediaReason.BROKEN_FILE) from error


@contextmanager
def _written(target: Path, container_format: str) -> Iterator[OutputContainer]:
    import av

    with av.open(target, "w", format=container_format) as container:
        yield container


def _samples(container: InputContainer, layout: str = "mono", sample_format: str = "s16") -> Iterator[AudioFrame]:
    """Yield the sound at 48 kHz. Raises MediaRejected where there is none."""
    import av

    if not container.streams.audio:
        raise MediaRejected(MediaReason.UNSUPPORTED_TYPE, "There is no sound in the file.")
    resampler = av.AudioResampler(format=sample_format, layout=layout, rate=_RATE)
    for frame in chain(container.decode(container.streams.audio[0]), [None]):
        yield from resampler.resample(frame)


def _pictures(film: InputContainer) -> Iterator[VideoFrame]:
    """Yield the pictures upright, in even numbers of pixels, 30 a second."""
    import av

    graph, stream = None, _video_of(film)
    stream.thread_type = "AUTO"
    for frame in chain(film.decode(stream), [None]):
        if graph is None:
            if frame is None:
                raise MediaRejected(MediaReason.BROKEN_FILE)
            graph = av.filter.Graph()
            graph.link_nodes(
                graph.add_buffer(template=stream),
                *(graph.add(name, arguments) for name, arguments in _filters(frame)),
                graph.add("buffersink"),
            ).configure()
        graph.vpush(frame)
        yield from _pulled(graph)


def _filters(frame: VideoFrame) -> list[tuple[str, str]]:
    turns = {90: "cclock", 180: "clock", 270: "clock"}
    turn = frame.rotation % 360
    fit = f"'min(iw,{_LONGEST_SIDE})':'min(ih,{_LONGEST_SIDE})'"
    return [
        *([("transpose", turns[turn])] * (2 if turn == 180 else 1) if turn in turns else []),
        ("scale", f"{fit}:force_original_aspect_ratio=decrease:force_divisible_by=2"),
        ("fps", str(_FRAME_RATE)),
        ("format", "yuv420p"),
    ]


def _pulled(graph: Graph) -> Iterator[VideoFrame]:
    import av

    while True:
        try:
            yield graph.vpull()
        except (av.BlockingIOError, av.EOFError):
            return


def _video_of(film: InputContainer) -> VideoStream:
    if not film.streams.video:
        raise MediaRejected(MediaReason.UNSUPPORTED_TYPE, "There is no film in the file.")
    stream = film.streams.video[0]
    if stream.width * stream.height > _MAX_PIXELS:
        raise MediaRejected(MediaReason.TOO_MANY_PIXELS)
    return stream


def _image(frame: VideoFrame) -> Image.Image:
    image: Image.Image = frame.to_image()  # type: ignore[no-untyped-call]
    return image


def _peak(frame: AudioFrame) -> int:
    values = array("h", bytes(frame.planes[0])[: frame.samples * 2])
    return max((abs(value) for value in values[::_STRIDE]), default=0)


def _waveform(peaks: list[int]) -> bytes:
    """Return the peaks of 64 equal parts, the loudest as 100."""
    loudest = max(peaks, default=0) or 1
    return bytes(_part(peaks, number) * _LOUDEST // loudest for number in range(WAVEFORM_BYTES))


def _part(peaks: list[int], number: int) -> int:
    first = len(peaks) * number // WAVEFORM_BYTES
    end = len(peaks) * (number + 1) // WAVEFORM_BYTES
    return max(peaks[first : max(end, first + 1)], default=0)

"""Files to prepare: made here, so that each is what its name says."""

from __future__ import annotations

import io
import math
import struct
import wave
import zipfile
import zlib
from array import array
from pathlib import Path

import av
from PIL import Image, TiffImagePlugin
from pypdf import PdfWriter

GPS = 0x8825
ORIENTATION = 0x0112
TURNED_RIGHT = 6


def picture(path: Path, size: tuple[int, int] = (80, 40), *, mode: str = "RGB", file_format: str = "JPEG") -> Path:
    """Write a picture whose left half is red and whose right half is blue."""
    image = Image.new(mode, size, "blue")
    image.paste(Image.new(mode, (size[0] // 2, size[1]), "red"))
    image.save(path, file_format)
    return path


def photo(path: Path) -> Path:
    """Write a photo that a phone took upright, with the place where it was taken."""
    exif = Image.Exif()
    exif[ORIENTATION] = TURNED_RIGHT
    exif.get_ifd(GPS).update({1: "N", 2: (TiffImagePlugin.IFDRational(52), 31.0, 12.0)})
    image = Image.open(picture(path))
    image.save(path, "JPEG", exif=exif, comment=b"taken by nobody")
    return path


def oddly_noted(path: Path) -> Path:
    """Write a photo that was taken upright, by a camera that notes the width as a letter."""
    entries = struct.pack("<HHI4s", 0x0100, 2, 1, b"x"), struct.pack("<HHII", ORIENTATION, 3, 1, TURNED_RIGHT)
    exif = b"Exif\0\0II*\0\x08\0\0\0" + struct.pack("<H", len(entries)) + b"".join(entries) + bytes(4)
    Image.open(picture(path)).save(path, "JPEG", exif=exif)
    return path


def bomb(path: Path, size: tuple[int, int]) -> Path:
    """Write a PNG that says it has so many pixels, in a few kilobytes."""
    header = struct.pack(">IIBBBBB", *size, 1, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(1_000_000), 9)), (b"IEND", b""))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*chunk) for chunk in chunks))
    return path


def text_bomb(path: Path) -> Path:
    """Write a PNG with a text inside that unfolds from 200 KB into 200 MB."""
    whole = picture(path, file_format="PNG").read_bytes()
    text = _chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(200_000_000), 1))
    path.write_bytes(whole[:33] + text + whole[33:])
    return path


def zip_bomb(path: Path) -> Path:
    """Write a ZIP whose one file unfolds a thousandfold."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", bytes(50_000_000))
    return path


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def noise(path: Path, size: tuple[int, int]) -> Path:
    """Write a picture that no compression makes small."""
    Image.effect_noise(size, 100).convert("RGB").save(path, "PNG")
    return path


def animation(path: Path, size: tuple[int, int], file_format: str) -> Path:
    frames = [Image.new("RGB", size, color) for color in ("red", "blue", "green")]
    frames[0].save(path, file_format, save_all=True, append_images=frames[1:], duration=100)
    return path


def tone(path: Path, seconds: float = 2.0, *, channels: int = 1, rate: int = 16_000) -> Path:
    """Write a WAV that grows louder."""
    count = round(seconds * rate)
    values = array("h", (round(30_000 * at / count * math.sin(at / 5)) for at in range(count) for _ in range(channels)))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(values.tobytes())
    return path


def opus(path: Path, seconds: float = 2.0, layout: str = "mono") -> Path:
    return _encoded(path, tone(path.with_suffix(".wav"), seconds), "libopus", layout, "ogg")


def encoded(path: Path, codec: str, container: str) -> Path:
    return _encoded(path, tone(path.with_suffix(".wav")), codec, "mono", container)


def _encoded(path: Path, source: Path, codec: str, layout: str, container: str) -> Path:
    with av.open(source) as sound, av.open(path, "w", format=container) as written:
        stream = written.add_stream(codec, rate=48_000, layout=layout)
        assert isinstance(stream, av.AudioStream)
        resampler = av.AudioResampler(format=stream.format, layout=layout, rate=48_000, frame_size=stream.frame_size)
        for frame in (*sound.decode(audio=0), None):
            for part in resampler.resample(frame):
                written.mux(stream.encode(part))
        written.mux(stream.encode(None))
    return path


def film(path: Path, *, codec: str = "libx264", container: str = "mp4", size: tuple[int, int] = (64, 48)) -> Path:
    """Write a film of one second."""
    with av.open(path, "w", format=container) as written:
        stream = written.add_stream(codec, rate=10)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        for number in range(10):
            image = Image.new("RGB", size, (number * 20, 0, 0))
            written.mux(stream.encode(av.VideoFrame.from_image(image)))  # type: ignore[no-untyped-call]
        written.mux(stream.encode(None))
    return path


def pdf(path: Path, pages: int) -> Path:
    writer, written = PdfWriter(), io.BytesIO()
    for _ in range(pages):
        writer.add_blank_page(200, 200)
    writer.write(written)
    path.write_bytes(written.getvalue())
    return path

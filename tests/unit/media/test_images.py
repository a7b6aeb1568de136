from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from functions.media.preparing.preparation import prepare
from functions.media.preparing.rejection import MediaRejected
from functions.media.thumbnails import look_at
from gateway.domain.media import MediaReason
from gateway.pictures import MAX_BYTES
from tests.unit.media import files


def test_a_photo_is_upright_and_tells_nothing_of_where_it_was_taken(tmp_path: Path) -> None:
    source = files.photo(tmp_path / "photo")
    assert b"taken by nobody" in source.read_bytes()
    prepared = prepare("image", source, tmp_path / "target")
    assert (prepared.mimetype, prepared.width, prepared.height) == ("image/jpeg", 40, 80)
    with Image.open(prepared.path) as image:
        assert image.size == (40, 80)
        assert not image.getexif()
        assert "comment" not in image.info
        top = image.convert("RGB").getpixel((20, 10))
        assert isinstance(top, tuple)
        assert top[0] > 200


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP", "GIF"])
def test_pictures_become_jpeg(tmp_path: Path, file_format: str) -> None:
    prepared = prepare("image", files.picture(tmp_path / "given", file_format=file_format), tmp_path / "target")
    with Image.open(prepared.path) as image:
        assert (image.format, image.size) == ("JPEG", (80, 40))


def test_what_is_transparent_becomes_white(tmp_path: Path) -> None:
    Image.new("RGBA", (8, 8), (0, 0, 0, 0)).save(tmp_path / "given", "PNG")
    with Image.open(prepare("image", tmp_path / "given", tmp_path / "target").path) as image:
        assert image.getpixel((4, 4)) == (255, 255, 255)


@pytest.mark.parametrize("size", [(600, 400), (4, 4), (2000, 10)])
def test_a_thumbnail_is_a_small_jpeg(tmp_path: Path, size: tuple[int, int]) -> None:
    thumbnail = prepare("image", files.noise(tmp_path / "given", size), tmp_path / "target").thumbnail
    assert thumbnail is not None
    assert len(thumbnail) <= MAX_BYTES
    with Image.open(io.BytesIO(thumbnail)) as image:
        assert image.format == "JPEG"
        assert max(image.size) <= 200


def test_a_picture_is_never_larger_than_phones_show(tmp_path: Path) -> None:
    prepared = prepare("image", files.picture(tmp_path / "given", (5000, 1000)), tmp_path / "target")
    assert (prepared.width, prepared.height) == (4096, 819)


@pytest.mark.parametrize("kind", ["image", "sticker"])
@pytest.mark.parametrize("size", [(10_000, 10_000), (50_000, 50_000)])
def test_a_picture_of_too_many_pixels_is_not_decoded(tmp_path: Path, kind: str, size: tuple[int, int]) -> None:
    assert _reason(kind, files.bomb(tmp_path / "bomb", size)) is MediaReason.TOO_MANY_PIXELS


@pytest.mark.parametrize("kind", ["image", "sticker"])
def test_a_text_in_a_picture_is_not_unfolded(tmp_path: Path, kind: str) -> None:
    assert _reason(kind, files.text_bomb(tmp_path / "bomb")) is MediaReason.BROKEN_FILE


def _reason(kind: str, source: Path) -> MediaReason:
    with pytest.raises(MediaRejected) as rejected:
        prepare(kind, source, source.with_suffix(".target"))
    return rejected.value.reason


@pytest.mark.parametrize("kind", ["image", "sticker"])
@pytest.mark.parametrize(
    "content", [b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"<!doctype html><p>", b"MZ\x90\0", b"just words"]
)
def test_what_is_no_picture_is_refused_whatever_it_is_called(tmp_path: Path, kind: str, content: bytes) -> None:
    source = tmp_path / "photo.jpg"
    source.write_bytes(content)
    assert _reason(kind, source) is MediaReason.UNSUPPORTED_TYPE


@pytest.mark.parametrize("kind", ["image", "video", "audio", "voice", "document", "sticker"])
def test_an_empty_file_is_refused(tmp_path: Path, kind: str) -> None:
    (tmp_path / "given").touch()
    assert _reason(kind, tmp_path / "given") is MediaReason.EMPTY


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP"])
def test_half_a_picture_is_broken(tmp_path: Path, file_format: str) -> None:
    source = files.picture(tmp_path / "given", (400, 400), file_format=file_format)
    source.write_bytes(source.read_bytes()[: source.stat().st_size // 2])
    assert _reason("image", source) is MediaReason.BROKEN_FILE


def test_a_sticker_is_a_small_square(tmp_path: Path) -> None:
    prepared = prepare("sticker", files.noise(tmp_path / "given", (900, 300)), tmp_path / "target")
    assert prepared.path.stat().st_size <= 100_000
    with Image.open(prepared.path) as image:
        assert (image.format, image.size) == ("WEBP", (512, 512))
        corner = image.convert("RGBA").getpixel((2, 2))
        assert isinstance(corner, tuple)
        assert corner[3] == 0


def test_an_animated_sticker_is_left_as_it_is(tmp_path: Path) -> None:
    source = files.animation(tmp_path / "given", (512, 512), "WEBP")
    assert prepare("sticker", source, tmp_path / "target").path.read_bytes() == source.read_bytes()


def test_another_animation_is_no_sticker(tmp_path: Path) -> None:
    assert _reason("sticker", files.animation(tmp_path / "a", (512, 512), "GIF")) is MediaReason.UNSUPPORTED_TYPE
    assert _reason("sticker", files.animation(tmp_path / "b", (256, 256), "WEBP")) is MediaReason.UNSUPPORTED_TYPE


def test_what_a_camera_notes_wrongly_does_no_harm(tmp_path: Path) -> None:
    source = files.oddly_noted(tmp_path / "given")
    prepared = prepare("image", source, tmp_path / "target")
    assert (prepared.width, prepared.height) == (40, 80)
    assert prepare("sticker", source, tmp_path / "target").mimetype == "image/webp"
    with source.open("rb") as file:
        found = look_at(file)
    assert found is not None and found.thumbnail is not None
    assert Image.open(io.BytesIO(found.thumbnail)).size == (40, 80)

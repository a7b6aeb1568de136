"""Files in S3, as ministack offers it."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import httpx
import pytest

from gateway.aws.media_storage import PART_BYTES, FileMissing, MediaStorage, StorageUnavailable
from infra.local.buckets import s3_client
from infra.local.queues import bucket_name
from tests.stack import Queues


@pytest.fixture
def storage(queues: Queues, monkeypatch: pytest.MonkeyPatch) -> MediaStorage:
    for name, value in queues.environment.items():
        monkeypatch.setenv(name, value)
    return MediaStorage(bucket_name(queues.prefix))


@pytest.fixture
def anybody() -> Iterator[httpx.Client]:
    """Who has an address. On a busy machine it takes more than the five seconds that httpx waits."""
    with httpx.Client(timeout=30) as client:
        yield client


@pytest.mark.parametrize("size", [0, 1, PART_BYTES - 1, PART_BYTES, 2 * PART_BYTES + 7])
def test_what_is_written_piece_by_piece_is_read_as_it_was(storage: MediaStorage, size: int) -> None:
    data = secrets.token_bytes(size)
    with storage.writer("a/file") as writer:
        for start in range(0, size, 1_000_003):
            writer.write(data[start : start + 1_000_003])
        writer.complete()
    assert storage.size("a/file") == size
    assert b"".join(storage.read("a/file")) == data


@pytest.mark.parametrize("size", [10, PART_BYTES + 1])
def test_what_is_not_completed_is_not_there_and_no_part_is_left(
    queues: Queues, storage: MediaStorage, size: int
) -> None:
    with pytest.raises(RuntimeError), storage.writer("a/file") as writer:
        writer.write(b"x" * size)
        raise RuntimeError
    with pytest.raises(FileMissing):
        storage.size("a/file")
    with pytest.raises(FileMissing):
        next(storage.read("a/file"))
    left = s3_client(queues.endpoint).list_multipart_uploads(Bucket=bucket_name(queues.prefix))
    assert not left.get("Uploads")


def test_an_address_serves_a_file_under_a_harmless_name_and_type(storage: MediaStorage, anybody: httpx.Client) -> None:
    storage.put("a/file", b"<script>")
    answer = anybody.get(storage.url("a/file", 60, "text/html", "../../etc/pass\nwd.html"))
    assert answer.content == b"<script>", answer.text
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith('attachment; filename="passwd.html"')
    picture = anybody.get(storage.url("a/file", 60, "image/png"))
    assert (picture.headers["content-type"], picture.headers["content-disposition"]) == ("image/png", "inline")


def test_an_address_without_its_signature_serves_nothing(storage: MediaStorage, anybody: httpx.Client) -> None:
    storage.put("a/file", b"secret")
    url = httpx.URL(storage.url("a/file", 60, None))
    changed = {**dict(url.params), "X-Amz-Signature": "0" * 64}
    assert anybody.get(url.copy_with(params=changed)).status_code == 403


def test_a_form_takes_one_file_of_a_bounded_size(storage: MediaStorage, anybody: httpx.Client) -> None:
    form = storage.upload_form("uploads/1", 60, largest=5)
    assert anybody.post(form["url"], data=form["fields"], files={"file": b"12345"}).is_success
    assert storage.size("uploads/1") == 5
    assert anybody.post(form["url"], data=form["fields"], files={"file": b"123456"}).status_code == 400


def test_deleting_takes_what_is_there(storage: MediaStorage) -> None:
    storage.put("a", b"1")
    storage.delete(["a", "b"])
    with pytest.raises(FileMissing):
        storage.size("a")


def test_without_s3_it_says_so_and_no_error_holds_the_file(
    queues: Queues, storage: MediaStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(StorageUnavailable) as caught:
        storage.put("a", b"secret")
    assert "secret" not in repr(caught.value) and caught.value.__cause__ is None

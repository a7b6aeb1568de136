"""The files of messages in S3, as streams: what is written is there as a whole, or not at all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, Any

from gateway.domain.errors import GatewayError
from gateway.domain.served_files import disposition, served_type

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client
    from types_boto3_s3.type_defs import CompletedPartTypeDef

# S3 takes no smaller part but the last, and 10,000 of them.
PART_BYTES = 8 * 1024 * 1024
_CHUNK_BYTES = 256 * 1024
_MOST_DELETED = 1000
_OPTIONS: dict[str, Any] = {
    "connect_timeout": 2,
    "read_timeout": 15,
    "retries": {"mode": "standard", "total_max_attempts": 3},
    "signature_version": "s3v4",
    "max_pool_connections": 32,
}


class StorageUnavailable(GatewayError):
    """S3 cannot be reached, or refuses; the text names the error."""

    code = "storage_unavailable"


class FileMissing(GatewayError):
    """Nothing is stored under this key."""

    code = "file_missing"


class MediaStorage:
    """All methods raise StorageUnavailable; may be used by several threads."""

    def __init__(self, bucket: str) -> None:
        self._bucket = bucket
        self._client_lock = Lock()

    @contextmanager
    def writer(self, key: str) -> Iterator[FileWriter]:
        """Write a file piece by piece; it is stored by the writer's `complete`, and gone without."""
        writer = FileWriter(self._client, self._bucket, key)
        try:
            yield writer
        finally:
            with _translated_errors():
                writer.abort()

    def put(self, key: str, body: bytes) -> None:
        """Store a small file."""
        with _translated_errors():
            self._client.put_object(Bucket=self._bucket, Key=key, Body=body)

    def read(self, key: str) -> Iterator[bytes]:
        """Yield the pieces of a file. Raises FileMissing."""
        with _translated_errors():
            body = self._client.get_object(Bucket=self._bucket, Key=key)["Body"]
            yield from body.iter_chunks(_CHUNK_BYTES)

    def size(self, key: str) -> int:
        """Return the size of a file in bytes. Raises FileMissing."""
        with _translated_errors():
            return self._client.head_object(Bucket=self._bucket, Key=key)["ContentLength"]

    def url(self, key: str, seconds: int, mimetype: str | None, file_name: str | None = None) -> str:
        """Return an address from which anybody can read the file for so long, in a way that is safe in a browser."""
        with _translated_errors():
            return self._client.generate_presigned_url(
                "get_object",
                Params={
                    "Bucket": self._bucket,
                    "Key": key,
                    "ResponseContentType": served_type(mimetype),
                    "ResponseContentDisposition": disposition(mimetype, file_name),
                    "ResponseCacheControl": "private, no-store",
                },
                ExpiresIn=seconds,
            )

    def upload_form(self, key: str, seconds: int, largest: int) -> dict[str, Any]:
        """Return `url` and `fields` of a form by which anybody can store a file of at most `largest` bytes."""
        with _translated_errors():
            return self._client.generate_presigned_post(
                self._bucket, key, Conditions=[["content-length-range", 1, largest]], ExpiresIn=seconds
            )

    def delete(self, keys: Sequence[str]) -> None:
        """Delete files; those that are not there are no error."""
        for start in range(0, len(keys), _MOST_DELETED):
            objects = [{"Key": key} for key in keys[start : start + _MOST_DELETED]]
            with _translated_errors():
                answer = self._client.delete_objects(Bucket=self._bucket, Delete={"Objects": objects, "Quiet": True})  # type: ignore[typeddict-item]
            if answer.get("Errors"):
                raise StorageUnavailable(answer["Errors"][0].get("Code", "unknown"))

    @cached_property
    def _client(self) -> S3Client:
        import boto3  # 0.7 s of import, for those alone who handle a file
        from botocore.config import Config

        with self._client_lock:
            return boto3.client("s3", config=Config(**_OPTIONS))


class FileWriter:
    """Keeps at most one part in memory; a file that fits into one is stored by a single request."""

    def __init__(self, client: S3Client, bucket: str, key: str) -> None:
        self._client = client
        self._bucket = bucket
        self._key = key
        self._buffer = bytearray()
        self._upload_id: str | None = None
        self._parts: list[CompletedPartTypeDef] = []

    def write(self, data: bytes) -> None:
        """Add to the file. Raises StorageUnavailable."""
        self._buffer += data
        while len(self._buffer) >= PART_BYTES:
            part = bytes(self._buffer[:PART_BYTES])
            del self._buffer[:PART_BYTES]
            self._send(part)

    def complete(self) -> None:
        """Store the file. Raises StorageUnavailable."""
        rest = bytes(self._buffer)
        if self._upload_id is None:
            with _translated_errors():
                self._client.put_object(Bucket=self._bucket, Key=self._key, Body=rest)
            return
        if rest:
            self._send(rest)
        with _translated_errors():
            self._client.complete_multipart_upload(
                Bucket=self._bucket, Key=self._key, UploadId=self._upload_id, MultipartUpload={"Parts": self._parts}
            )
        self._upload_id = None

    def abort(self) -> None:
        """Forget what was written and not completed. Raises botocore's errors."""
        if self._upload_id is not None:
            self._client.abort_multipart_upload(Bucket=self._bucket, Key=self._key, UploadId=self._upload_id)

    def _send(self, part: bytes) -> None:
        number = len(self._parts) + 1
        with _translated_errors():
            if self._upload_id is None:
                self._upload_id = self._client.create_multipart_upload(Bucket=self._bucket, Key=self._key)["UploadId"]
            answer = self._client.upload_part(
                Bucket=self._bucket, Key=self._key, UploadId=self._upload_id, PartNumber=number, Body=part
            )
        self._parts.append({"ETag": answer["ETag"], "PartNumber": number})


@contextmanager
def _translated_errors() -> Iterator[None]:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "unknown")
        if code in ("404", "NoSuchKey"):
            raise FileMissing("nothing is stored here") from None
        # Not chained: botocore's errors may quote the request.
        raise StorageUnavailable(code) from None
    except BotoCoreError as error:
        raise StorageUnavailable(type(error).__name__) from None

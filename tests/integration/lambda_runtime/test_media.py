"""The media function's package with a converter, fed by SQS."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from functions.media.preparing.ogg import opus_channels
from gateway.aws.media_storage import MediaStorage
from infra.aws.package import TRANSCODING
from tests.integration.api.conftest import parts as parts
from tests.integration.api.server import Api, Parts
from tests.integration.lambda_runtime.conftest import Event, PackageOf
from tests.integration.lambda_runtime.runtime import Function, running
from tests.unit.media import files

# It takes a package to be built.
pytestmark = pytest.mark.slow

MakeEvent = Callable[..., Event]
# What Lambda takes of a package, unzipped.
MAX_MEGABYTES = 250


@pytest.fixture(scope="module")
def package(package_of: PackageOf) -> Path:
    return package_of("media", also=TRANSCODING)


@pytest.fixture(scope="module")
def media(package: Path, parts: Parts, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Function]:
    own = {"GATEWAY_DATABASE_URL": parts.urls.media, "GATEWAY_MEDIA_BUCKET": parts.bucket}
    log = tmp_path_factory.mktemp("media") / "function.log"
    with running(package, "media", {**parts.queues.environment, **own}, log) as function:
        yield function


@pytest.fixture(scope="module")
def api(parts: Parts) -> Iterator[Api]:
    with parts.api(queue_prefix=parts.queues.prefix, media_bucket=parts.bucket) as api:
        yield api


def test_with_a_converter_it_is_as_large_as_lambda_takes(package: Path) -> None:
    size = sum(path.stat().st_size for path in package.rglob("*") if path.is_file())
    assert size <= MAX_MEGABYTES * 1_000_000


def test_what_a_browser_recorded_becomes_a_voice_note(
    api: Api, parts: Parts, media: Function, sqs_event: MakeEvent, tmp_path: Path
) -> None:
    owner = api.linked_session()
    recorded = files.encoded(tmp_path / "recorded.webm", "libopus", "webm").read_bytes()
    given = api.request("POST", f"{owner.path}/media", files={"file": ("recorded.webm", recorded)}).json()
    body = {"to": "+15550002002", "type": "voice", "media": {"id": given["id"]}}
    sent = api.post(f"{owner.path}/messages", body, Prefer="respond-async").json()
    media_id = api.get(f"{owner.path}/messages/{sent['id']}").json()["media"]["id"]
    assert media.invoke(sqs_event(json.dumps({"mediaId": media_id}))) == {"batchItemFailures": []}
    voice = row_of(parts, media_id)
    assert (voice["state"], voice["mimetype"], voice["seconds"]) == ("available", "audio/ogg; codecs=opus", 2)
    assert len(voice["waveform"]) == 64 and max(voice["waveform"]) == 100
    (tmp_path / "voice").write_bytes(b"".join(MediaStorage(parts.bucket).read(voice["storage_key"])))
    assert opus_channels(tmp_path / "voice") == 1


def row_of(parts: Parts, media_id: str) -> dict[str, Any]:
    with psycopg.connect(parts.urls.admin, row_factory=dict_row) as admin:
        row = admin.execute("SELECT * FROM gateway.media_objects WHERE id = %s", [media_id]).fetchone()
    assert row is not None
    return row

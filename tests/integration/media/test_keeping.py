"""How long files are kept, and which of several copies a message has."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from gateway.aws.media_storage import FileMissing
from gateway.domain.media import storage_key, thumbnail_key
from tests.integration.api.server import Api, Owner, Parts, until
from tests.integration.media.files import download, file_of, message_of, receive
from tests.integration.media.hosts import MediaHost
from tests.integration.media.pictures import picture
from tests.integration.media.running import Running


def test_a_message_that_is_deleted_for_everyone_takes_its_file_along(
    api: Api, owner: Owner, host: MediaHost, function: Running
) -> None:
    id = receive(owner, host.upload(picture(20, 20, "JPEG"), "image"))
    path = message_of(api, owner, id)["mediaUrl"]
    media_id = file_of(api, owner, id)["id"]
    function.run(media_id)
    owner.change(message_type="delete", target_id="M1", target_own=True)
    assert message_of(api, owner, id)["mediaUrl"] is None
    assert api.get(path).status_code == 410
    function.sweep()
    assert function.stored(owner.session_id, media_id) is None
    assert api.get(path).status_code == 404


def test_a_file_is_published_in_the_order_of_locks_in_which_messages_are_deleted(
    api: Api, owner: Owner, host: MediaHost, function: Running, parts: Parts
) -> None:
    """Whoever has the session's row, and then wants the file's, meets nobody who has it the other way round."""
    id = receive(owner, host.upload(b"hello", "document"))
    media_id = file_of(api, owner, id)["id"]
    with psycopg.connect(parts.urls.admin) as admin, ThreadPoolExecutor(1) as pool:
        admin.execute("SELECT FROM gateway.whatsapp_sessions WHERE id = %s FOR UPDATE", [owner.session_id])
        running = pool.submit(function.run, media_id)
        until(lambda: _waits_for(parts, admin.info.backend_pid))
        admin.execute("SELECT FROM gateway.media_objects WHERE id = %s FOR UPDATE NOWAIT", [media_id])
        admin.rollback()
        running.result(timeout=20)
    assert file_of(api, owner, id)["status"] == "available"


def _waits_for(parts: Parts, pid: int) -> bool:
    with psycopg.connect(parts.urls.admin, autocommit=True) as other:
        waiting = other.execute("SELECT FROM pg_stat_activity WHERE %s = ANY(pg_blocking_pids(pid))", [pid]).fetchone()
    return waiting is not None


def test_a_file_that_another_message_has_stays_when_one_is_deleted(
    api: Api, owner: Owner, host: MediaHost, function: Running
) -> None:
    media = host.upload(b"hello", "document")
    first, second = receive(owner, media, "M1"), receive(owner, media, "M2")
    for id in (first, second):
        function.run(file_of(api, owner, id)["id"])
    owner.change(message_type="delete", target_id="M1", target_own=True)
    function.sweep()
    assert download(api, message_of(api, owner, second)["mediaUrl"]).content == b"hello"


def test_files_are_kept_for_their_days_and_messages_longer(
    api: Api, owner: Owner, host: MediaHost, function: Running
) -> None:
    id = receive(owner, host.upload(b"hello", "document"))
    media_id = file_of(api, owner, id)["id"]
    function.run(media_id)
    function.sweep(media_days=0.0)
    assert function.stored(owner.session_id, media_id) is None
    file = file_of(api, owner, id)
    assert (file["status"], file["reason"]) == ("erased", "retention")
    assert api.get(message_of(api, owner, id)["mediaUrl"]).json()["reason"] == "retention"


def test_a_better_copy_takes_the_place_of_the_first_one(
    api: Api, owner: Owner, host: MediaHost, function: Running
) -> None:
    id = receive(owner, host.upload(b"small", "image"))
    first = file_of(api, owner, id)["id"]
    function.run(first)
    owner.change(
        message_type="image", target_id="M1", target_own=True, replaces=True, media=host.upload(b"HD", "image")
    )
    better = file_of(api, owner, id)
    assert better["id"] != first and better["status"] == "pending"
    function.run(better["id"])
    assert download(api, message_of(api, owner, id)["mediaUrl"]).content == b"HD"
    function.sweep()
    assert function.stored(owner.session_id, first) is None


def test_the_clip_of_a_motion_photo_is_a_file_of_its_own(
    api: Api, owner: Owner, host: MediaHost, function: Running
) -> None:
    id = receive(owner, host.upload(b"photo", "image"))
    clip = {"motionVideo": host.upload(b"clip", "video")}
    owner.change(message_type="motion_clip", target_id="M1", target_own=True, replaces=True, media=clip)
    motion = file_of(api, owner, id)["motion"]
    assert motion["status"] == "pending"
    function.run(motion["id"])
    assert download(api, file_of(api, owner, id)["motion"]["url"]).content == b"clip"
    assert file_of(api, owner, id)["status"] == "pending"


def test_files_go_with_their_session(api: Api, owner: Owner, host: MediaHost, function: Running) -> None:
    id = receive(owner, host.upload(picture(60, 60, "PNG"), "image"))
    media_id = file_of(api, owner, id)["id"]
    function.run(media_id)
    key = storage_key(owner.session_id, hashlib.sha256(picture(60, 60, "PNG")).digest())
    assert function.storage.size(thumbnail_key(key)) > 0
    assert api.request("DELETE", owner.path).status_code in (200, 202, 204)
    for _ in range(3):
        function.sweep(deleted_session_days=0.0)
    for each in (key, thumbnail_key(key)):
        with pytest.raises(FileMissing):
            function.storage.size(each)

"""xmlns w:sync:app:state: settings that an account's devices share."""

from __future__ import annotations

from infra.local.whatsapp.devices.app_state_patches import add_patch
from infra.local.whatsapp.iq.request import Request
from infra.local.whatsapp.messages.media_store import MediaStore
from infra.local.whatsapp.phones.files import encrypt
from infra.local.whatsapp.wire import proto
from infra.local.whatsapp.wire.node import Attributes, Node


def sync(request: Request) -> list[Node]:
    """Return what the client lacks, or store the patch that it sends unless its version is out of date."""
    return [Node("sync", {}, [_collection(request, wanted) for wanted in request.stanza.child("sync").children()])]


def _collection(request: Request, wanted: Node) -> Node:
    if wanted.find("patch") is None:
        return _missing(request, wanted)
    store, number, name = request.network.app_state, request.device.number, wanted.text("name")
    if _known(wanted) != store.version(number, name):
        refused: Attributes = {"name": name, "type": "error", "version": store.version(number, name)}
        return Node("collection", refused, [Node("error", {"code": 409, "text": "conflict"})])
    version = add_patch(request.network, request.account, name, wanted.data("patch"), by=request.device.address)
    return Node("collection", {"name": name, "version": version}, [])


def _missing(request: Request, wanted: Node) -> Node:
    """Return the patches since the client's version, or, where it asks for that, a snapshot in place of several."""
    store, number, name = request.network.app_state, request.device.number, wanted.text("name")
    version = store.version(number, name)
    attrs: Attributes = {"name": name, "version": version, "has_more_patches": "false"}
    if wanted.text("return_snapshot") == "true" and version > 1:
        file = _uploaded(request.network.media, store.snapshot(number, name))
        return Node("collection", attrs, [Node("snapshot", {}, file)])
    patches = [Node("patch", {}, patch) for patch in store.after(number, name, _known(wanted))]
    return Node("collection", attrs, [Node("patches", {}, patches)])


def _known(wanted: Node) -> int:
    """Return the version that the client has."""
    return int(wanted.text("version") or 0)


def _uploaded(store: MediaStore, snapshot: bytes) -> bytes:
    """Put a snapshot on the media hosts, and return where and with which key clients get it."""
    file = encrypt(snapshot, "app state")
    reference = proto.ExternalBlobReference(mediaKey=file.key, directPath=store.put("md-app-state", file.blob))
    reference.fileSizeBytes, reference.fileSha256, reference.fileEncSha256 = file.size, file.plain_hash, file.blob_hash
    encoded: bytes = reference.SerializeToString()
    return encoded

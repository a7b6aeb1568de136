"""xmlns w:sync:app:state: settings that an account's devices share."""

from __future__ import annotations

from infra.local.whatsapp.iq.request import Request
from infra.local.whatsapp.messages.delivery import now, stanza_id
from infra.local.whatsapp.wire.node import Attributes, Node


def sync(request: Request) -> list[Node]:
    """Return the patches that the client lacks, or store the one it sends unless its version is out of date."""
    return [Node("sync", {}, [_collection(request, wanted) for wanted in request.stanza.child("sync").children()])]


def _collection(request: Request, wanted: Node) -> Node:
    store, number, name = request.network.app_state, request.device.number, wanted.text("name")
    known = int(wanted.text("version") or 0)
    if wanted.find("patch") is None:
        patches = [Node("patch", {}, patch) for patch in store.after(number, name, known)]
        attrs: Attributes = {"name": name, "version": store.version(number, name), "has_more_patches": "false"}
        return Node("collection", attrs, [Node("patches", {}, patches)])
    if known != store.version(number, name):
        refused: Attributes = {"name": name, "type": "error", "version": store.version(number, name)}
        return Node("collection", refused, [Node("error", {"code": 409, "text": "conflict"})])
    version = store.append(number, name, wanted.data("patch"))
    _notify_others(request, name, version)
    return Node("collection", {"name": name, "version": version}, [])


def _notify_others(request: Request, name: str, version: int) -> None:
    for device in request.network.directory.companions(request.device.number):
        if device.address != request.device.address:
            attrs: Attributes = {"from": request.account.pn, "id": stanza_id(), "type": "server_sync", "t": now()}
            changed = Node("collection", {"name": name, "version": version})
            request.network.delivery.push(device.address, Node("notification", attrs, [changed]))

"""Real neonize clients in a process of their own: JSON lines, commands on stdin, events on EVENTS_FD."""

from __future__ import annotations

import base64
import hashlib
import json
import logging
import os
import sys
import threading
from pathlib import Path
from typing import Any

logging.basicConfig(level=os.environ.get("NEONIZE_LOG", "ERROR"))

import neonize.events as ev  # noqa: E402
from neonize.client import NewClient  # noqa: E402
from neonize.proto.waE2E.WAWebProtobufsE2E_pb2 import Message  # noqa: E402
from neonize.utils import log as neonize_log  # noqa: E402
from neonize.utils.enum import ChatPresence, ChatPresenceMedia, MediaType, Presence, ReceiptType  # noqa: E402
from neonize.utils.jid import Jid2String  # noqa: E402

from tests.integration.local_whatsapp.neonize_groups import (  # noqa: E402
    GROUP_COMMANDS,
    GROUP_EVENTS,
    address,
)
from tests.integration.local_whatsapp.neonize_people import PEOPLE_COMMANDS, PEOPLE_EVENTS, history_props  # noqa: E402

neonize_log.setLevel(os.environ.get("NEONIZE_LOG", "ERROR"))

_out = os.fdopen(int(os.environ["EVENTS_FD"]), "w", buffering=1)
_lock = threading.Lock()
_clients: dict[str, NewClient] = {}

_FIELDS: dict[type, Any] = {
    ev.ConnectedEv: lambda m: {},
    ev.DisconnectedEv: lambda m: {},
    ev.PairStatusEv: lambda m: {"status": m.Status, "error": m.Error, "jid": Jid2String(m.ID)},
    ev.LoggedOutEv: lambda m: {"reason": m.Reason, "onConnect": m.OnConnect},
    ev.StreamReplacedEv: lambda m: {},
    ev.StreamErrorEv: lambda m: {"code": m.Code},
    ev.TemporaryBanEv: lambda m: {"code": m.Code, "expire": m.Expire},
    ev.ClientOutdatedEv: lambda m: {},
    ev.ConnectFailureEv: lambda m: {"reason": m.Reason},
    ev.KeepAliveTimeoutEv: lambda m: {"count": m.ErrorCount},
    ev.OfflineSyncCompletedEv: lambda m: {"count": m.Count},
    ev.ReceiptEv: lambda m: {"ids": list(m.MessageIDs), "type": int(m.Type), **_source(m.MessageSource)},
    ev.UndecryptableMessageEv: lambda m: {"id": m.Info.ID},
    ev.ChatPresenceEv: lambda m: {"state": int(m.State), "media": int(m.Media), **_source(m.MessageSource)},
    **GROUP_EVENTS,
    **PEOPLE_EVENTS,
}


def _source(source: Any) -> dict[str, Any]:
    return {
        "chat": Jid2String(source.Chat),
        "sender": Jid2String(source.Sender),
        "alternative": Jid2String(source.SenderAlt),
        "fromMe": source.IsFromMe,
    }


def emit(event: str, client: str, **fields: Any) -> None:
    with _lock:
        _out.write(json.dumps({"event": event, "client": client, **fields}) + "\n")


def message_fields(m: Any) -> dict[str, Any]:
    body = m.Message
    fields: dict[str, Any] = {
        "id": m.Info.ID,
        **_source(m.Info.MessageSource),
        "edited": m.IsEdit,
        "pushName": m.Info.Pushname,
        "text": body.conversation or body.extendedTextMessage.text,
        "mentions": list(body.extendedTextMessage.contextInfo.mentionedJID),
        "secret": len(body.messageContextInfo.messageSecret),
        "kinds": [field.name for field, _ in body.ListFields()],
        "proto": base64.b64encode(body.SerializeToString()).decode(),
    }
    if body.HasField("imageMessage"):
        fields["text"] = body.imageMessage.caption
    if body.HasField("locationMessage"):
        fields["text"] = body.locationMessage.name
    if body.HasField("reactionMessage"):
        fields["text"], fields["about"] = body.reactionMessage.text, body.reactionMessage.key.ID
    if body.HasField("protocolMessage"):
        fields["about"] = body.protocolMessage.key.ID
        fields["protocol"] = int(body.protocolMessage.type)
        fields["text"] = body.protocolMessage.editedMessage.conversation
    return fields


def make(name: str, path: str, full_days: int) -> NewClient:
    client = NewClient(path, uuid=name, props=history_props(full_days))
    client._stop_finalizer.detach()
    client.event.qr(lambda _, data: emit("qr", name, qr=data.decode()))
    for kind, fields in _FIELDS.items():
        client.event(kind)(
            lambda _, m, kind=kind, fields=fields: emit(kind.DESCRIPTOR.name.removesuffix("Ev"), name, **fields(m))
        )
    client.event(ev.MessageEv)(lambda _, m: emit("Message", name, **message_fields(m)))
    return client


def connect(name: str, path: str, full_days: int) -> None:
    client = _clients.get(name)
    if client is None:
        client = _clients[name] = make(name, path, full_days)
    client.connect()
    emit("connect_returned", name)


def _send(client: NewClient, to: str, text: str) -> dict[str, Any]:
    return {"id": client.send_message(address(to), text).ID}


def _burst(client: NewClient, to: str, count: int) -> dict[str, Any]:
    return {"ids": [client.send_message(address(to), f"burst {n}").ID for n in range(count)]}


def _read(client: NewClient, id: str, chat: str, sender: str = "") -> dict[str, Any]:
    client.mark_read(id, chat=address(chat), sender=address(sender or chat), receipt=ReceiptType.READ)
    return {}


def _look_up(client: NewClient, numbers: list[str]) -> dict[str, Any]:
    entries = client.is_on_whatsapp(*numbers)
    return {
        "found": {entry.Query: entry.IsIn for entry in entries},
        "named": {entry.Query: Jid2String(entry.JID) for entry in entries},
    }


def _image(client: NewClient, to: str, caption: str) -> dict[str, Any]:
    pixel = bytes.fromhex(
        "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763f8cfc000000301"
        "0100c9fe92ef0000000049454e44ae426082"
    )
    return {"id": client.send_image(address(to), pixel, caption=caption).ID}


def _send_message(client: NewClient, to: str, proto: str) -> dict[str, Any]:
    return {"id": client.send_message(address(to), Message.FromString(base64.b64decode(proto))).ID}


def _upload(client: NewClient, file: str, kind: str) -> dict[str, Any]:
    """Upload a file and return what a message says of it, by the names of its protobuf."""
    put = client.upload(Path(file).read_bytes(), MediaType[f"Media{kind.title()}"])
    named = {"url": put.url, "directPath": put.DirectPath, "fileLength": put.FileLength}
    hashes = {"mediaKey": put.MediaKey, "fileEncSha256": put.FileEncSHA256, "fileSha256": put.FileSHA256}
    return {"put": named | {name: base64.b64encode(value).decode() for name, value in hashes.items()}}


def _download(client: NewClient, proto: str) -> dict[str, Any]:
    data = client.download_any(Message.FromString(base64.b64decode(proto)))
    return {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def _typing(client: NewClient, to: str, state: str = "composing") -> dict[str, Any]:
    paused, recording = state == "paused", state == "recording"
    client.send_chat_presence(
        address(to),
        ChatPresence.CHAT_PRESENCE_PAUSED if paused else ChatPresence.CHAT_PRESENCE_COMPOSING,
        ChatPresenceMedia.CHAT_PRESENCE_MEDIA_AUDIO if recording else ChatPresenceMedia.CHAT_PRESENCE_MEDIA_TEXT,
    )
    return {}


def _act(client: NewClient, action: str) -> dict[str, Any]:
    result = getattr(client, action)()
    return {"result": result if isinstance(result, (str, bool, int, type(None))) else repr(type(result))}


_COMMANDS: dict[str, Any] = {
    "send": _send,
    "burst": _burst,
    "read": _read,
    "look_up": _look_up,
    **GROUP_COMMANDS,
    **PEOPLE_COMMANDS,
    "image": _image,
    "send_message": _send_message,
    "upload": _upload,
    "download": _download,
    "act": _act,
    "pair_code": lambda client, number: {"code": client.PairPhone(number, True)},
    "force_receipts": lambda client: client.set_force_activate_delivery_receipts(True) or {},
    "set_name": lambda client, text: client.set_profile_name(text) and {},
    "typing": _typing,
    "available": lambda client: client.send_presence(Presence.AVAILABLE) and {},
}


def run(command: dict[str, Any]) -> None:
    number, name, verb = command.pop("call"), command.pop("client"), command.pop("verb")
    try:
        if verb == "connect":
            connect(name, **command)
            return
        emit("result", name, call=number, **(_COMMANDS[verb](_clients[name], **command) or {}))
    except Exception as error:  # noqa: BLE001 - reported to the test
        emit("failure", name, call=number, verb=verb, error=repr(error))


for line in sys.stdin:
    threading.Thread(target=run, args=(json.loads(line),), daemon=True).start()
os._exit(0)

"""The history that a phone gives a client which it has linked: its chats in chunks, the newest messages first."""

from __future__ import annotations

import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from infra.local.whatsapp.accounts import Account, Device
from infra.local.whatsapp.messages.media_store import MediaStore
from infra.local.whatsapp.network import Network
from infra.local.whatsapp.phones.contents import Message
from infra.local.whatsapp.phones.files import encrypt
from infra.local.whatsapp.phones.history_chats import HistoryChats
from infra.local.whatsapp.phones.message_history import MessageHistory, StoredMessage
from infra.local.whatsapp.wire import proto

_NEWEST_OF_A_CHAT = 20
_MESSAGES_A_CHUNK = 2000
# The field of the type, which clients require; the generated classes leave out an enum that is 0.
_FIRST_TYPE = b"\x08\x00"
_DAY = 24 * 3600
_RECENT_DAYS = 90
_FULL_DAYS = 3 * 365


class Depth(NamedTuple):
    """What a client asked for when it was linked; `since` and `full_since` are Unix time.

    full_since: from when it wants all, later than `since` where it wants no more than what is recent.
    inline: whether the first chunk comes within its message.
    """

    since: int
    full_since: int
    inline: bool

    @classmethod
    def of(cls, device: Device) -> Depth:
        props, now = proto.DeviceProps.FromString(device.props), int(time.time())
        wanted = props.historySyncConfig
        since = now - (wanted.recentSyncDaysLimit or _RECENT_DAYS) * _DAY
        full = now - (wanted.fullSyncDaysLimit or _FULL_DAYS) * _DAY if props.requireFullSync else now
        return cls(since, full, wanted.inlineInitialPayloadInE2EeMsg)


@dataclass(frozen=True, slots=True)
class _Chunk:
    kind: str
    messages: list[StoredMessage]


def history_messages(network: Network, history: MessageHistory, account: Account, device: Device) -> Iterator[Message]:
    """Yield the messages to a new client that give it the phone's history, in the order they are sent."""
    depth, chats = Depth.of(device), HistoryChats(network, account, history.after(account.number, 0))
    chunks = list(_chunks(chats, depth))
    total, sent = max(sum(len(chunk.messages) for chunk in chunks), 1), 0
    for order, chunk in enumerate(chunks, start=1):
        sent += len(chunk.messages)
        sync = proto.HistorySync(syncType=chunk.kind, chunkOrder=order, progress=min(100 * sent // total, 100))
        chats.fill(sync, chunk.messages)
        yield _notification(network.media, sync, chunk, inline=depth.inline and chunk.kind == "INITIAL_BOOTSTRAP")


def _chunks(chats: HistoryChats, depth: Depth) -> Iterator[_Chunk]:
    """Yield first what lets a client show its chats, then the names, then what is older, as far as it is wanted."""
    first = [message for messages in chats.by_peer.values() for message in messages[-_NEWEST_OF_A_CHAT:]]
    yield _Chunk("INITIAL_BOOTSTRAP", first)
    if not first:
        return
    yield _Chunk("PUSH_NAME", [])
    rest = [message for messages in chats.by_peer.values() for message in messages[:-_NEWEST_OF_A_CHAT]]
    rest.sort(key=lambda message: message.timestamp, reverse=True)
    recent = [message for message in rest if message.timestamp >= depth.since]
    older = [message for message in rest if depth.full_since <= message.timestamp < depth.since]
    for kind, messages in (("RECENT", recent), ("FULL", older)):
        for at in range(0, len(messages), _MESSAGES_A_CHUNK):
            yield _Chunk(kind, messages[at : at + _MESSAGES_A_CHUNK])


def _notification(store: MediaStore, sync: Any, chunk: _Chunk, *, inline: bool) -> Message:  # noqa: ANN401 - a proto
    """Return the message that brings a chunk, or says where its file is."""
    message = proto.Message()
    message.protocolMessage.type = proto.Message.ProtocolMessage.HISTORY_SYNC_NOTIFICATION
    told = message.protocolMessage.historySyncNotification
    told.syncType, told.chunkOrder, told.progress = sync.syncType, sync.chunkOrder, sync.progress
    if chunk.messages:
        told.oldestMsgInChunkTimestampSec = min(one.timestamp for one in chunk.messages)
    packed = zlib.compress((b"" if sync.syncType else _FIRST_TYPE) + sync.SerializeToString())
    if inline:
        told.initialHistBootstrapInlinePayload = packed
        return message
    file = encrypt(packed, "history")
    told.directPath = store.put("md-msg-hist", file.blob)
    told.mediaKey, told.fileSha256, told.fileEncSha256 = file.key, file.plain_hash, file.blob_hash
    told.fileLength = file.size
    return message

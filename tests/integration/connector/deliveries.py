"""A receiver without a client: what WhatsApp would deliver is put into its inbox, and processed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from connector.credentials import Credentials
from connector.sessions.doorbells import Doorbells
from connector.sessions.event_ringer import EventRinger
from connector.sessions.limiter import FairLimiter
from connector.sessions.owned_session import OwnedSession
from connector.sessions.receiver import Receiver
from connector.sessions.resources import Resources
from connector.sessions.uploads import Uploads
from connector.spool.spool import Spool
from connector.term import Term
from connector.whatsapp.jids import without_device
from connector.whatsapp.library import e2e_pb2, neonize_pb2
from connector.whatsapp.spare_child import SpareChild
from gateway.aws.media_storage import MediaStorage
from gateway.aws.notifier import WebhookNotifier
from gateway.aws.queues import MediaQueue, TurnQueue, WebhookQueue
from gateway.event_bell import EventBell
from gateway.settings import ConnectorSettings
from gateway.store import chat_messages, chats, messages, spools
from gateway.store.chats import Chat
from gateway.store.messages import Message
from gateway.store.spools import SpooledEvent
from infra.local.database import DatabaseUrls
from tests.integration.connector_whatsapp.test_devices import add_device
from tests.integration.store.conftest import Owned, Store
from tests.unit.connector_whatsapp.build import info, message_event, source

# A while ago: a time long past is not taken for right.
START_MS = (int(time.time()) - 3600) * 1000


@dataclass(frozen=True, slots=True)
class Sender:
    """`chat` is a group's JID, or None for the private chat with the sender (of whom the account is `own`)."""

    lid: str | None
    number: str | None
    own: bool = False
    chat: str | None = None
    # With whom the account writes, where it is the sender.
    peer: Sender | None = None

    @property
    def source(self) -> neonize_pb2.MessageSource:
        """How whatsmeow names it: by one address, the other is the alternative."""
        first = self.lid or self.number or ""
        other = self.number if self.lid else None
        if self.chat:
            return source(self.chat, first, sender_alt=other, from_me=self.own, group=True)
        if self.peer:
            chat = self.peer.lid or self.peer.number or ""
            alternative = self.peer.number if self.peer.lid else None
            return source(chat, first, recipient_alt=alternative, from_me=True)
        return source(first, first, sender_alt=other)


class Inbox:
    """The device of one session, as the receiver sees it."""

    def __init__(self, store: Store, owned: Owned, whatsmeow_url: str) -> None:
        self.device_jid = f"{owned.session_id}:1@s.whatsapp.net"
        self._store, self._owned = store, owned
        self._credentials = Credentials(whatsmeow_url)
        self._credentials.migrate()
        with self._credentials.connection() as connection:
            add_device(connection, self.device_jid)
        settings = ConnectorSettings.model_construct(look_interval_seconds=1.0)
        resources = Resources(
            owned.worker,
            settings,
            store.connector,
            self._credentials,
            FairLimiter(1, 1),
            SpareChild(0),
            Doorbells("replies", TurnQueue("").send),
            Doorbells("media", MediaQueue("").send),
            Spool(Path("nowhere"), owned.worker, store.connector, 0),
            EventRinger(EventBell(store.connector, WebhookNotifier(WebhookQueue()))),
            MediaStorage(""),
            Uploads(1, 1, lambda: None),
        )
        term = Term(owned.shard, owned.epoch, time.monotonic() + 3600)
        self._receiver = Receiver(resources, OwnedSession(resources, term, owned.session_id))

    def message(self, sender: Sender, id: str, message: e2e_pb2.Message, at_ms: int = START_MS) -> None:
        """Deliver a message; whatsmeow stores its secret before."""
        if message.messageContextInfo.messageSecret:
            self._add_secret(sender, id, message.messageContextInfo.messageSecret)
        header = info(sender.source, id, milliseconds=at_ms)
        self._deliver("Message", message_event(header, message))

    def unreadable(
        self, sender: Sender, id: str, at_ms: int = START_MS, *, unavailable: bool = False, hidden: bool = False
    ) -> None:
        event = neonize_pb2.UndecryptableMessage(
            Info=info(sender.source, id, milliseconds=at_ms),
            IsUnavailable=unavailable,
            DecryptFailMode="DECRYPT_FAIL_HIDE" if hidden else "DECRYPT_FAIL_SHOW",
        )
        self._deliver("UndecryptableMessage", event.SerializeToString())

    def read_on_phone(self, sender: Sender, ids: list[str], at_ms: int = START_MS) -> None:
        """Deliver the receipt by which the account's own phone says that it has read messages of this sender."""
        of = sender.source
        of.IsFromMe = True
        receipt = neonize_pb2.Receipt(MessageSource=of, MessageIDs=ids, Timestamp=at_ms // 1000, Type="READ_SELF")
        self._deliver("Receipt", receipt.SerializeToString())

    def rows(self, chat: Chat | None = None) -> list[Message]:
        """Return them in the order in which they were stored."""
        with self._store.functions.transaction() as connection:
            chat_id = chat.id if chat else None
            found = messages.page(connection, self._owned.session_id, chat_id=chat_id, before=None, limit=500)
        return found[::-1]

    def conversation(self, chat: Chat) -> list[Message]:
        """Return the messages of a chat as people read them, from the first on."""
        with self._store.functions.transaction() as connection:
            found, _ = chat_messages.newest(connection, chat, limit=500)
        return found[::-1]

    def chats(self) -> list[Chat]:
        """Return those with messages that are shown, last active first."""
        with self._store.functions.transaction() as connection:
            return chats.page(connection, self._owned.session_id, search=None, before=None, limit=500)

    def close(self) -> None:
        self._credentials._pool.close()

    def _deliver(self, kind: str, payload: bytes) -> None:
        event = SpooledEvent(1, self._owned.session_id, self.device_jid, kind, payload)
        spools.carry(self._store.connector, uuid4().hex, [event])
        assert self._receiver._process_batch() == 1

    def _add_secret(self, sender: Sender, id: str, secret: bytes) -> None:
        chat = sender.chat or (sender.peer or sender).lid or (sender.peer or sender).number
        with self._credentials.connection() as connection:
            connection.execute(
                "INSERT INTO whatsmeow_message_secrets VALUES (%s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
                [self.device_jid, chat, without_device(sender.lid or sender.number or ""), id, secret],
            )


@pytest.fixture
def inbox(store: Store, linked: Owned, module_database: DatabaseUrls) -> Iterator[Inbox]:
    inbox = Inbox(store, linked, module_database.whatsmeow)
    yield inbox
    inbox.close()


def text(body: str, secret: bytes = b"") -> e2e_pb2.Message:
    return _with_secret(e2e_pb2.Message(conversation=body), secret)


def edit(id: str, body: str, at_ms: int, secret: bytes = b"") -> e2e_pb2.Message:
    change = {
        "key": {"ID": id, "fromMe": True},
        "type": "MESSAGE_EDIT",
        "editedMessage": {"conversation": body},
        "timestampMS": at_ms,
    }
    return _with_secret(e2e_pb2.Message(editedMessage={"message": {"protocolMessage": change}}), secret)


def deletion(id: str, author: str | None = None) -> e2e_pb2.Message:
    """Return the deletion of the sender's own message, or of that of this author by an admin."""
    key: dict[str, Any] = {"ID": id, "fromMe": author is None} | ({"participant": author} if author else {})
    return e2e_pb2.Message(protocolMessage={"key": key, "type": "REVOKE"})


def reaction(id: str, emoji: str) -> e2e_pb2.Message:
    return e2e_pb2.Message(reactionMessage={"key": {"ID": id, "fromMe": True}, "text": emoji})


def image(name: str, parent: str | None = None) -> e2e_pb2.Message:
    """Return a picture; with a parent, its copy in high definition."""
    message = e2e_pb2.Message(imageMessage=_file(name) | {"mimetype": "image/jpeg"})
    return _associated(message, "HD_IMAGE_DUAL_UPLOAD", parent) if parent else message


def motion_clip(name: str, parent: str) -> e2e_pb2.Message:
    """Return the clip of a motion photo."""
    message = e2e_pb2.Message(videoMessage=_file(name) | {"mimetype": "video/mp4"})
    return _associated(message, "MOTION_PHOTO", parent)


def poll(question: str, *options: str, secret: bytes = b"") -> e2e_pb2.Message:
    creation = {"name": question, "options": [{"optionName": option} for option in options]}
    return _with_secret(e2e_pb2.Message(pollCreationMessageV3=creation), secret)


def event(name: str, place: str, secret: bytes = b"") -> e2e_pb2.Message:
    return _with_secret(e2e_pb2.Message(eventMessage={"name": name, "location": {"name": place}}), secret)


def _file(name: str) -> dict[str, Any]:
    return {"directPath": f"/v/{name}", "mediaKey": b"k" * 32}


def _associated(message: e2e_pb2.Message, kind: str, parent: str) -> e2e_pb2.Message:
    association = message.messageContextInfo.messageAssociation
    association.associationType = e2e_pb2.MessageAssociation.AssociationType.Value(kind)
    association.parentMessageKey.ID, association.parentMessageKey.fromMe = parent, True
    return message


def _with_secret(message: e2e_pb2.Message, secret: bytes) -> e2e_pb2.Message:
    if secret:
        message.messageContextInfo.messageSecret = secret
    return message

"""A phone's chats and messages, as the history for a new client describes them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from infra.local.whatsapp.accounts import Account
from infra.local.whatsapp.messages.group_chats import GroupChat
from infra.local.whatsapp.network import Network
from infra.local.whatsapp.phones.message_history import StoredMessage
from infra.local.whatsapp.wire import proto
from infra.local.whatsapp.wire.jid import GROUP, Jid

# What is part of the message that it is about, or is seen by nobody.
_NO_MESSAGES = ("reaction", "vote", "edit", "delete")
_STATUS = {"sent": "SERVER_ACK", "delivered": "DELIVERY_ACK", "read": "READ"}
_RANKS = {"superadmin": 2, "admin": 1}


class HistoryChats:
    """The messages of each chat, oldest first, with the reactions to them; posts, lists and channels are left out."""

    def __init__(self, network: Network, account: Account, messages: Iterable[StoredMessage]) -> None:
        self._network = network
        self._account = account
        self._profile = network.profiles.of(account.number)
        self.by_peer: dict[str, list[StoredMessage]] = {}
        self._reactions: defaultdict[str, dict[str, StoredMessage]] = defaultdict(dict)
        for message in sorted(messages, key=lambda message: message.timestamp):
            if message.kind == "reaction":
                self._reactions[message.details["messageId"]][message.author] = message
            elif message.kind not in _NO_MESSAGES and ("@" not in message.peer or message.peer.endswith(f"@{GROUP}")):
                self.by_peer.setdefault(message.peer, []).append(message)

    def fill(self, sync: Any, messages: list[StoredMessage]) -> None:  # noqa: ANN401 - a proto.HistorySync
        """Put messages with their chats into a chunk; one of names alone gets these, the first also the numbers."""
        if sync.syncType == proto.HistorySync.PUSH_NAME:
            self._add_names(sync)
            return
        if sync.syncType == proto.HistorySync.INITIAL_BOOTSTRAP:
            for account in self._people():
                sync.phoneNumberToLidMappings.add(pnJid=str(account.pn), lidJid=str(account.lid))
        chats: dict[str, Any] = {}
        for message in messages:
            if message.peer not in chats:
                chats[message.peer] = self._add_chat(sync, message.peer)
            self._describe(chats[message.peer].messages.add().message, message)

    def _people(self) -> list[Account]:
        numbers = dict.fromkeys(
            number
            for peer, messages in self.by_peer.items()
            for number in (peer, *(message.author for message in messages))
        )
        return [account for number in numbers if (account := self._network.directory.by_number(number))]

    def _add_names(self, sync: Any) -> None:  # noqa: ANN401
        for account in self._people():
            if account.number != self._account.number:
                sync.pushnames.add(id=str(account.lid), pushname=account.name)

    def _add_chat(self, sync: Any, peer: str) -> Any:  # noqa: ANN401 - a proto.Conversation
        messages, marks = self.by_peer[peer], self._profile.chats.get(peer, {})
        chat = sync.conversations.add()
        chat.conversationTimestamp = chat.lastMsgTimestamp = messages[-1].timestamp
        chat.unreadCount = sum(not message.from_me and message.status != "read" for message in messages)
        for field, mark in (("archived", "archived"), ("pinned", "pinned"), ("muteEndTime", "mutedUntil")):
            if mark in marks:
                setattr(chat, field, marks[mark])
        if timer := marks.get("timer", 0):
            chat.ephemeralExpiration = timer
        group = self._network.group_chats.find(Jid.parse(peer)) if "@" in peer else None
        account = self._network.directory.by_number(peer)
        if group:
            self._describe_group(chat, group)
        elif account:
            chat.id, chat.pnJid, chat.lidJid = str(account.lid), str(account.pn), str(account.lid)
            chat.name = self._profile.contacts.get(peer, "")
        else:
            chat.id, chat.readOnly = peer if "@" in peer else str(Jid(peer)), True
        return chat

    def _describe_group(self, chat: Any, group: GroupChat) -> None:  # noqa: ANN401
        chat.id, chat.name, chat.createdAt = str(group.jid), group.subject, group.created_at
        chat.readOnly = self._account.number not in group.members
        chat.isParentGroup, chat.isDefaultSubgroup = group.settings.is_parent, group.settings.default_sub_group
        if group.settings.parent:
            chat.parentGroupId = str(Jid(group.settings.parent, GROUP))
        if group.settings.timer:
            chat.ephemeralExpiration = group.settings.timer
        for number in group.members:
            if account := self._network.directory.by_number(number):
                rank = "superadmin" if number == group.owner else "admin" if group.is_admin(account) else ""
                chat.participant.add(userJid=str(account.lid), rank=_RANKS.get(rank, 0))

    def _describe(self, told: Any, message: StoredMessage) -> None:  # noqa: ANN401 - a proto.WebMessageInfo
        author = self._network.directory.by_number(message.author)
        self._name(told.key, message, author)
        told.messageTimestamp = message.timestamp
        if message.from_me:
            told.status = proto.WebMessageInfo.Status.Value(_STATUS.get(message.status, "SERVER_ACK"))
        elif author:
            told.pushName = author.name
        if "@" in message.peer and author:
            told.participant = str(author.lid)
        if message.details.get("deleted"):
            told.messageStubType = proto.WebMessageInfo.REVOKE
        else:
            told.message.ParseFromString(message.payload)
            if message.details.get("edited") and message.kind == "text":
                told.message.ClearField("extendedTextMessage")
                told.message.conversation = message.text
        for reaction in self._reactions[message.id].values():
            if reaction.text:
                added = told.reactions.add(text=reaction.text, senderTimestampMs=reaction.timestamp * 1000)
                self._name(added.key, reaction, self._network.directory.by_number(reaction.author))

    def _name(self, key: Any, message: StoredMessage, author: Account | None) -> None:  # noqa: ANN401
        peer = self._network.directory.by_number(message.peer)
        key.remoteJid = str(peer.lid) if peer else message.peer
        key.fromMe, key.id = message.from_me, message.id
        if "@" in message.peer and author:
            key.participant = str(author.lid)

"""Sends read receipts for what is unread in a chat."""

from __future__ import annotations

from collections import defaultdict

from connector.sessions import command_outcomes
from connector.sessions.client_calls import ClientCalls
from connector.sessions.steps import MarkRead
from gateway.domain.commands import CommandError, CommandStatus
from gateway.domain.phone import Address
from gateway.store import chats, commands, receipts, unread
from gateway.store.chats import Chat
from gateway.store.fence import Fence
from gateway.store.unread import UnreadMessage


def mark_read(calls: ClientCalls, step: MarkRead) -> None:
    """Send the receipts; after a failure all of them are sent again, which does no harm. Raises WhatsAppError."""
    with calls.resources.database.transaction() as connection:
        chat = chats.get(connection, calls.owned_session.session_id, step.chat_id)
        waiting = unread.of_chat(connection, chat.id)
    acknowledged = [message for message in waiting if receipts.can_be_acknowledged(chat, message)]
    if waiting and not acknowledged:
        calls.write(lambda fence: command_outcomes.fail(fence, step.command, CommandError.CHAT_CANNOT_BE_READ))
        return
    for (chat_jid, sender_jid), ids in _by_addresses(chat, acknowledged).items():
        _send_receipts(calls, ids, chat_jid, sender_jid, to_sender=step.receipts)
    ids = [message.message_id for message in waiting]
    calls.write(lambda fence: _write_read(fence, step, ids))


def _by_addresses(chat: Chat, acknowledged: list[UnreadMessage]) -> dict[tuple[str, str], list[str]]:
    """Return the WhatsApp ids by the JIDs of chat and sender, which in a private chat are the same.

    What came by a broadcast list is confirmed to the list.
    """
    ids: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for message in acknowledged:
        sender = Address(message.sender_lid, message.sender_phone)
        sender_jid = chat.remote_jid if chat.kind == "user" else sender.jid
        ids[message.list_jid or chat.remote_jid, sender_jid].append(message.message_id)
    return ids


def _send_receipts(calls: ClientCalls, ids: list[str], chat_jid: str, sender_jid: str, *, to_sender: bool) -> None:
    calls.call(lambda client: client.mark_read(ids, chat_jid, sender_jid, to_sender=to_sender))


def _write_read(fence: Fence, step: MarkRead, ids: list[str]) -> None:
    chat = chats.get(fence.connection, fence.session_id, step.chat_id)
    receipts.mark_read_by_us(fence, chat, ids, fence.session.as_of)
    commands.finish(fence, step.command.id, CommandStatus.DONE)

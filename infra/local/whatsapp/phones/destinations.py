"""Whom a phone can write to, by the control API's name for it."""

from __future__ import annotations

from collections.abc import Sequence

from infra.local.whatsapp.accounts import Account
from infra.local.whatsapp.control.models import BROADCAST_LIST, STATUS_POST
from infra.local.whatsapp.messages.group_chats import GroupChat, Newsletter, status_chat
from infra.local.whatsapp.messages.routing import Recipient
from infra.local.whatsapp.network import Network
from infra.local.whatsapp.wire.jid import NEWSLETTER, STATUS, Jid


class ComposeError(Exception):
    """The phone cannot write this; the text says why."""


class UnknownTarget(ComposeError):
    """There is no such message, chat or number."""


def destination(network: Network, account: Account, to: str, recipients: Sequence[str] | None) -> Recipient:
    """Return the account, group chat or newsletter that `to` names; raise ComposeError."""
    chosen = [find_account(network, number).number for number in recipients] if recipients else None
    if to == BROADCAST_LIST:
        if chosen is None:
            raise ComposeError("A broadcast list needs recipients.")
        return network.group_chats.broadcast_list(account.number, chosen)
    if to in (STATUS_POST, str(STATUS)):
        return status_chat(account.number, chosen or _all_numbers(network))
    if "@" not in to:
        return find_account(network, to)
    jid = Jid.parse(to)
    if jid.server == NEWSLETTER:
        return Newsletter(jid, tuple(chosen or _all_numbers(network)))
    return _group_chat(network, account, jid)


def _group_chat(network: Network, account: Account, jid: Jid) -> GroupChat:
    chat = network.group_chats.find(jid)
    if chat is None:
        raise UnknownTarget(f"There is no {jid}.")
    if account.number not in chat.members:
        raise ComposeError("Only members can write there.")
    return chat


def _all_numbers(network: Network) -> list[str]:
    return [account.number for account in network.directory.accounts()]


def find_account(network: Network, number: str) -> Account:
    """Return the account with this number; raise UnknownTarget."""
    account = network.directory.by_number(number)
    if account is None:
        raise UnknownTarget(f"Nobody has the number +{number}.")
    return account

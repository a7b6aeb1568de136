"""How a phone reads a message: with the names of those it mentions, its file downloaded and verified."""

from __future__ import annotations

import hashlib
from typing import Any

from infra.local.whatsapp.accounts import Account
from infra.local.whatsapp.network import Network
from infra.local.whatsapp.phones.contents import Message
from infra.local.whatsapp.phones.files import SpoiledFile
from infra.local.whatsapp.phones.media import media_part, open_file
from infra.local.whatsapp.phones.message_history import MessageHistory, StoredMessage
from infra.local.whatsapp.phones.sealing import open_vote, option_hash, secret_of
from infra.local.whatsapp.phones.summary import Summary, summarize
from infra.local.whatsapp.phones.wrappers import unwrapped
from infra.local.whatsapp.wire.jid import Jid


def read_message(network: Network, history: MessageHistory, account: Account, author: str, message: Message) -> Summary:
    """Return what the account's owner sees of a message by the number `author`, of their own ones, too."""
    summary = summarize(message)
    if summary.kind == "vote":
        return _vote(network, history.find(account.number, summary.details["messageId"]), author, message, summary)
    details = _named(network, summary.details) | _file(network, message)
    return Summary(summary.kind, summary.text, details)


def _vote(network: Network, poll: StoredMessage | None, author: str, message: Message, vote: Summary) -> Summary:
    """Return a vote with its options, where the poll is known; nothing of a forged one."""
    creator = network.directory.by_number(poll.author) if poll else None
    voter = network.directory.by_number(author)
    if poll is None or creator is None or voter is None:
        return vote
    hashes = open_vote(message, secret_of(poll.payload), (creator.lid, creator.pn), (voter.lid, voter.pn))
    if hashes is None:
        return Summary("")
    chosen = [option for option in poll.details.get("options", []) if option_hash(option) in hashes]
    return Summary("vote", ", ".join(chosen), {**vote.details, "options": chosen})


def _named(network: Network, details: dict[str, Any]) -> dict[str, Any]:
    """Return the details with numbers in place of addresses."""
    named = dict(details)
    if mentioned := details.get("mentions"):
        numbers = [_number(network, jid) for jid in mentioned]
        named["mentions"] = [f"+{number}" for number in numbers if number]
    if author := details.get("author"):
        named["author"] = _number(network, author)
    if quoted := details.get("quoted"):
        number = _number(network, quoted["from"])
        named["quoted"] = {**quoted, "from": f"+{number}" if number else ""}
    return named


def _number(network: Network, jid: str) -> str:
    account = network.directory.account(Jid.parse(jid)) if "@" in jid else None
    return account.number if account else ""


def _file(network: Network, message: Message) -> dict[str, Any]:
    """Return size and hash of the decrypted file, or what is wrong with it."""
    part = media_part(unwrapped(message)[0])
    if part is None:
        return {}
    try:
        data = open_file(network.media, part)
    except SpoiledFile as error:
        return {"mediaError": str(error)}
    return {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}

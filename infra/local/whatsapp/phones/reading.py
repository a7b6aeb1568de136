"""How a phone reads a message: with the names of those it mentions, its file downloaded and verified."""

from __future__ import annotations

import hashlib
from typing import Any

from infra.local.whatsapp.network import Network
from infra.local.whatsapp.phones.contents import Message
from infra.local.whatsapp.phones.files import SpoiledFile
from infra.local.whatsapp.phones.media import media_part, open_file
from infra.local.whatsapp.phones.summary import Summary, summarize
from infra.local.whatsapp.phones.wrappers import unwrapped
from infra.local.whatsapp.wire.jid import Jid


def read_message(network: Network, message: Message) -> Summary:
    """Return what people see of a message, of their own ones, too."""
    summary = summarize(message)
    details = _named(network, summary.details) | _file(network, message)
    return Summary(summary.kind, summary.text, details)


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

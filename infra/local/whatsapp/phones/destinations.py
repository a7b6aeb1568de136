"""Where a phone can write to, from how the control API names it."""

from __future__ import annotations

from collections.abc import Sequence

from infra.local.whatsapp.accounts import Account
from infra.local.whatsapp.circles import Circle, Newsletter, status_circle
from infra.local.whatsapp.control_models import BROADCAST_LIST, STATUS_POST
from infra.local.whatsapp.network import Network
from infra.local.whatsapp.phones.outbox import Recipient
from infra.local.whatsapp.wire.jid import NEWSLETTER, STATUS, Jid


class ComposeError(Exception):
    """The phone cannot write this; the text says why."""


class UnknownTarget(ComposeError):
    """The phone knows no such message or chat, or nobody by that number."""


def destination(network: Network, account: Account, to: str, recipients: Sequence[str] | None) -> Recipient:
    """Raises ComposeError."""
    chosen = [somebody(network, number).number for number in recipients] if recipients else None
    if to == BROADCAST_LIST:
        if chosen is None:
            raise ComposeError("A broadcast list needs recipients.")
        return network.circles.broadcast_list(account.number, chosen)
    if to in (STATUS_POST, str(STATUS)):
        return status_circle(account.number, chosen or _everybody(network))
    if "@" not in to:
        return somebody(network, to)
    jid = Jid.parse(to)
    if jid.server == NEWSLETTER:
        return Newsletter(jid, tuple(chosen or _everybody(network)))
    return _circle(network, account, jid)


def _circle(network: Network, account: Account, jid: Jid) -> Circle:
    circle = network.circles.find(jid)
    if circle is None:
        raise UnknownTarget(f"There is no {jid}.")
    if account.number not in circle.members:
        raise ComposeError("Only members can write there.")
    return circle


def _everybody(network: Network) -> list[str]:
    return [account.number for account in network.directory.accounts()]


def somebody(network: Network, number: str) -> Account:
    account = network.directory.by_number(number)
    if account is None:
        raise UnknownTarget(f"Nobody has the number +{number}.")
    return account

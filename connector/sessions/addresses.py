"""Completes the addresses of people, by nothing but what the session itself has learned.

whatsmeow's map of LIDs and numbers is shared by all devices of the database. A community hides the numbers of its
members: that one user's session knows whose LID it is must not tell another user.
"""

from __future__ import annotations

from connector.credentials import Credentials
from gateway.domain.errors import NotFound
from gateway.domain.phone import Address
from gateway.store import chats
from gateway.store.fence import Fence


def of_sender(fence: Fence, credentials: Credentials, address: Address) -> Address:
    """Return a sender's address with its other form, where the session's chats or its phone's address book have it."""
    if _is_complete(address):
        return address
    return _of_own_chat(fence, address) or _of_saved_contact(fence, credentials, address) or address


def of_chat(fence: Fence, credentials: Credentials, address: Address) -> Address:
    """Return the address of a chat as it was delivered, with the other form only where the chat itself lacks it.

    What the chat had before is no news: the message may follow one that says whose the number is now.
    """
    if _is_complete(address) or _of_own_chat(fence, address) is not None:
        return address
    return _of_saved_contact(fence, credentials, address) or address


def _is_complete(address: Address) -> bool:
    return bool(address.lid) == bool(address.phone_number)


def _of_own_chat(fence: Fence, address: Address) -> Address | None:
    try:
        chat = chats.find(fence.connection, fence.session_id, address)
    except NotFound:
        return None
    found = Address(address.lid or chat.lid, address.phone_number or chat.phone_number)
    return found if _is_complete(found) else None


def _of_saved_contact(fence: Fence, credentials: Credentials, address: Address) -> Address | None:
    device = fence.session.device_jid
    return credentials.saved_contact(device, address) if device else None

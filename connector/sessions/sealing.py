"""Decrypts what is sealed with the secret of another message, when it comes or once that message is there."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from connector.credentials import Credentials
from connector.sessions import addresses
from connector.sessions.inbound import moment
from connector.whatsapp.message_secrets import MessageSecret, decrypt
from connector.whatsapp.messages import Content
from connector.whatsapp.sealed import Sealed
from gateway.domain.content import PollVote
from gateway.domain.documents import to_document
from gateway.domain.phone import Address, phone_jid
from gateway.domain.polls import option_hash
from gateway.store import incoming, messages, placeholders, waiting
from gateway.store.database import Connection
from gateway.store.fence import Fence
from gateway.store.incoming import Incoming


def opened(fence: Fence, credentials: Credentials, message: Incoming) -> Incoming:
    """Return the message with what was sealed in it; unchanged where no secret of its device opens it."""
    device_jid = fence.session.device_jid
    if message.sealed is None or message.target_id is None or device_jid is None:
        return message
    secrets = credentials.secrets_of(device_jid, message.target_id)
    if not secrets:
        return message
    named = _jids(message.sender if message.target_own else message.target_author)
    authors = [form for secret in secrets for form in _forms_of(fence, credentials, secret, named)]
    content = decrypt(Sealed.unpack(message.sealed), authors, message.target_id, _jids(message.sender))
    return message if content is None else _with_content(fence, message, content)


def open_waiting(fence: Fence, credentials: Credentials) -> None:
    """Open what has waited for the messages stored in this transaction, and do what it says."""
    for row in waiting.sealed_about(fence.connection, fence.session_id, sorted(fence.awaited)):
        sealed = placeholders.as_it_came(fence, row)
        message = opened(fence, credentials, sealed)
        if message.sealed is None and not incoming.change(fence, message):
            placeholders.fill_in(fence, message)


def _forms_of(fence: Fence, credentials: Credentials, secret: MessageSecret, named: list[str]) -> list[MessageSecret]:
    """Return the secret with each JID of its author: as whatsmeow stored it, as it is known, as the key names it."""
    jid = secret.author_jid
    user = jid.partition("@")[0]
    known = Address(lid=jid) if jid.endswith("@lid") else Address(phone_number=f"+{user}")
    forms = dict.fromkeys([jid, *_jids(addresses.of_sender(fence, credentials, known)), *named])
    return [MessageSecret(secret.key, form) for form in forms]


def _jids(person: Address) -> list[str]:
    """Return a person's JIDs, the LID first: new chats are addressed by it."""
    numbers = [phone_jid(person.phone_number)] if person.phone_number else []
    return [person.lid, *numbers] if person.lid else numbers


def _with_content(fence: Fence, message: Incoming, content: Content) -> Incoming:
    """Return it as what it is; what it is about is what its envelope says, whatever is sealed."""
    if content.message_type == "poll_vote":
        content = _with_options(fence.connection, fence.session_id, message.target_id or "", content)
    return replace(
        message,
        message_type=content.message_type,
        content=content.text,
        location=content.location,
        details=to_document(content.details),
        sealed=None,
        mentions=list(content.mentions),
        changed_at=moment(content.changed_at_ms) or message.changed_at,
    )


def _with_options(connection: Connection, session_id: UUID, poll_id: str, vote: Content) -> Content:
    """Return the vote with the names of its options; with their hashes where the poll is not stored."""
    polls = messages.select(
        connection,
        "m.session_id = %(session)s AND m.message_id = %(id)s AND m.message_type = 'poll'",
        {"session": session_id, "id": poll_id},
    )
    names = {option_hash(name): name for poll in polls for name in (poll.details or {}).get("options", [])}
    hashes = vote.details.hashes if isinstance(vote.details, PollVote) else ()
    if any(hash not in names for hash in hashes):
        return vote
    chosen = tuple(names[hash] for hash in hashes)
    return replace(vote, text=", ".join(chosen) or None, details=PollVote(options=chosen))

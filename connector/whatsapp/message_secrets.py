"""Messages sealed with the secret of another message: edits, comments, reactions in some groups, poll votes. Pure.

Every message carries 32 secret bytes (messageContextInfo.messageSecret). Who has the message can seal something about
it that passes servers and devices that do not have it. The key of a use is

    HKDF-SHA256(secret, no salt, info = id of the message + its author + who seals + label of the use, 32 bytes)

with the JIDs as text and without device; the cipher is AES-256-GCM with the nonce that comes along (encIV). Votes have
the id of the message, a NUL and who seals as additional data; the others have none. Sealed is a protobuf: of a vote
PollVoteMessage with the SHA-256 of the name of each chosen option, none to take an earlier vote back; of a reaction
ReactionMessage; of a comment a Message; of an edit a whole Message, which may be the new content or the edit as it
would be unsealed.

Nothing says whether the sender used LIDs or numbers for the two JIDs, so that both are tried.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import product

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from google.protobuf.message import DecodeError

from connector.whatsapp.library import e2e_pb2
from connector.whatsapp.messages import Content, comment_of, edit_of
from connector.whatsapp.sealed import COMMENT, EDIT, EVENT_EDIT, POLL_EDIT, POLL_VOTE, REACTION, Sealed
from gateway.domain.content import PollVote

_WITH_SENDER = (POLL_VOTE,)


@dataclass(frozen=True, slots=True)
class MessageSecret:
    """The secret of a message, and the JID of its author as whatsmeow stored it, without device."""

    key: bytes
    author_jid: str


def seal(use: str, plaintext: bytes, nonce: bytes, secret: MessageSecret, target_id: str, sender_jid: str) -> bytes:
    """Encrypt something about the message `target_id`."""
    key, data = _key(use, secret, target_id, sender_jid)
    return AESGCM(key).encrypt(nonce, plaintext, data)


def decrypt(
    sealed: Sealed, secrets: Iterable[MessageSecret], target_id: str, sender_jids: Iterable[str]
) -> Content | None:
    """Return what is sealed about the message `target_id`; None where none of the secrets opens it.

    `secrets` has one entry for each JID of each possible author, `sender_jids` each JID of who sealed it.
    """
    for plaintext in _plaintexts(sealed, secrets, target_id, sender_jids):
        try:
            return _READ[sealed.use](plaintext)
        except DecodeError:
            return None
    return None


def _plaintexts(
    sealed: Sealed, secrets: Iterable[MessageSecret], target_id: str, sender_jids: Iterable[str]
) -> Iterator[bytes]:
    for secret, sender_jid in product(secrets, sender_jids):
        key, data = _key(sealed.use, secret, target_id, sender_jid)
        try:
            yield AESGCM(key).decrypt(sealed.nonce, sealed.payload, data)
        except (InvalidTag, ValueError):  # another key, or a nonce or payload of a length that no cipher text has
            continue


def _key(use: str, secret: MessageSecret, target_id: str, sender_jid: str) -> tuple[bytes, bytes | None]:
    info = f"{target_id}{secret.author_jid}{sender_jid}{use}".encode()
    data = f"{target_id}\0{sender_jid}".encode() if use in _WITH_SENDER else None
    return HKDF(SHA256(), 32, None, info).derive(secret.key), data


def _reaction(plaintext: bytes) -> Content:
    return Content("reaction", e2e_pb2.ReactionMessage.FromString(plaintext).text or None)


def _vote(plaintext: bytes) -> Content:
    selected = e2e_pb2.PollVoteMessage.FromString(plaintext).selectedOptions
    return Content("poll_vote", details=PollVote(hashes=tuple(hash.hex() for hash in selected)))


def _edit(plaintext: bytes) -> Content:
    return edit_of(e2e_pb2.Message.FromString(plaintext))


def _comment(plaintext: bytes) -> Content:
    return comment_of(e2e_pb2.Message.FromString(plaintext))


_READ: dict[str, Callable[[bytes], Content]] = {
    COMMENT: _comment,
    POLL_VOTE: _vote,
    REACTION: _reaction,
    **dict.fromkeys((EDIT, EVENT_EDIT, POLL_EDIT), _edit),
}

"""Who may change what: edits, deletions and better copies of pictures, and the messages they name. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gateway.domain.phone import Address

# Under this name the media of a motion photo hold those of its clip.
MOTION = "motionVideo"

# Where several people write: there a sender is the author only when one address of both is the same.
_OF_MANY = ("group", "status", "broadcast")


@dataclass(frozen=True, slots=True)
class Author:
    """Who wrote a stored message: the account itself (`from_me`), or `sender` in a chat of this kind."""

    from_me: bool
    sender: Address
    chat_kind: str

    def is_sender(self, *, from_me: bool, sender: Address) -> bool:
        """Return whether something else in the same chat is by the same person."""
        if self.from_me or from_me:
            return self.from_me and from_me
        return self.chat_kind not in _OF_MANY or is_same(self.sender, sender)


@dataclass(frozen=True, slots=True)
class Change:
    """`kind`: edit, delete, motion_clip, or the kind of the picture of which it is a better copy.

    Of whom the target is, as the change says: its own sender's (`own`), this `author`'s, or, without either, that of
    the other side of the chat. `at` is when it was made, which decides between two edits.
    """

    message_id: str
    kind: str
    from_me: bool
    sender: Address
    target_id: str
    own: bool
    author: Address
    at: datetime
    content: str | None
    media: dict[str, Any] | None
    location: dict[str, Any] | None
    details: dict[str, Any] | None

    def is_about(self, author: Author, account: Address) -> bool:
        """Return whether the change names a message of this author; `account` is the session's own address."""
        if self.own:
            return author.from_me == self.from_me
        if self.author == Address():
            return author.chat_kind == "group" or author.from_me != self.from_me
        if is_same(self.author, account):
            return author.from_me
        return author.is_sender(from_me=False, sender=self.author)

    def is_allowed(self, author: Author, admins: frozenset[str]) -> bool:
        """Return whether its sender may make it: the author may, and an admin of a group may delete."""
        if author.is_sender(from_me=self.from_me, sender=self.sender):
            return True
        if self.kind != "delete" or author.chat_kind != "group":
            return False
        # The account's own phone lets only an admin delete what others wrote.
        return self.from_me or bool(admins & names(self.sender))


def names(address: Address) -> frozenset[str]:
    """Return the LID and the number, where known."""
    return frozenset(name for name in (address.lid, address.phone_number) if name)


def is_same(one: Address, other: Address) -> bool:
    """Return whether both are known by one and the same LID or number."""
    return bool(names(one) & names(other))

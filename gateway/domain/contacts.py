"""Contacts: what people are called, and what is known of their pictures."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

# WhatsApp bans numbers that ask for many; a request is one question to it.
MAX_CHECKED_NUMBERS = 50


@dataclass(frozen=True, slots=True)
class Names:
    """What a person is called: in the phone's address book, by a business profile, by themselves."""

    saved: str | None = None
    business: str | None = None
    push: str | None = None

    @property
    def best(self) -> str | None:
        """The name that is shown; without any it is the number."""
        return self.saved or self.business or self.push

    def updated_by(self, newer: Names) -> Names:
        """Return these names with those that are known better now; what is not told stays."""
        return Names(newer.saved or self.saved, newer.business or self.business, newer.push or self.push)


class PictureState(StrEnum):
    """What WhatsApp said of a person's picture."""

    SET = "set"
    HIDDEN = "hidden"
    NOT_SET = "not_set"

"""The sessions of the Connection tab: which are shown, in which order, and the addresses of their pages."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Depends, Query

from gateway.client import SessionInfo
from gateway.domain.sessions import Reason, SessionState

PAGE = 24
# What the user did, or what passes by itself.
_NO_TROUBLE = (None, Reason.LOGGED_OUT, Reason.WAITING_TO_LINK)


def is_linking(info: SessionInfo) -> bool:
    """Return whether somebody links a number to it right now."""
    return info.status == SessionState.QR_PENDING or (info.status == SessionState.CONNECTING and not info.phone_number)


def needs_attention(info: SessionInfo) -> bool:
    """Return whether it is not connected, for a reason that the user should know."""
    return info.status != SessionState.CONNECTED and info.reason not in _NO_TROUBLE


# What the list can be limited to, by the name in the address.
FILTERS: dict[str, tuple[str, Callable[[SessionInfo], bool]]] = {
    "": ("All", lambda info: True),
    "attention": ("Needs attention", needs_attention),
    "linking": ("Being linked", is_linking),
    "connected": ("Connected", lambda info: info.status == SessionState.CONNECTED),
    "connecting": ("Connecting", lambda info: info.status == SessionState.CONNECTING),
    "disconnected": ("Disconnected", lambda info: info.status == SessionState.DISCONNECTED),
    "logged_out": ("Not linked", lambda info: info.status == SessionState.LOGGED_OUT),
}


@dataclass(frozen=True, slots=True)
class Choice:
    """What the user looks for, as it stands in the page's address."""

    search: str = ""
    status: str = ""
    page: int = 1
    user: str = ""

    @property
    def user_profile_id(self) -> UUID | None:
        """The user whose sessions are wanted; None for all, and for what is no id."""
        try:
            return UUID(self.user)
        except ValueError:
            return None

    def query(self, **changes: object) -> str:
        """Return the query of the address with these changes, with a question mark; empty where all is as usual."""
        values = {"search": self.search, "user": self.user, "status": self.status, "page": self.page, **changes}
        given = {name: value for name, value in values.items() if value not in ("", 1)}
        return f"?{urlencode(given)}" if given else ""


def _choice(search: str = "", status: str = "", page: Annotated[str, Query()] = "1", user: str = "") -> Choice:
    """Read the query of the address; what means nothing is left out, as an address may be old or mistyped."""
    number = int(page) if page.isascii() and page.isdecimal() and len(page) < 6 else 1
    return Choice(search.strip()[:100], status if status in FILTERS else "", max(number, 1), user.strip()[:100])


ChoiceDep = Annotated[Choice, Depends(_choice)]


@dataclass(frozen=True, slots=True)
class SessionList:
    """A page of the sessions: those that wait for a person first, then the newest."""

    choice: Choice
    shown: list[SessionInfo]
    # How many there are at all, how many were found, and the number of this page.
    total: int
    found: int
    page: int
    # Of each filter how many it would show.
    counts: dict[str, int]
    # Whether they belong to more than one user, as with the key of an app.
    has_users: bool

    @property
    def pages(self) -> int:
        return max(1, -(-self.found // PAGE))

    @property
    def start(self) -> int:
        """How many were found before the first one shown."""
        return (self.page - 1) * PAGE

    @property
    def filters(self) -> list[tuple[str, str, int]]:
        """Name, label and count of each filter that shows something, or is chosen."""
        return [
            (name, label, self.counts[name])
            for name, (label, _) in FILTERS.items()
            if not name or self.counts[name] or name == self.choice.status
        ]


def list_sessions(infos: Iterable[SessionInfo], choice: Choice) -> SessionList:
    """Return the page that the choice names of these sessions, which are given newest first; past the end the last."""
    everything = list(infos)
    matching = [info for info in everything if _matches(info, choice.search)]
    counts = {name: sum(map(wanted, matching)) for name, (_, wanted) in FILTERS.items()}
    found = sorted(filter(FILTERS[choice.status][1], matching), key=_urgency)
    page = min(choice.page, max(1, -(-len(found) // PAGE)))
    shown = found[(page - 1) * PAGE : page * PAGE]
    has_users = bool(choice.user) or len({info.user_profile_id for info in everything}) > 1
    return SessionList(choice, shown, len(everything), len(found), page, counts, has_users)


def _urgency(info: SessionInfo) -> int:
    return 0 if is_linking(info) else 1 if needs_attention(info) else 2


def _matches(info: SessionInfo, search: str) -> bool:
    """Return whether the name, number, id or the caller's own id holds the text, whatever its case and accents."""
    texts = (info.session_name, info.external_id, str(info.id))
    digits = "".join(each for each in search if each.isdecimal()).removeprefix("00")
    by_number = bool(digits) and not any(each.isalpha() for each in search) and digits in (info.phone_number or "")
    return by_number or any(_folded(search) in _folded(text or "") for text in texts)


def _folded(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(each for each in decomposed if not unicodedata.combining(each))

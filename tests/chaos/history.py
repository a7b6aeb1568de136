"""What injected: what people wrote, what was asked of the API, and what every side shows of it afterwards."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Written:
    """A message that a person wrote on a phone, and the sessions whose numbers it went to.

    `at` is in Unix time; `sha256` is of its file; `id` is WhatsApp's.
    """

    text: str
    author: str
    sessions: frozenset[str]
    id: str
    at: float
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class SendRequest:
    """A message that the API was asked to send, the numbers of the phones that get it, and the sessions that hear it.

    `number` is the session's; `id` is the API's, None where it never accepted; `refused` is the code of a refusal.
    """

    text: str
    session: str
    number: str
    readers: frozenset[str]
    hearers: frozenset[str] = frozenset()
    id: str | None = None
    refused: str | None = None
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class PhoneMessage:
    """A message on a phone; `sha256` is of the file that the phone has read."""

    text: str
    author: str
    id: str
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A message as the API shows it; `at` is WhatsApp's time, `stored` the gateway's, in Unix time.

    `file` is the state of its file, `sha256` of what the API gave as such.
    """

    id: str
    message_id: str | None
    chat: str
    from_me: bool
    text: str | None
    kind: str
    status: str
    at: str
    stored: float
    error: str | None = None
    file: str | None = None
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """An event; `about` is the id of the message that it is about: ours, or WhatsApp's for one that was lost."""

    id: str
    session: str
    seq: int
    type: str
    about: str | None = None


@dataclass(frozen=True, slots=True)
class UserView:
    """A user of the gateway: their sessions, and the events they got in each way."""

    name: str
    sessions: frozenset[str]
    seen_sessions: frozenset[str]
    followed: tuple[Event, ...] = ()
    delivered: tuple[Event, ...] = ()


@dataclass(frozen=True, slots=True)
class History:
    """`phones` by number, `kept` by session and chat with the newest first, `logs` by session.

    `deaths` are when a process that receives ended without being asked to, `outages` when its database was away or
    WhatsApp sent what nobody can read, in Unix time; `leaks` are the names of logs that hold what no log may hold,
    `errors` what else may never happen.
    """

    written: tuple[Written, ...] = ()
    asked: tuple[SendRequest, ...] = ()
    phones: dict[str, tuple[PhoneMessage, ...]] = field(default_factory=dict)
    kept: dict[str, tuple[StoredMessage, ...]] = field(default_factory=dict)
    logs: dict[str, tuple[Event, ...]] = field(default_factory=dict)
    users: tuple[UserView, ...] = ()
    deaths: tuple[float, ...] = ()
    outages: tuple[tuple[float, float], ...] = ()
    errors: tuple[str, ...] = ()
    leaks: tuple[str, ...] = ()

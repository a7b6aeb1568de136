"""The session that is meant: by its name, phone number or id, or by the end of the id that lists show."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn

from gateway.cli.connection import fail
from gateway.cli.exits import Exit
from gateway.client import Gateway, Session

_SHOWN = 10
_SHORT = 8
_SHORTEST = 6


def short_id(session: Session) -> str:
    """Return the end of a session's id: its beginning is the time at which it was made."""
    return session.id.hex[-_SHORT:]


def find_session(gateway: Gateway, name: str | None) -> Session | None:
    """Return the session that is meant, or the only one; None for none. End the command if there are several."""
    sessions = list(gateway.sessions())
    found = sessions if name is None else _named(sessions, name)
    if len(found) > 1:
        _list_candidates(found, name)
    return found[0] if found else None


def require_session(gateway: Gateway, name: str | None) -> Session:
    """Return the session as `find_session` does. End the command where there is none."""
    session = find_session(gateway, name)
    if session is None:
        if name:
            fail(Exit.USAGE, f"There is no session {name}; `gateway sessions` lists all.")
        fail(Exit.USAGE, "There is no session; `gateway link` makes one and links a number to it.")
    return session


def _named(sessions: list[Session], name: str) -> list[Session]:
    """Return those that the name means in the first way in which it means any."""
    number = "".join(filter(str.isdecimal, name))
    digits = name.replace("-", "").lower()
    ways: list[Callable[[Session], bool]] = [
        lambda session: name in (session.info.session_name, str(session.id)),
        lambda session: bool(number) and not _letters(name) and session.info.phone_number == f"+{number}",
        lambda session: session.info.session_name.casefold() == name.casefold(),
        lambda session: len(digits) >= _SHORTEST and session.id.hex.endswith(digits),
        lambda session: len(digits) >= _SHORTEST and session.id.hex.startswith(digits),
    ]
    found = ([session for session in sessions if means(session)] for means in ways)
    return next((some for some in found if some), [])


def _letters(name: str) -> bool:
    return any(character.isalpha() for character in name)


def _list_candidates(found: list[Session], name: str | None) -> NoReturn:
    which = f"There are {len(found)} sessions {'that ' + repr(name) + ' means' if name else 'to choose from'}."
    # Stable: else newest first.
    linked_first = sorted(found, key=lambda session: session.info.phone_number is None)
    lines = [_line(session) for session in linked_first[:_SHOWN]]
    more = [f"… and {len(found) - _SHOWN} more: `gateway sessions` lists all."] if len(found) > _SHOWN else []
    asked = "Say which by its name, number or short id (--session, where the command has it):"
    fail(Exit.USAGE, "\n".join([f"{which} {asked}", *lines, *more]))


def _line(session: Session) -> str:
    info = session.info
    return f"  {short_id(session)}  {info.session_name}  {info.phone_number or 'no number'}  {info.status}"

"""What the Explorer remembers of who reads, in cookies: time zone, language of code, receipts, who types."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from fastapi import Request, Response

from functions.explorer.auth import PATH

_YEAR_SECONDS = 365 * 86_400
_HOUR_SECONDS = 3600
# Set by times.js: days of messages begin at midnight where they are read.
_ZONE_COOKIE = "explorer_zone"
_LANGUAGE_COOKIE = "explorer_language"


def time_zone(request: Request) -> ZoneInfo:
    """Return the reader's time zone; UTC for browsers that run no scripts."""
    try:
        return ZoneInfo(request.cookies.get(_ZONE_COOKIE, "UTC"))
    except (ValueError, OSError, ZoneInfoNotFoundError):
        return ZoneInfo("UTC")


def language(request: Request, known: Iterable[str]) -> str:
    """Return in which of the `known` languages this person reads code; the first where none was chosen."""
    languages = list(known)
    chosen = request.cookies.get(_LANGUAGE_COOKIE, "")
    return chosen if chosen in languages else languages[0]


def set_language(response: Response, request: Request, name: str) -> None:
    """Remember in this browser which language was chosen."""
    response.set_cookie(
        _LANGUAGE_COOKIE,
        name,
        max_age=_YEAR_SECONDS,
        path=PATH,
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )


def sends_receipts(request: Request, session_id: UUID) -> bool:
    """Return whether those who wrote are told when this person reads their messages."""
    return _receipts_cookie(session_id) not in request.cookies


def set_receipts(response: Response, request: Request, session_id: UUID, *, on: bool) -> None:
    """Remember in this browser whether receipts go out."""
    name, secure = _receipts_cookie(session_id), request.url.scheme == "https"
    if on:
        response.delete_cookie(name, path=PATH, secure=secure, httponly=True, samesite="strict")
    else:
        response.set_cookie(
            name, "off", max_age=_YEAR_SECONDS, path=PATH, secure=secure, httponly=True, samesite="strict"
        )


def typing_place(request: Request, session_id: UUID) -> str:
    """Return the place in the event log from which it is told who types; empty where none is remembered."""
    return request.cookies.get(_typing_cookie(session_id), "")


def set_typing_place(response: Response, request: Request, session_id: UUID | None, place: str) -> None:
    """Remember that place in this browser, where it has moved."""
    if session_id is None or not place or place == typing_place(request, session_id):
        return
    response.set_cookie(
        _typing_cookie(session_id),
        place,
        max_age=_HOUR_SECONDS,
        path=PATH,
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )


def _typing_cookie(session_id: UUID) -> str:
    return f"explorer_typing_{session_id.hex}"


def _receipts_cookie(session_id: UUID) -> str:
    return f"explorer_receipts_{session_id.hex}"

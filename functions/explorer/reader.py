"""What the Explorer remembers of who reads, in cookies: the time zone, and the sessions read without receipts."""

from __future__ import annotations

from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from fastapi import Request, Response

from functions.explorer.auth import PATH

_YEAR_SECONDS = 365 * 86_400
# Set by times.js: days of messages begin at midnight where they are read.
_ZONE_COOKIE = "explorer_zone"


def time_zone(request: Request) -> ZoneInfo:
    """Return the reader's time zone; UTC for browsers that run no scripts."""
    try:
        return ZoneInfo(request.cookies.get(_ZONE_COOKIE, "UTC"))
    except (ValueError, OSError, ZoneInfoNotFoundError):
        return ZoneInfo("UTC")


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


def _receipts_cookie(session_id: UUID) -> str:
    return f"explorer_receipts_{session_id.hex}"

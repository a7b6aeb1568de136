"""A reach as conditions of SQL: only what limits it is in them."""

from __future__ import annotations

from typing import Any, LiteralString

from gateway.domain.access import Reach


def within(reach: Reach) -> LiteralString:
    """Return the condition under which the session `s` is within the reach, to be ANDed."""
    user: LiteralString = " AND s.user_profile_id = %(reach_user)s" if reach.user_profile_id is not None else ""
    named: LiteralString = " AND s.id = ANY(%(reach_sessions)s)" if reach.session_ids is not None else ""
    return f"TRUE{user}{named}"


def parameters(reach: Reach) -> dict[str, Any]:
    """Return the parameters of the conditions."""
    return {
        "reach_user": reach.user_profile_id,
        "reach_sessions": None if reach.session_ids is None else sorted(reach.session_ids),
    }

"""How pages about people answer: what became of a form, why it was refused, or why WhatsApp could not be asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.client import (
    ClientError,
    NotFound,
    OperationFailed,
    OperationPending,
    Problem,
    ServerError,
    Unauthenticated,
)
from gateway.domain.commands import CommandStatus

_PENDING = "WhatsApp has not answered yet. It is done within two minutes, or not at all; this page shows it."
# Of what has to be read at WhatsApp before it is shown.
_UNREAD = ("not_connected", "not_answered")


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a form: why it was not done (`notice`) and what was `typed`, or what is to be told.

    `outcomes` have who somebody is, what became of them, and whether it was done; `link` is an invite link.
    """

    notice: str = ""
    status: int = 200
    form: str = ""
    typed: Mapping[str, str] = field(default_factory=dict)
    outcomes: list[tuple[str, str, bool]] = field(default_factory=list)
    link: str = ""


NOTHING = Answer()


def refusal(error: ClientError, form: str, **typed: str) -> Answer:
    """Return why a form was not done, or not yet. Raise `error` where the form is not at fault."""
    if isinstance(error, OperationPending):
        is_known = error.operation.status != CommandStatus.UNKNOWN
        return Answer(_PENDING if is_known else str(error), 202, form, typed)
    if not isinstance(error, Problem) or isinstance(error, NotFound | ServerError | Unauthenticated):
        raise error
    return Answer(_sentence(error), error.status, form, typed)


def _sentence(error: Problem) -> str:
    """Return what is wrong, and what was done before it of several changes."""
    changed = [str(each) for each in error.extensions.get("changed") or ()]
    done = f" Changed before that: {', '.join(_FIELDS.get(each, each) for each in changed)}." if changed else ""
    wrong = next((_FIELDS[each.field] for each in error.errors if each.field in _FIELDS), "")
    said = f"{error.detail} It was about {wrong}." if wrong and isinstance(error, OperationFailed) else str(error)
    return f"{said}{done}"


_FIELDS = {
    "picture": "the picture",
    "subject": "the name",
    "description": "the description",
    "announcement": "who may write",
    "locked": "who may change it",
    "disappearingSeconds": "disappearing messages",
}


def why_unread(error: Problem) -> str:
    """Return why what WhatsApp has to be asked for cannot be shown. Raise `error` where it is another one."""
    if error.reason not in _UNREAD and not isinstance(error, OperationFailed):
        raise error
    return error.detail

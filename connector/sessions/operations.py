"""Carries out what is asked of WhatsApp beside messages, and writes what became of it."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID

from connector.sessions import contact_operations, group_operations, presence_operations
from connector.sessions.client_calls import ClientCalls
from connector.sessions.operation_errors import PartlyRefused, Unfit, Write
from connector.sessions.steps import Operate
from connector.whatsapp.errors import OutcomeUnknown, Refused, RequestTimeout
from gateway.domain.commands import CommandError, CommandStatus
from gateway.domain.operations import ContactOperation, JoinGroup, Operation, PresenceOperation, Refusal
from gateway.store import operations
from gateway.store.fence import Fence

_REFUSALS = {
    401: Refusal.NOT_ADMIN,
    403: Refusal.NOT_PARTICIPANT,
    404: Refusal.NO_SUCH_GROUP,
    406: Refusal.NOT_ACCEPTED,
    409: Refusal.NOT_ACCEPTED,
    429: Refusal.RATE_LIMITED,
}
_REFUSALS_OF_LINKS = {
    **_REFUSALS,
    401: Refusal.INVITE_REVOKED,
    404: Refusal.INVITE_INVALID,
    406: Refusal.INVITE_INVALID,
    409: Refusal.INVITE_REVOKED,
    410: Refusal.INVITE_REVOKED,
}
_REFUSALS_OF_PEOPLE = {
    400: Refusal.NOT_ACCEPTED,
    404: Refusal.NO_SUCH_PERSON,
    406: Refusal.NOT_ACCEPTED,
    429: Refusal.RATE_LIMITED,
}


def carry_out(calls: ClientCalls, step: Operate) -> None:
    """Do it once; what only another attempt can mend is raised. Raises LeaseLost, WhatsAppError."""
    try:
        write = _call(calls, step)
    except (Refused, PartlyRefused) as refused:
        result = refused.result if isinstance(refused, PartlyRefused) else None
        _fail(calls, step, refusal_of(step.operation, refused.code), refused.code, result)
    except Unfit as unfit:
        failed = unfit.error
        calls.write(lambda fence: operations.settle(fence, step.command.id, CommandStatus.FAILED, failed))
    except (OutcomeUnknown, RequestTimeout):
        unknown, error = CommandStatus.UNKNOWN, CommandError.UNCONFIRMED
        calls.write(lambda fence: operations.settle(fence, step.command.id, unknown, error))
    else:
        to_fetch: list[UUID] = []
        calls.write(partial(_finish, step, write, to_fetch))
        calls.resources.media_doorbells.ring(to_fetch)


def _call(calls: ClientCalls, step: Operate) -> Write:
    operation = step.operation
    if isinstance(operation, PresenceOperation):
        return presence_operations.carry_out(calls, operation)
    if isinstance(operation, ContactOperation):
        return contact_operations.carry_out(calls, operation, step.command.device_jid or "")
    return group_operations.carry_out(calls, operation)


def refusal_of(operation: Operation, code: int) -> Refusal:
    """Return why WhatsApp refused an operation, by its code."""
    if isinstance(operation, ContactOperation):
        return _REFUSALS_OF_PEOPLE.get(code, Refusal.REFUSED)
    known = _REFUSALS_OF_LINKS if isinstance(operation, JoinGroup) else _REFUSALS
    return known.get(code, Refusal.REFUSED)


def _fail(calls: ClientCalls, step: Operate, refusal: Refusal, code: int, result: dict[str, Any] | None) -> None:
    detail = f"WhatsApp refused this ({code})." if refusal is Refusal.REFUSED else None

    def write(fence: Fence) -> None:
        operations.settle(fence, step.command.id, CommandStatus.FAILED, refusal, result=result, detail=detail)

    calls.write(write)


def _finish(step: Operate, write: Write, to_fetch: list[UUID], fence: Fence) -> None:
    operations.settle(fence, step.command.id, CommandStatus.DONE, result=write(fence))
    to_fetch[:] = fence.media

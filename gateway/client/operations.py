"""What is asked of WhatsApp beside messages: its outcome, and how responses to it are read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID, uuid4

from gateway.client.calls import Call, Id, path
from gateway.client.errors import OperationPending
from gateway.client.models import Model
from gateway.domain.commands import CommandStatus

T = TypeVar("T")


class Operation(Model):
    """What was asked of WhatsApp: `status` is `queued`, `running`, `done`, `failed` or `unknown`.

    `error` (for programs) and `error_detail` (for people) say why it failed; `result` is there once it is done.
    """

    id: UUID
    operation: str
    status: CommandStatus | str
    error: str | None = None
    error_detail: str | None = None
    result: dict[str, Any] | None = None
    created_at: datetime
    finished_at: datetime | None = None


def operation(session_id: Id, operation_id: Id) -> Call[Operation]:
    """Read what became of something that was asked of WhatsApp."""
    return Call("GET", path("sessions", session_id, "operations", operation_id), Operation.model_validate)


def keyed(method: str, where: str, read: Callable[[Any], T], body: Mapping[str, Any] | None = None) -> Call[T]:
    """Return a call that is done once however often it is repeated."""
    return Call(method, where, read, body=body, headers={"Idempotency-Key": str(uuid4())})


def done(read: Callable[[Any], T]) -> Callable[[Any], T]:
    """Return a reader that raises OperationPending where the response is of something that is not done yet."""

    def reader(document: Any) -> T:  # noqa: ANN401 - JSON
        if document and "operation" in document:
            raise OperationPending(Operation.model_validate(document))
        return read(document)

    return reader

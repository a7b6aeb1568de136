"""What was asked of WhatsApp beside messages, as the API shows it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from pydantic import ConfigDict, Field

from gateway.domain.commands import CommandStatus
from gateway.schemas.base import Moment, ResponseBody
from gateway.store.operations import Asked


class OperationBody(ResponseBody):
    """What was asked of WhatsApp, and what became of it; `unknown` means that it may have been done."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "0198c7a6-1b2c-7f00-9a55-0c0d6f7e8a91",
                    "operation": "create_group",
                    "status": "unknown",
                    "error": "unconfirmed",
                    "errorDetail": "It may have been done: WhatsApp did not confirm it.",
                    "result": None,
                    "createdAt": "2026-08-21T09:40:02.000Z",
                    "finishedAt": "2026-08-21T09:40:05.120Z",
                }
            ]
        }
    )

    id: UUID
    operation: str
    status: CommandStatus
    error: str | None = Field(description="Why it failed, or is not known; the `reason` of the problem.")
    error_detail: str | None
    result: dict[str, Any] | None = Field(description="Once it is done: such as the `chatId` of a group that was made.")
    created_at: Moment
    finished_at: Moment | None

    @classmethod
    def of(cls, asked: Asked) -> OperationBody:
        return cls(
            id=asked.id,
            operation=asked.operation,
            status=CommandStatus(asked.status),
            error=asked.error,
            error_detail=asked.error_detail,
            result=asked.result,
            created_at=asked.created_at,
            finished_at=asked.finished_at,
        )

"""Who has a message, as the API shows it."""

from __future__ import annotations

from pydantic import ConfigDict, Field

from gateway.schemas.base import Moment, ResponseBody
from gateway.store.receipts import ReceiptsOf


class ReceiptBody(ResponseBody):
    """When a person got, read and played a message; null: not yet, or it is kept from others."""

    jid: str
    lid: str | None
    phone_number: str | None
    name: str | None = Field(description="How the person calls itself, where it wrote to the session.")
    delivered_at: Moment | None
    read_at: Moment | None
    played_at: Moment | None

    @classmethod
    def of(cls, receipts: ReceiptsOf) -> ReceiptBody:
        return cls(
            jid=receipts.jid,
            lid=receipts.lid,
            phone_number=receipts.phone_number,
            name=receipts.name,
            delivered_at=receipts.delivered_at,
            read_at=receipts.read_at,
            played_at=receipts.played_at,
        )


class ReceiptsBody(ResponseBody):
    """Those who have the message; who read it first is first."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "receipts": [
                        {
                            "jid": "184759302716485@lid",
                            "lid": "184759302716485@lid",
                            "phoneNumber": "+4915112345678",
                            "name": "Mara",
                            "deliveredAt": "2026-08-21T09:40:03.000Z",
                            "readAt": "2026-08-21T09:41:30.000Z",
                            "playedAt": None,
                        }
                    ]
                }
            ]
        }
    )

    receipts: list[ReceiptBody]

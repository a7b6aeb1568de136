"""What shops and payments are in messages: carts, products, amounts. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """`value` is a decimal number as text; `currency` an ISO 4217 code."""

    value: str
    currency: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A cart that was sent to a shop."""

    kind: Literal["order"] = "order"
    id: str | None = None
    title: str | None = None
    text: str | None = None
    item_count: int = 0
    total: Amount | None = None
    status: str | None = None
    seller: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    kind: Literal["product"] = "product"
    id: str | None = None
    retailer_id: str | None = None
    title: str | None = None
    description: str | None = None
    price: Amount | None = None
    sale_price: Amount | None = None
    url: str | None = None
    text: str | None = None
    footer: str | None = None
    seller: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    kind: Literal["payment"] = "payment"
    action: Literal["sent", "requested", "declined", "canceled", "invited", "invoiced", "split", "reminded"]
    amount: Amount | None = None
    note: str | None = None
    expires_at: datetime | None = None

"""Messages on their way: routing, delivery, receipts, presence, group chats and media."""

from __future__ import annotations

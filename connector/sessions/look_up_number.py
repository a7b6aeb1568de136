"""Asks WhatsApp whether a number has an account, and remembers the result."""

from __future__ import annotations

from connector.sessions.client_calls import ClientCalls
from connector.sessions.steps import LookUpNumber
from gateway.store import numbers
from gateway.store.numbers import Number


def look_up_number(calls: ClientCalls, step: LookUpNumber) -> None:
    """Look the number up. Raises WhatsAppError."""
    number = step.phone_number
    registration = calls.call(lambda client: client.is_on_whatsapp([number]))[number]
    with calls.resources.database.transaction() as connection:
        numbers.remember(connection, Number(number, registration.registered, registration.lid))

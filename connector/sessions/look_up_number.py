"""Asks WhatsApp whose a number is, and remembers the answer."""

from __future__ import annotations

from connector.sessions.client_calls import ClientCalls
from connector.sessions.steps import LookUpNumber
from connector.whatsapp.people_client import Registration
from gateway.store import numbers
from gateway.store.numbers import Number


def look_up_number(calls: ClientCalls, step: LookUpNumber) -> None:
    """Look the number up. Raises WhatsAppError."""
    asked = step.phone_number
    number = number_of(calls, asked, calls.call(lambda client: client.look_up(asked)))
    with calls.resources.database.transaction() as connection:
        numbers.remember(connection, number)


def number_of(calls: ClientCalls, asked: str, found: Registration) -> Number:
    """Return the answer for a number; one with another number, or with a LID only, is as good."""
    answered = found.phone_number
    if found.lid and not answered:
        answered = calls.resources.credentials.number_answered(found.lid)
    return Number(asked, found.registered, found.lid, None if answered == asked else answered)

"""Asks WhatsApp whose a number is, and remembers the answer."""

from __future__ import annotations

from connector.sessions.client_calls import ClientCalls
from connector.sessions.steps import LookUpNumber
from gateway.store import numbers
from gateway.store.numbers import Number


def look_up_number(calls: ClientCalls, step: LookUpNumber) -> None:
    """Look the number up; an answer with another number, or with a LID only, is as good. Raises WhatsAppError."""
    asked = step.phone_number
    found = calls.call(lambda client: client.look_up(asked))
    answered = found.phone_number
    if found.lid and not answered:
        answered = calls.resources.credentials.number_answered(found.lid)
    number = Number(asked, found.registered, found.lid, None if answered == asked else answered)
    with calls.resources.database.transaction() as connection:
        numbers.remember(connection, number)

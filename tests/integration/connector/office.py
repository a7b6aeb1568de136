"""Operations on groups as the API asks for them, and what users see of the outcome."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from gateway.domain.access import Reach
from gateway.domain.operations import CreateGroup, Operation
from gateway.domain.phone import phone_jid
from gateway.store import group_pages, operations, sessions
from gateway.store.group_pages import ShownGroup
from gateway.store.operations import Asked
from tests.integration.connector.conftest import MakePhone
from tests.integration.connector.user import User, wait_for

ENDED = ("done", "failed", "unknown")


def ask(user: User, session_id: UUID, operation: Operation) -> UUID:
    with user.database.transaction() as connection:
        session = sessions.lock(connection, Reach(user.id), session_id)
        return operations.request(connection, session, operation)[0].id


def ended(user: User, session_id: UUID, operation_id: UUID) -> Asked:
    def read() -> Asked:
        with user.database.transaction() as connection:
            return operations.get(connection, session_id, operation_id)

    return wait_for(read, lambda asked: asked.status in ENDED)


def perform(user: User, session_id: UUID, operation: Operation) -> dict[str, Any]:
    asked = ended(user, session_id, ask(user, session_id, operation))
    assert asked.status == "done", asked
    return asked.result or {}


def refusal(user: User, session_id: UUID, operation: Operation) -> str | None:
    asked = ended(user, session_id, ask(user, session_id, operation))
    assert asked.status == "failed"
    return asked.error


def group(user: User, session_id: UUID, chat_id: object) -> ShownGroup:
    with user.database.transaction() as connection:
        return group_pages.get(connection, session_id, UUID(str(chat_id)))


def roles(user: User, session_id: UUID, chat_id: object) -> dict[str | None, str]:
    shown = group(user, session_id, chat_id)
    with user.database.transaction() as connection:
        return {each.phone_number: each.role for each in group_pages.participants(connection, shown)}


class Office:
    """A linked session, and the phones of two tenants."""

    def __init__(self, guest: User, phone: MakePhone) -> None:
        self.user = guest
        self.number, self.tenants = phone("Office"), [phone("Tina"), phone("Tom")]
        self.session_id = guest.link(self.number)

    def make(self, *people: str, subject: str = "House") -> dict[str, Any]:
        participants = tuple(map(phone_jid, people or self.tenants))
        return perform(self.user, self.session_id, CreateGroup(subject, participants))

    def jid(self, made: dict[str, Any]) -> str:
        return group(self.user, self.session_id, made["chatId"]).jid

    def told(self, kind: str, chat_id: object, count: int = 1) -> list[dict[str, Any]]:
        def read() -> list[dict[str, Any]]:
            found = self.user.events(self.session_id, kind)
            return [event.data for event in found if event.data["chatId"] == str(chat_id)]

        return wait_for(read, lambda found: len(found) >= count)

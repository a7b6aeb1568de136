"""The services that endpoints work with: put on the app once, and injected by FastAPI."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from gateway.aws.encryption import ModelKeys
from gateway.aws.notifier import Notifier
from gateway.aws.queues import CommandQueues
from gateway.event_tail import EventTail
from gateway.settings import ApiSettings
from gateway.store.database import Database
from gateway.store.outgoing import Pacing
from gateway.tokens import Tokens


@dataclass(frozen=True, slots=True)
class Services:
    """Settings, clients of the database, SQS and KMS, what signs tokens, and what wakes streams of events."""

    settings: ApiSettings
    database: Database
    queues: CommandQueues
    notifier: Notifier
    model_keys: ModelKeys
    tokens: Tokens
    tail: EventTail

    @property
    def pacing(self) -> Pacing:
        """How much a session may send."""
        settings = self.settings
        return Pacing(settings.messages_per_minute, settings.messages_per_hour, settings.new_chats_per_day)


def services_of(request: Request) -> Services:
    """Return the services of the app that handles the request."""
    services = request.app.state.services
    assert isinstance(services, Services)  # noqa: S101 - put there by create_app
    return services


async def _services(request: Request) -> Services:
    return services_of(request)


ServicesDep = Annotated[Services, Depends(_services)]

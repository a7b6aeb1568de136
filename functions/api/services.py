"""What every endpoint works with, put on the app once and handed out by FastAPI."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from functions.api.doorbell import Doorbell
from gateway.aws.encryption import ModelKeys
from gateway.aws.queues import CommandQueues
from gateway.settings import ApiSettings
from gateway.store.database import Database
from gateway.store.outgoing import Pacing


@dataclass(frozen=True, slots=True)
class Services:
    """The parts outside this process, and how they are used."""

    settings: ApiSettings
    database: Database
    queues: CommandQueues
    doorbell: Doorbell
    model_keys: ModelKeys

    @property
    def pacing(self) -> Pacing:
        """How much a session may send."""
        settings = self.settings
        return Pacing(settings.messages_per_minute, settings.messages_per_hour, settings.new_chats_per_day)


def services_of(request: Request) -> Services:
    """The services of the app that answers."""
    services = request.app.state.services
    assert isinstance(services, Services)  # noqa: S101 - put there by create_app
    return services


async def _services(request: Request) -> Services:
    return services_of(request)


ServicesDep = Annotated[Services, Depends(_services)]

"""The services that endpoints work with: put on the app once, and injected by FastAPI."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Request

from functions.api.health_checks import HealthChecks
from functions.api.previews.link_previews import LinkPreviews
from functions.api.settled_sends import SettledSends
from functions.api.waiting import Estimate
from functions.api.waking import Waking
from gateway.aws.encryption import ModelKeys, WebhookSecrets
from gateway.aws.media_storage import MediaStorage
from gateway.aws.notifier import MediaNotifier, Notifier, WebhookNotifier
from gateway.aws.queues import CommandQueues
from gateway.event_bell import EventBell
from gateway.event_tail import EventTail
from gateway.settings import ApiSettings
from gateway.store.database import Database
from gateway.store.pacing import Pacing
from gateway.tokens import Tokens

# Before anything is known.
_FIRST_SEND_SECONDS = 0.03
_FIRST_TRIAL_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class Services:
    """Settings, clients of the database, SQS, KMS, S3, what signs tokens, hears of rows or shows links, how long others
    take.
    """

    settings: ApiSettings
    database: Database
    queues: CommandQueues
    notifier: Notifier
    webhook_notifier: WebhookNotifier
    media_notifier: MediaNotifier
    media_storage: MediaStorage
    model_keys: ModelKeys
    webhook_secrets: WebhookSecrets
    tokens: Tokens
    settled_sends: SettledSends
    link_previews: LinkPreviews
    waking: Waking
    tail: EventTail
    health: HealthChecks
    send_estimate: Estimate = field(default_factory=lambda: Estimate(_FIRST_SEND_SECONDS))
    trial_estimate: Estimate = field(default_factory=lambda: Estimate(_FIRST_TRIAL_SECONDS))

    @property
    def event_bell(self) -> EventBell:
        """For events that no owner of a session follows up."""
        return EventBell(self.database, self.webhook_notifier)

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

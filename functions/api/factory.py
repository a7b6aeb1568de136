"""The API, composed of its routes and layers."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

from functions.api.health_checks import HealthChecks
from functions.api.http import docs, problems
from functions.api.http.context import RequestContextMiddleware
from functions.api.previews.link_previews import LinkPreviews
from functions.api.routes import (
    actions,
    assistant,
    chats,
    contacts,
    deliveries,
    disappearing,
    event_log,
    event_streams,
    events,
    given_files,
    groups,
    health,
    keys,
    media,
    messages,
    operations,
    participants,
    presence,
    receipts,
    sessions,
    tokens,
    uploads,
    webhooks,
)
from functions.api.services import Services
from functions.api.settled_sends import SettledSends
from functions.api.waking import Waking
from functions.error_boundary import ErrorBoundary
from gateway.aws.encryption import ModelKeys, WebhookSecrets
from gateway.aws.media_storage import MediaStorage
from gateway.aws.notifier import MediaNotifier, Notifier, WebhookNotifier
from gateway.aws.queues import CommandQueues, MediaQueue, TurnQueue, WebhookQueue
from gateway.event_tail import EventTail
from gateway.listening import Listener
from gateway.setting_types import split_keys
from gateway.settings import ApiSettings
from gateway.store import event_listeners
from gateway.store.database import Database
from gateway.store.outgoing import SETTLED_CHANNEL
from gateway.tokens import Tokens

# While SQS is away, owners read the rows by themselves as often; doorbells that hang would only hold up requests.
_NOTIFIER_REST_SECONDS = 5.0
_DESCRIPTION = """Link WhatsApp numbers by QR code, send and receive.

Every answer carries `X-Request-ID`; every error is a problem (RFC 9457) with a stable `code`. Lists are read page by
page with `cursor`. A POST that makes something takes an `Idempotency-Key`: the same request with the same key is done
once. Keys and tokens are made anew each time: they are shown once. Each operation names in `security` the scope
it needs."""

_ALLOWED_HEADERS = ["Authorization", "Content-Type", "Idempotency-Key", "Prefer", "X-API-Key", "X-Request-ID"]
_EXPOSED_HEADERS = [
    "Idempotency-Replayed",
    "Location",
    "Preference-Applied",
    "RateLimit",
    "RateLimit-Policy",
    "Retry-After",
    "X-Request-ID",
]

_ROUTES = (
    sessions,
    messages,
    actions,
    receipts,
    given_files,
    uploads,
    media,
    chats,
    contacts,
    disappearing,
    presence,
    participants,
    groups,
    operations,
    assistant,
    events,
    event_log,
    event_streams,
    webhooks,
    deliveries,
    keys,
    tokens,
    health,
)


def create_app(settings: ApiSettings, database: Database, queues: CommandQueues) -> FastAPI:
    """Return the API over these services; the caller closes the database."""
    app = compose(settings.cors_origins)
    notifier = Notifier(queues, TurnQueue(settings.queue_prefix), rest_seconds=_NOTIFIER_REST_SECONDS)
    model_keys = ModelKeys(settings.kms_key_id)
    tokens = Tokens(split_keys(settings.token_keys))
    direct = settings.database_url.get_secret_value() if settings.database_direct else None
    listener = Listener(direct, [SETTLED_CHANNEL, event_listeners.CHANNEL])
    settled_sends = SettledSends(listener)
    app.state.services = Services(
        settings,
        database,
        queues,
        notifier,
        WebhookNotifier(WebhookQueue(settings.queue_prefix), rest_seconds=_NOTIFIER_REST_SECONDS),
        MediaNotifier(MediaQueue(settings.queue_prefix), rest_seconds=_NOTIFIER_REST_SECONDS),
        MediaStorage(settings.media_bucket),
        model_keys,
        WebhookSecrets(settings.kms_key_id),
        tokens,
        settled_sends,
        LinkPreviews(settings),
        Waking(notifier, settled_sends),
        EventTail(database, listener),
        HealthChecks(database, queues),
    )
    return app


def compose(cors_origins: list[str]) -> FastAPI:
    """Return the API without its services: enough to describe it."""
    app = FastAPI(
        title="WhatsApp gateway",
        version=health.VERSION,
        summary="Link WhatsApp numbers, send and receive over REST.",
        description=_DESCRIPTION,
        license_info={"name": "MIT", "identifier": "MIT"},
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=docs.operation_id,
        middleware=[
            Middleware(RequestContextMiddleware),
            Middleware(
                CORSMiddleware,
                allow_origins=cors_origins,
                allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
                allow_headers=_ALLOWED_HEADERS,
                expose_headers=_EXPOSED_HEADERS,
            ),
            Middleware(ErrorBoundary, respond=problems.unexpected, respond_at_end=problems.restarting),
        ],
    )
    problems.install(app)
    for routes in _ROUTES:
        app.include_router(routes.router)
    docs.install(app)
    return app

"""The API, composed."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

from functions.api.doorbell import Doorbell
from functions.api.http import docs, problems
from functions.api.http.context import RequestContextMiddleware
from functions.api.routes import assistant, chats, events, health, messages, sessions
from functions.api.services import Services
from functions.error_boundary import ErrorBoundary
from gateway.aws.encryption import ModelKeys
from gateway.aws.queues import CommandQueues, TurnQueue
from gateway.settings import ApiSettings
from gateway.store.database import Database
from gateway.telemetry import logger

_DESCRIPTION = """Link WhatsApp numbers by QR code, send and receive.

Every answer carries `X-Request-ID`; every error is a problem (RFC 9457) with a stable `code`. Lists are read page by
page with `cursor`. A POST that makes something takes an `Idempotency-Key`: the same request with the same key is done
once."""

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


def create_app(settings: ApiSettings, database: Database, queues: CommandQueues) -> FastAPI:
    """The API over these parts; the caller closes the database."""
    app = compose(settings.cors_origins)
    doorbell = Doorbell(queues, TurnQueue(settings.queue_prefix))
    app.state.services = Services(settings, database, queues, doorbell, ModelKeys(settings.kms_key_id))
    return app


def compose(cors_origins: list[str]) -> FastAPI:
    """The API without its services: enough to describe it."""
    app = FastAPI(
        title="WhatsApp gateway",
        version=health.VERSION,
        summary="Link WhatsApp numbers, send and receive over REST.",
        description=_DESCRIPTION,
        license_info={"name": "MIT", "identifier": "MIT"},
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        middleware=[
            Middleware(RequestContextMiddleware),
            Middleware(
                CORSMiddleware,
                allow_origins=cors_origins,
                allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
                allow_headers=_ALLOWED_HEADERS,
                expose_headers=_EXPOSED_HEADERS,
            ),
            Middleware(ErrorBoundary, log=logger("api"), answer=problems.unforeseen),
        ],
    )
    problems.install(app)
    for part in (sessions, messages, chats, assistant, events, health):
        app.include_router(part.router)
    docs.install(app)
    return app

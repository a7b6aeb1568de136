"""The Explorer's app: pages, forms, errors and middleware."""

from __future__ import annotations

import httpx
from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.staticfiles import StaticFiles

from functions.error_boundary import ErrorBoundary
from functions.explorer import error_pages
from functions.explorer.auth import PATH
from functions.explorer.phones import PhoneMemory
from functions.explorer.routes import (
    assistant,
    connection,
    contacts,
    developer_code,
    developer_events,
    developer_keys,
    developer_webhooks,
    groups,
    media,
    message_acts,
    messaging,
    pictures,
    sign_in,
    try_it,
)
from functions.explorer.security_headers import SecurityHeaders
from functions.explorer.settings import ExplorerSettings


def create_app(settings: ExplorerSettings) -> FastAPI:
    """Return the app, with everything under /explorer."""
    app = FastAPI(
        openapi_url=None,
        redirect_slashes=False,
        middleware=[
            Middleware(SecurityHeaders, media_origins=settings.explorer_media_origins),
            # Against DNS rebinding: a page of another site must not reach the Explorer under a name of its choosing.
            Middleware(TrustedHostMiddleware, allowed_hosts=settings.explorer_hosts),
            Middleware(ErrorBoundary, respond=error_pages.unexpected),
        ],
    )
    app.state.settings = settings
    app.state.transport = httpx.HTTPTransport()
    app.state.phone_memory = PhoneMemory()
    error_pages.install(app)
    developers = (developer_keys, developer_webhooks, developer_events, developer_code)
    for module in (
        sign_in,
        connection,
        messaging,
        message_acts,
        media,
        pictures,
        contacts,
        groups,
        assistant,
        *developers,
    ):
        app.include_router(module.router)
    if settings.whatsapp_control_url is not None:
        app.include_router(try_it.router)
    app.mount(f"{PATH}/static", StaticFiles(packages=[("functions.explorer", "static")]))
    return app

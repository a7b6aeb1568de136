"""The OpenAPI document, and a page that shows it without access to the internet."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Any, get_args

from fastapi import APIRouter, FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.openapi.utils import get_openapi
from fastapi.responses import HTMLResponse
from fastapi.routing import APIRoute
from pydantic import BaseModel
from pydantic.alias_generators import to_camel
from starlette.staticfiles import StaticFiles

from functions.api.http.problems import Problem
from gateway.schemas.events import event_bodies
from gateway.schemas.notices import WebhookDroppedEvent, WebhookPausedEvent, WebhookTestEvent
from gateway.signing import ID_HEADER, SIGNATURE_HEADER, TIME_HEADER

_ASSETS = "/docs/assets"
_REFERENCE = "#/components/schemas/{model}"
_SIGNED = {
    ID_HEADER: "The event's `id`, the same in each attempt.",
    TIME_HEADER: "When it was sent, in seconds since 1970.",
    SIGNATURE_HEADER: "`v1,` and the signature in base64; several, separated by spaces, while a secret is replaced.",
}

TAGS = [
    {"name": "sessions", "description": "A session is one WhatsApp number, linked as a device of its phone."},
    {"name": "messages", "description": "Messages sent and received."},
    {"name": "media", "description": "Files of messages: photos, videos, voice notes, documents."},
    {"name": "chats", "description": "Chats with their last message and unread count."},
    {
        "name": "contacts",
        "description": "Contacts: names, pictures, who is blocked; and whether numbers are on WhatsApp.",
    },
    {"name": "groups", "description": "Groups: who is in them, what describes them, and the ways into them."},
    {"name": "assistant", "description": "Answers by a model: its settings, its turns, and who answers in a chat."},
    {"name": "events", "description": "Everything that happens: of one session in one sequence, or of all in one log."},
    {"name": "webhooks", "description": "Events sent to addresses of yours, signed, until they are accepted."},
    {"name": "keys", "description": "API keys with their scopes, and tokens for browsers."},
    {"name": "health", "description": "Whether the gateway can work."},
]

router = APIRouter(include_in_schema=False)


@router.get("/docs")
async def show_docs() -> HTMLResponse:
    """Return Swagger UI, whose assets this app serves itself.

    The key that is typed into it is not kept, and no other page may frame it: it may share its origin with others.
    """
    page = get_swagger_ui_html(
        openapi_url="/openapi.json",
        title="WhatsApp gateway API",
        swagger_js_url=f"{_ASSETS}/swagger-ui-bundle.js",
        swagger_css_url=f"{_ASSETS}/swagger-ui.css",
        swagger_favicon_url=f"{_ASSETS}/favicon-32x32.png",
        swagger_ui_parameters={"tryItOutEnabled": True},
    )
    page.headers.update(_headers(bytes(page.body).decode()))
    return page


def _headers(page: str) -> dict[str, str]:
    """Return what the browser is to refuse: every script but the page's own, and to be framed."""
    [script] = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = [
        "default-src 'none'",
        f"script-src 'self' 'sha256-{digest}'",
        # Swagger UI sets styles on its elements.
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ]
    return {
        "Content-Security-Policy": "; ".join(policy),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
    }


def operation_id(route: APIRoute) -> str:
    """Return the id of an operation, which generated clients use as its name: that of its function."""
    return to_camel(route.name)


def install(app: FastAPI) -> None:
    """Serve the page, its assets and a document that describes our problems."""
    app.include_router(router)
    app.mount(_ASSETS, StaticFiles(packages=[("fastapi_swagger", "resources")]))
    app.openapi = lambda: _document(app)  # type: ignore[method-assign]


def _document(app: FastAPI) -> dict[str, Any]:
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title,
            version=app.version,
            summary=app.summary,
            description=app.description,
            routes=app.routes,
            tags=TAGS,
            license_info=app.license_info,
        )
        schemas = document["components"]["schemas"]
        schema = Problem.model_json_schema(ref_template=_REFERENCE)
        schemas.update(schema.pop("$defs"))
        schemas["Problem"] = schema
        _describe_webhooks(document)
        app.openapi_schema = document
    return app.openapi_schema


def _describe_webhooks(document: dict[str, Any]) -> None:
    """Say what is sent to webhooks: an operation of the receiver for each type of event."""
    schemas = document["components"]["schemas"]
    document["webhooks"] = {}
    bodies: list[type[BaseModel]] = [*event_bodies(), WebhookTestEvent, WebhookPausedEvent, WebhookDroppedEvent]
    for body in bodies:
        schema = body.model_json_schema(by_alias=True, mode="serialization", ref_template=_REFERENCE)
        for name, definition in {**schema.pop("$defs", {}), body.__name__: schema}.items():
            schemas.setdefault(name, definition)
        [kind] = get_args(body.model_fields["type"].annotation)
        document["webhooks"][kind.value] = {"post": _receiving(kind.value, body)}


def _receiving(kind: str, body: type[BaseModel]) -> dict[str, Any]:
    headers = [
        {"name": name, "in": "header", "required": True, "schema": {"type": "string"}, "description": text}
        for name, text in _SIGNED.items()
    ]
    content = {"application/json": {"schema": {"$ref": _REFERENCE.format(model=body.__name__)}}}
    return {
        "operationId": f"on{body.__name__}",
        "summary": kind,
        "description": body.__doc__,
        "tags": ["webhooks"],
        "security": [],
        "parameters": headers,
        "requestBody": {"required": True, "content": content},
        "responses": {
            "2XX": {"description": "It has arrived."},
            "410": {"description": "Send nothing more: the webhook is paused."},
            "default": {"description": "It is sent again, for three days; `Retry-After` is honoured."},
        },
    }

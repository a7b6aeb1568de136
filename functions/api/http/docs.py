"""The OpenAPI document, and a page that shows it without access to the internet."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.openapi.utils import get_openapi
from fastapi.responses import HTMLResponse
from fastapi.routing import APIRoute
from pydantic.alias_generators import to_camel
from starlette.staticfiles import StaticFiles

from functions.api.http.problems import Problem

_ASSETS = "/docs/assets"

TAGS = [
    {"name": "sessions", "description": "A session is one WhatsApp number, linked as a device of its phone."},
    {"name": "messages", "description": "Messages sent and received."},
    {"name": "chats", "description": "Chats with their last message and unread count."},
    {"name": "assistant", "description": "Answers by a model: its settings, its turns, and who answers in a chat."},
    {"name": "events", "description": "Everything that happens: of one session in one sequence, or of all in one log."},
    {"name": "webhooks", "description": "Events sent to addresses of yours, signed, until they are accepted."},
    {"name": "keys", "description": "API keys with their scopes, and tokens for browsers."},
    {"name": "health", "description": "Whether the gateway can work."},
]

router = APIRouter(include_in_schema=False)


@router.get("/docs")
async def show_docs() -> HTMLResponse:
    """Return Swagger UI, whose assets this app serves itself."""
    return get_swagger_ui_html(
        openapi_url="/openapi.json",
        title="WhatsApp gateway API",
        swagger_js_url=f"{_ASSETS}/swagger-ui-bundle.js",
        swagger_css_url=f"{_ASSETS}/swagger-ui.css",
        swagger_favicon_url=f"{_ASSETS}/favicon-32x32.png",
        swagger_ui_parameters={"persistAuthorization": True, "tryItOutEnabled": True},
    )


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
        schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas.update(schema.pop("$defs"))
        schemas["Problem"] = schema
        app.openapi_schema = document
    return app.openapi_schema

"""Pages, rendered from templates; a poller that has the page already gets 304."""

from __future__ import annotations

import hashlib
from typing import Any
from uuid import UUID

from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from functions.explorer import views
from functions.explorer.auth import read_cookie
from functions.explorer.pictures import picture_address
from gateway.domain.times import iso

_templates = Environment(
    loader=PackageLoader("functions.explorer"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_templates.filters.update(utc=views.utc, iso=iso, initial=views.initial, picture=picture_address)


def render_page(
    request: Request,
    template: str,
    *,
    status: int = 200,
    poll: float = 0,
    **values: Any,  # noqa: ANN401
) -> Response:
    """Render a template with `values`; the page asks for itself again every `poll` seconds, never where it is 0.

    While it is hidden it asks every `background_poll` seconds, one of the values, for its title alone.
    """
    sign_in = read_cookie(request)
    html = _templates.get_template(template).render(
        tab=template.removesuffix(".html").partition("-")[0],
        csrf_token=sign_in.csrf_token if sign_in else None,
        tab_session=_session_of(request, values) if status != 404 else "",
        tab_chat=_id_in(request, "chat") if status != 404 else "",
        offers_try_it=request.app.state.settings.whatsapp_control_url is not None,
        poll=poll,
        **values,
    )
    etag = f'"{hashlib.sha256(html.encode()).hexdigest()[:32]}"'
    if status == 200 and request.headers.get("If-None-Match") == etag:
        return Response(status_code=304, headers={"ETag": etag})
    return HTMLResponse(html, status, headers={"ETag": etag})


def wants_json(request: Request) -> bool:
    """Return whether a script asks, which shows the answer itself."""
    return request.headers.get("Accept") == "application/json"


def _session_of(request: Request, values: dict[str, Any]) -> str:
    """Return the id of the session that the tabs lead to: the one shown, else the one in the page's address."""
    if shown := values.get("session"):
        return str(shown.info.id)
    return _id_in(request, "session")


def _id_in(request: Request, name: str) -> str:
    """Return the id under this name in the page's address; empty where there is none."""
    try:
        return str(UUID(request.query_params.get(name, "")))
    except ValueError:
        return ""

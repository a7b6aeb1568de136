"""Pages: templates filled, answered with 304 to a poller that has them already."""

from __future__ import annotations

import hashlib
from typing import Any

from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from functions.explorer import views
from functions.explorer.auth import known

_templates = Environment(
    loader=PackageLoader("functions.explorer"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_templates.filters.update(moment=views.moment, iso=views.iso, initial=views.initial)


def page(request: Request, template: str, *, status: int = 200, poll: float = 0, **values: Any) -> Response:  # noqa: ANN401
    """`poll` is after how many seconds the page looks for news; 0 is never."""
    visitor = known(request)
    html = _templates.get_template(template).render(
        tab=template.removesuffix(".html"),
        token=visitor.token if visitor else None,
        offers_try_it=request.app.state.settings.whatsapp_control_url is not None,
        poll=poll,
        **values,
    )
    tag = f'"{hashlib.sha256(html.encode()).hexdigest()[:32]}"'
    if status == 200 and request.headers.get("If-None-Match") == tag:
        return Response(status_code=304, headers={"ETag": tag})
    return HTMLResponse(html, status, headers={"ETag": tag})

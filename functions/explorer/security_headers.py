"""Response headers that tell the browser what a page may do."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    # Not no-referrer: browsers then send no Origin with forms.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(self), geolocation=()",
}
_HTTPS_ONLY = "max-age=31536000"


def policy(media_origins: Sequence[str]) -> str:
    """Return the content security policy: files of messages come from these origins, and are uploaded to them."""
    media = "".join(f" {origin}" for origin in media_origins)
    return "; ".join(
        [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            # blob: is what was chosen or recorded here and is not sent yet.
            f"img-src 'self' data: blob:{media}",
            f"media-src 'self' blob:{media}",
            f"connect-src 'self'{media}",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        ]
    )


class SecurityHeaders:
    """The outermost ASGI middleware: every response gets the headers, also those of errors."""

    def __init__(self, app: ASGIApp, media_origins: Sequence[str]) -> None:
        self._app = app
        self._headers = {**HEADERS, "Content-Security-Policy": policy(media_origins)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(self._headers)
                headers.setdefault("Cache-Control", "no-store")
                if scope["scheme"] == "https":
                    headers["Strict-Transport-Security"] = _HTTPS_ONLY
            await send(message)

        await self._app(scope, receive, send_with_headers)

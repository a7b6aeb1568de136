"""The Explorer as a service of `make up` and of the tests."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from infra.local.ports import LOOPBACK, responds_ok
from infra.local.python_service import ASGI_SERVER, PythonService


class Explorer(PythonService):
    """`whatsapp_url` is the control API of the local WhatsApp server; without it there is no Try it tab."""

    def __init__(
        self,
        log: Path,
        port: int,
        api_url: str,
        cookie_key: str,
        inherited: Mapping[str, str],
        *,
        whatsapp_url: str | None = None,
        key_file: Path | None = None,
        media_origin: str | None = None,
    ) -> None:
        self.url = f"http://{LOOPBACK}:{port}"
        environment = {
            **inherited,
            "NO_PROXY": LOOPBACK,
            "GATEWAY_API_URL": api_url,
            "GATEWAY_COOKIE_KEYS": cookie_key,
            **({"GATEWAY_WHATSAPP_CONTROL_URL": whatsapp_url} if whatsapp_url else {}),
            **({"GATEWAY_EXPLORER_MEDIA_ORIGINS": media_origin} if media_origin else {}),
            **({"GATEWAY_EXPLORER_KEY_FILE": str(key_file)} if key_file else {}),
        }
        server = (*ASGI_SERVER, "functions.explorer.app:app", str(port))
        ready = partial(responds_ok, f"{self.url}/explorer/sign-in")
        super().__init__("Explorer", log, server, lambda: environment, ready)

"""The environment variables that lead a client's process to this server instead of to WhatsApp."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

ENVIRONMENT_FILE = "environment.json"
HOOK = Path(__file__).parents[1] / "hook"

_PROXIES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY")
_LOOPBACK = "127.0.0.1,localhost,::1"


def client_variables(proxy_port: int, authority: Path, root_key: bytes) -> dict[str, str]:
    """Return what a client's process must have in its environment when it starts: Go reads it only then."""
    proxy = f"http://127.0.0.1:{proxy_port}"
    proxies = {name: proxy for upper in _PROXIES for name in (upper, upper.lower())}
    return {
        **proxies,
        "NO_PROXY": _LOOPBACK,
        "no_proxy": _LOOPBACK,
        "SSL_CERT_FILE": str(authority),
        "SSL_CERT_DIR": "/nonexistent",
        "NODE_EXTRA_CA_CERTS": str(authority),
        "NODE_USE_ENV_PROXY": "1",
        "PYTHONPATH": str(HOOK),
        "WHATSAPP_ROOT_KEY": root_key.hex(),
    }


def write_environment(directory: Path, variables: Mapping[str, str]) -> None:
    """Replace environment.json in this directory."""
    target = directory / ENVIRONMENT_FILE
    draft = target.with_suffix(".new")
    draft.write_text(json.dumps(variables, indent=2) + "\n")
    draft.replace(target)

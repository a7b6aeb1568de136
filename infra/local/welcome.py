"""What `make up` prints when everything runs."""

from __future__ import annotations

import json
from pathlib import Path
from uuid import uuid4

from rich.panel import Panel
from rich.table import Table

from infra.local.first_run import Phone
from infra.local.settings import UpSettings

_SHOWN_PHONES = 5


def panel(settings: UpSettings, key: str, phones: list[Phone]) -> Panel:
    rows = Table.grid(padding=(0, 2))
    rows.add_column(style="bold")
    rows.add_column(overflow="fold")
    rows.add_row("Explorer", f"{settings.explorer_url}  (begin here)")
    rows.add_row("API", settings.api_url)
    rows.add_row("WebSocket", settings.websocket_url)
    rows.add_row("API document", f"{settings.api_url}/docs")
    rows.add_row("App key", f"{key}\n(kept in {_short(settings.key_file)})")
    rows.add_row("WhatsApp", _whatsapp(settings))
    for phone in phones[:_SHOWN_PHONES]:
        rows.add_row("", f"{phone.number}  {phone.name}")
    if len(phones) > _SHOWN_PHONES:
        rows.add_row("", f"and {len(phones) - _SHOWN_PHONES} more: {settings.whatsapp_url}/phones")
    rows.add_row("Logs", f"{_short(settings.logs)}/")
    return Panel(rows, title="The gateway runs. Ctrl-C ends it.", title_align="left", expand=False)


def next_commands(settings: UpSettings) -> str:
    """Return the commands that create a session, of a user profile made up here, and begin to link it."""
    call = f'curl -H "X-API-Key: $(cat {_short(settings.key_file)})"'
    document = json.dumps({"sessionName": "office", "userProfileId": str(uuid4())})
    body = f"-H 'Content-Type: application/json' -d '{document}'"
    return (
        f"Make a session:\n  {call} {body} {settings.api_url}/sessions\n"
        f"Link it, with the id it returned in place of ID:\n  {call} -X POST {settings.api_url}/sessions/ID/connect\n"
    )


def _whatsapp(settings: UpSettings) -> str:
    if settings.whatsapp == "live":
        return "the real one: link a number with your phone"
    return f"a local server with virtual phones, controlled at {settings.whatsapp_url}"


def _short(path: Path) -> str:
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)

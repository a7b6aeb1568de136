"""The commands of README and docs, run as a shell runs them, on the whole gateway."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from infra.local.first_run import PHONES
from infra.local.settings import UpSettings
from tests.documents import blocks, section
from tests.e2e.world import World

PAGES = ("docs/api.md", "docs/keys.md", "docs/events.md", "docs/assistant.md")


def test_the_first_message_of_the_readme_and_the_requests_of_the_pages(fresh: World, tmp_path: Path) -> None:
    fresh.gateway.start_connector()
    fresh.gateway.start_replies()
    for phone in PHONES:
        fresh.whatsapp.create_phone(phone.number, phone.name)
    [first] = [
        block for block in blocks("sh", "README.md") if block.code in section("README.md", "## The first message")
    ]
    # What operators type needs the database's address.
    pages = [block.code for name in PAGES for block in blocks("sh", name) if not block.code.startswith("gateway ")]
    said = shell("\n".join([first.code, *pages]), fresh, tmp_path)
    assert '"content":"Hello 👋"' in said
    assert '"content":"Hello back"' in said
    assert '"status":"sent"' in said
    assert '"systemPrompt":"You answer for Elm Street 5. Rent is due on the 3rd."' in said
    assert '"kind":"test","status":"replied"' in said
    # The example of an app key makes another, which is never linked.
    [session] = fresh.as_user(fresh.gateway.app_key).sessions(status="connected")
    contents = [message.content for message in session.messages()]
    assert contents == ["The plumber comes on Tuesday.", "Hello back", "Hello 👋"]


def shell(script: str, world: World, directory: Path) -> str:
    """What the script writes; it finds the key where `make up` leaves it."""
    (directory / ".local").mkdir()
    (directory / ".local" / "api-key").write_text(world.gateway.app_key)
    usual, ours = UpSettings(), (world.gateway.api.url, world.stack.whatsapp.url)
    for address, other in zip((usual.api_url, usual.whatsapp_url), ours, strict=True):
        assert address in script
        script = script.replace(address, other)
    environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ} | {"NO_PROXY": "*"}
    ran = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=directory,
        env=environment,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout

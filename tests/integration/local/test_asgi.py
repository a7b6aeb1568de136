"""The server of the API on one machine: it sleeps, and hears a signal at once."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import httpx

from infra.local import asgi
from infra.local.ports import LOOPBACK, free_port

_APPLICATION = """
    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"here"})
"""
# Sleeps for longer than a test may take.
_ASLEEP = "from infra.local import asgi; asgi.TICK_SECONDS = 3600.0; asgi.main()"


def test_it_answers_with_a_date_and_ends_by_a_signal_however_long_it_sleeps(tmp_path: Path) -> None:
    (tmp_path / "answering.py").write_text(textwrap.dedent(_APPLICATION))
    port = free_port()
    command = [sys.executable, "-c", _ASLEEP, "answering:app", str(port), "--grace", "5"]
    environment = {"PYTHONPATH": f"{Path(asgi.__file__).parents[2]}:{tmp_path}"}
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr
        assert any("Uvicorn running" in line for line in server.stderr)
        answer = httpx.get(f"http://{LOOPBACK}:{port}/", trust_env=False, timeout=60)
        server.send_signal(signal.SIGTERM)
        server.communicate(timeout=60)
    assert (answer.text, "date" in answer.headers) == ("here", True)
    assert server.returncode == -signal.SIGTERM

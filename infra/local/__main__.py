"""`make up`: the whole gateway on this machine, until Ctrl-C."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from types import FrameType

import httpx
import psycopg
from botocore.exceptions import BotoCoreError, ClientError
from pydantic import ValidationError
from rich.console import Console

from infra.local import first_run, runs, welcome
from infra.local.ports import PortTaken, require_free
from infra.local.processes import Supervisor
from infra.local.service import StartError
from infra.local.services import CONNECTOR_STOP_SECONDS
from infra.local.settings import UpSettings
from infra.local.system import System
from infra.local.whatsapp.client import ControlRefused

START_ERRORS = (StartError, OSError, psycopg.Error, BotoCoreError, ClientError, ControlRefused, httpx.TransportError)


def main() -> int:
    console = Console()
    try:
        settings = UpSettings()
        settings.logs.mkdir(parents=True, exist_ok=True)
        with runs.exclusive(settings.directory):
            _clean_up_earlier_run(settings, console)
            require_free(settings.ports)
            return _run(settings, console)
    except (ValidationError, runs.AlreadyRunning, PortTaken, PermissionError) as error:
        _print_error(console, error)
        return 1


def _clean_up_earlier_run(settings: UpSettings, console: Console) -> None:
    """End the processes of a killed run, and keep its logs beside those of this run."""
    orphans = runs.find_orphans(settings.logs)
    if orphans:
        with console.status(f"Ending {len(orphans)} processes that a killed run left …"):
            runs.end_orphans(orphans, CONNECTOR_STOP_SECONDS)
    for log in settings.logs.glob("*.log"):
        log.replace(log.with_suffix(".previous.log"))


def _run(settings: UpSettings, console: Console) -> int:
    supervisor = Supervisor(console)
    try:
        _on_signals(_interrupt)
        _start(settings, supervisor, console)
        supervisor.watch()
    except KeyboardInterrupt:
        return 0
    except START_ERRORS as error:
        _print_error(console, error)
        return 1
    finally:
        # A second signal ends the services that are still stopping.
        _on_signals(lambda *_: supervisor.kill())
        supervisor.stop()


def _start(settings: UpSettings, supervisor: Supervisor, console: Console) -> None:
    system = System(settings)
    supervisor.start(system.steps())
    first_run.write_addresses(settings, system.database.admin)
    key = first_run.api_key(settings.key_file, system.database.admin)
    phones = first_run.virtual_phones(settings.whatsapp_url) if settings.whatsapp == "local" else []
    console.print(welcome.panel(settings, key, phones))
    console.print(welcome.next_commands(settings), soft_wrap=True, highlight=False, markup=False)


def _on_signals(handler: Callable[[int, FrameType | None], None]) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, handler)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _print_error(console: Console, error: Exception) -> None:
    text = str(error)
    if isinstance(error, ValidationError):
        text = "\n".join(f"{str(one['loc'][0]).upper()}: {one['msg']}" for one in error.errors())
    console.print(text, style="red", highlight=False, markup=False, soft_wrap=True)


if __name__ == "__main__":
    sys.exit(main())

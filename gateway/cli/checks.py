"""What `gateway doctor` checks, part by part; its sessions are in `session_checks`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from gateway.client import ClientError, Gateway, Health, Retry

LOCAL_HEALTH_URL = "http://127.0.0.1:8081/health"
OPEN_TO_OTHERS = 0o077


class State(StrEnum):
    """The outcome of a check; FAILED alone is a fault of the gateway."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found; `advice` says what to do about it."""

    part: str
    state: State
    text: str
    advice: str = ""


def ok(part: str, text: str) -> Finding:
    return Finding(part, State.OK, text)


def failed(part: str, text: str, advice: str) -> Finding:
    return Finding(part, State.FAILED, text, advice)


def warning(part: str, text: str, advice: str) -> Finding:
    return Finding(part, State.WARNING, text, advice)


def skipped(part: str, text: str, advice: str) -> Finding:
    return Finding(part, State.SKIPPED, text, advice)


def configuration(url: str, key_file: Path) -> Iterator[Finding]:
    """Check which API and key are configured."""
    yield ok("configuration", f"The API is asked at {url}.")
    if os.environ.get("GATEWAY_API_KEY"):
        yield ok("configuration", "The key is in GATEWAY_API_KEY.")
    elif not key(key_file):
        advice = "Set GATEWAY_API_KEY; `make up` leaves a key in .local/api-key, `gateway keys create` makes one."
        yield failed("configuration", f"There is no API key: {key_file} does not hold one.", advice)
    elif key_file.stat().st_mode & OPEN_TO_OTHERS:
        yield warning("configuration", f"Others can read {key_file}.", f"chmod 600 {key_file}")
    else:
        yield ok("configuration", f"The key is in {key_file}.")


def key(file: Path) -> str:
    """Return GATEWAY_API_KEY, or what the file holds; empty where it cannot be read."""
    try:
        return os.environ.get("GATEWAY_API_KEY") or file.read_text(errors="replace").strip()
    except (OSError, ValueError):
        return ""


def api(url: str) -> Iterator[Finding]:
    """Check the API, and through it its database and queues."""
    try:
        with Gateway(url, "", retry=Retry(attempts=1)) as gateway:
            health = gateway.health()
    except ClientError as error:
        yield failed("API", str(error), "Start the gateway (`make up`), or set GATEWAY_API_URL to where it runs.")
        return
    yield ok("API", f"It answers, version {health.version}.")
    yield from _part(health, "database", "Is PostgreSQL up, and GATEWAY_DATABASE_URL of the API right?")
    advice = "Is SQS reachable from the API, do the queues exist? Sends work meanwhile, a few seconds slower."
    yield from _part(health, "queues", advice)


def _part(health: Health, name: str, advice: str) -> Iterator[Finding]:
    check = health.checks.get(name)
    if check is None:
        return
    if check.status == "ok":
        yield ok(name, f"It answers the API in {check.latency_ms:.0f} ms.")
    else:
        yield failed(name, "The API cannot reach it.", advice)


def connector(health_url: str | None, api_url: str) -> Iterator[Finding]:
    """Check a connector by its health endpoint: the one given, or that of this machine if the API is on it, too."""
    local = _host(api_url) in ("127.0.0.1", "localhost", "::1")
    where = health_url or (LOCAL_HEALTH_URL if local else None)
    if where is None:
        yield skipped("connector", "It is not known where it is.", "Set GATEWAY_CONNECTOR_URL to its health endpoint.")
        return
    advice = "Start it: `make up` here, `python -m connector` by hand. Until then sessions stay `connecting`."
    try:
        response = httpx.get(where, timeout=5)
        workers = response.json()["workers"]
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeEncodeError):
        yield failed("connector", f"It cannot be reached at {where}.", advice)
    except (ValueError, KeyError, TypeError):
        yield failed("connector", f"What answers at {where} is no connector.", "Set GATEWAY_CONNECTOR_URL.")
    else:
        unhealthy = [str(worker["state"]) for worker in workers if worker["state"] != "ok"]
        if unhealthy or not response.is_success:
            yield failed("connector", f"Workers: {', '.join(unhealthy) or 'not well'}.", "See the connector's log.")
        else:
            sessions = sum(worker["sessions"] for worker in workers)
            yield ok("connector", f"{len(workers)} workers run {sessions} sessions.")


def _host(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None

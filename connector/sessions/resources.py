"""What the sessions of one worker share."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from connector.credentials import Credentials
from connector.sessions.link import Link
from connector.turnbells import TurnBells
from connector.turnstile import Turnstile
from gateway.settings import ConnectorSettings
from gateway.store.database import Database


@dataclass(frozen=True, slots=True)
class Resources:
    """`links` holds the last link of each session until Go has let go of it, whoever runs the session by then."""

    worker: str
    settings: ConnectorSettings
    database: Database
    credentials: Credentials
    pairings: Turnstile
    turn_bells: TurnBells
    links: dict[UUID, Link] = field(default_factory=dict)

"""What the sessions of one worker share."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from connector.credentials import Credentials
from connector.sessions.client_run import ClientRun
from connector.sessions.limiter import FifoLimiter
from connector.sessions.turn_notifier import TurnNotifier
from gateway.settings import ConnectorSettings
from gateway.store.database import Database


@dataclass(frozen=True, slots=True)
class Resources:
    """`links` holds the last link of each session until Go has let go of it, whoever runs the session by then."""

    worker: str
    settings: ConnectorSettings
    database: Database
    credentials: Credentials
    pairings: FifoLimiter
    turn_bells: TurnNotifier
    links: dict[UUID, ClientRun] = field(default_factory=dict)

"""What the sessions of one worker share."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from connector.credentials import Credentials
from connector.sessions.client_run import ClientRun
from connector.sessions.doorbells import Doorbells
from connector.sessions.event_ringer import EventRinger
from connector.sessions.limiter import FairLimiter
from connector.sessions.outage import Outage
from connector.sessions.uploads import Uploads
from connector.spool.spool import Spool
from connector.whatsapp.spare_child import SpareChild
from gateway.aws.media_storage import MediaStorage
from gateway.domain.turns import DueTurn
from gateway.settings import ConnectorSettings
from gateway.store.database import Database


@dataclass(frozen=True, slots=True)
class Resources:
    """`client_runs` has the last run of each session until its client has ended, whoever owns the session by then."""

    worker_id: str
    settings: ConnectorSettings
    database: Database
    credentials: Credentials
    pairing_limiter: FairLimiter
    spare_child: SpareChild
    turn_doorbells: Doorbells[DueTurn]
    media_doorbells: Doorbells[UUID]
    spool: Spool
    event_ringer: EventRinger
    media_storage: MediaStorage
    uploads: Uploads
    client_runs: dict[UUID, ClientRun] = field(default_factory=dict)
    outage: Outage = field(default_factory=Outage)

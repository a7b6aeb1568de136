"""The gateway with a fleet of sessions: tasks that are started and ended, rows that say what became of the sessions."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from uuid import UUID

import psutil
import psycopg
from psycopg.types.json import Jsonb

from gateway.domain.shards import shard_of
from gateway.store.ids import new_id
from infra.local.database import CONNECTOR_ROLE
from infra.local.postgres import Postgres
from infra.local.services import Connector
from tests.bench.fleet import people
from tests.bench.fleet.conditions import Conditions, Whatsapp
from tests.e2e.conftest import PATIENT, UNLIMITED
from tests.e2e.rows import Rows
from tests.e2e.world import until
from tests.stack import Gateway, Stack

MODULE = "tests.bench.fleet.connector"
SHARDS = 16
WORKERS = 2
PATIENCE_SECONDS = 600.0
_DEVICE_COLUMNS = (
    "jid", "lid", "registration_id", "noise_key", "identity_key", "signed_pre_key", "signed_pre_key_id",
    "signed_pre_key_sig", "adv_key", "adv_details", "adv_account_sig", "adv_account_sig_key", "adv_device_sig",
)  # fmt: skip


@dataclass
class Fleet:
    """`sessions` in the order of their numbers; `tasks` are the connectors that run, each with WORKERS workers."""

    stack: Stack
    gateway: Gateway
    whatsapp: Whatsapp
    tasks: list[Connector] = field(default_factory=list)
    sessions: list[UUID] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rows = Rows(self.gateway.database.admin)

    def start_task(self) -> Connector:
        settings = {"GATEWAY_WORKERS": str(WORKERS), "GATEWAY_SPARE_PAIRING_SECONDS": "0"}
        task = self.gateway.start_connector(MODULE, **self.whatsapp.environment, **settings)
        self.tasks.append(task)
        return task

    def end_task(self, task: Connector) -> None:
        """End it in good order."""
        task.stop()
        self.tasks.remove(task)

    def workers(self) -> list[psutil.Process]:
        """Return the workers of all tasks that run."""
        return [worker for task in self.tasks for worker in self.workers_of(task)]

    def workers_of(self, task: Connector) -> list[psutil.Process]:
        children = psutil.Process(task.pid).children()
        return [child for child in children if child.status() != psutil.STATUS_ZOMBIE]

    def link(self, count: int) -> None:
        """Add sessions that are linked and are to be connected."""
        until(lambda: self.rows.select("SELECT to_regclass('whatsmeow.whatsmeow_device') AS it")[0]["it"], timeout=60)
        first = len(self.sessions)
        added = [new_id() for _ in range(count)]
        with psycopg.connect(self.gateway.database.admin) as connection, connection.cursor() as cursor:
            row = cursor.execute("SELECT user_profile_id FROM gateway.api_keys LIMIT 1").fetchone()
            owner = row[0] if row else None
            numbered = list(enumerate(added, first))
            cursor.executemany(_INSERT_DEVICE, [_device(number) for number, _ in numbered])
            cursor.executemany(_INSERT_SESSION, [_session(number, id, owner) for number, id in numbered])
        self.sessions += added

    def statements(self) -> int:
        """Return how many the connectors have run so far, BEGIN and COMMIT among them, without whatsmeow's."""
        [row] = self.rows.select(
            "SELECT sum(calls)::bigint AS count FROM pg_stat_statements JOIN pg_roles ON pg_roles.oid = userid"
            " WHERE rolname = %s",
            CONNECTOR_ROLE,
        )
        return int(row["count"] or 0)

    def connected(self) -> int:
        """Return how many sessions are connected, by the rows and by what WhatsApp sees."""
        rows = self.rows.select(
            "SELECT count(*) AS count FROM gateway.whatsapp_sessions s JOIN gateway.shard_leases l USING (shard)"
            " WHERE s.epoch = l.epoch AND l.owner IS NOT NULL AND s.connection_status = 'connected'"
        )
        pids = {worker.pid for worker in self.workers()}
        return min(int(rows[0]["count"]), len(self.whatsapp.connected(pids)))

    def until_connected(self, timeout: float = PATIENCE_SECONDS) -> None:
        until(lambda: self.connected() >= len(self.sessions), timeout=timeout, interval=0.5)


@contextmanager
def fleet(stack: Stack) -> Iterator[Fleet]:
    """Run a gateway without sessions and tasks, until the block ends."""
    _count_statements(stack.postgres)
    with stack.gateway(**UNLIMITED, **PATIENT) as gateway:
        gateway.key  # noqa: B018 (whose sessions they are)
        fleet = Fleet(stack, gateway, Whatsapp(gateway.logs / "whatsapp"))
        with psycopg.connect(gateway.database.admin) as connection:
            connection.execute("CREATE EXTENSION pg_stat_statements")
        yield fleet


def _count_statements(postgres: Postgres) -> None:
    """Let the server itself count them: a proxy on the way there would be busy with a large fleet."""
    with psycopg.connect(postgres.dsn(), autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements'")
    postgres.restart()


QUIET = Conditions()

_INSERT_DEVICE = (
    f"INSERT INTO whatsmeow.whatsmeow_device ({', '.join(_DEVICE_COLUMNS)})"
    f" VALUES ({', '.join(['%s'] * len(_DEVICE_COLUMNS))})"
)
_INSERT_SESSION = """
    INSERT INTO gateway.whatsapp_sessions
        (id, user_profile_id, session_name, phone_number, lid, shard, desired_state, auth_state)
    VALUES (%s, %s, %s, %s, %s, %s, 'connected', %s)
"""


def _device(number: int) -> tuple[object, ...]:
    """Return a row of whatsmeow's with keys that nobody uses."""
    jid = people.device_of(number)
    keys = iter(lambda: secrets.token_bytes(32), b"")
    noise, identity, pre_key, account = islice(keys, 4)
    signature = secrets.token_bytes(64)
    lid = people.lid_of(people.number_of(number))
    return jid, lid, 1, noise, identity, pre_key, 1, signature, b"", b"", signature, account, signature


def _session(number: int, session_id: UUID, owner: UUID | None) -> tuple[object, ...]:
    state = Jsonb({"store": "whatsmeow", "deviceJid": people.device_of(number)})
    phone = people.number_of(number)
    return session_id, owner, f"fleet {number}", f"+{phone}", people.lid_of(phone), shard_of(session_id, SHARDS), state

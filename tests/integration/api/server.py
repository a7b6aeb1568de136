"""The API under uvicorn in this process, and the owner of its sessions played with the owner's own functions."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

import httpx
import uvicorn
from fastapi import FastAPI

from functions.api.factory import create_app
from gateway.aws.queues import CommandQueues
from gateway.domain.access import Scope
from gateway.domain.commands import CommandError, CommandKind, CommandStatus
from gateway.domain.phone import Address
from gateway.domain.sessions import Reason, SessionState
from gateway.settings import ApiSettings
from gateway.store import commands, incoming, leases, messages, outgoing, sent_actions, sessions
from gateway.store.commands import Command
from gateway.store.database import Database
from gateway.store.fence import Fence, fenced
from gateway.store.ids import new_id
from gateway.store.incoming import Incoming
from gateway.store.maintenance.key_management import IssuedKey, issue_key
from gateway.store.schema import DEFAULT_USER_PROFILES
from gateway.store.sessions import Session
from infra.local.database import DatabaseUrls
from infra.local.queues import bucket_name
from tests.stack import TOKEN_KEYS, Queues

FoundT = TypeVar("FoundT")

JSON = dict[str, Any]
BOB = Address("100000000000002@lid", "+15550002002")
EVE = Address("100000000000003@lid", "+15550002003")
SIGNED = {"token_keys": TOKEN_KEYS["GATEWAY_TOKEN_KEYS"]}
# Wide enough that no test meets a limit it does not ask for.
WIDE = {
    "requests_per_minute": 100_000,
    "messages_per_minute": 1000,
    "messages_per_hour": 1000,
    "new_chats_per_day": 1000,
    # Nor that a stream holds up one that asks for everything in turn.
    "stream_seconds": 0.05,
}


def until(condition: Callable[[], FoundT | None], seconds: float = 10.0) -> FoundT:
    """What the condition finds, looked for until it does. Raises TimeoutError."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(0.02)
    return found


@contextmanager
def served(app: FastAPI) -> Iterator[str]:
    """The base URL of an app that runs on a free port."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, access_log=False, lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until(lambda: server.started)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)


class Parts:
    """A database and queues of a test module, and the keys of its users."""

    def __init__(self, urls: DatabaseUrls, queues: Queues) -> None:
        self.urls = urls
        self.queues = queues
        self.connector = Database(urls.connector, name="owner")
        self._operator = Database(urls.admin, name="operator")
        self.command_queues = CommandQueues(queues.prefix)
        with self.connector.transaction() as connection:
            leases.prepare(connection, 16)

    @property
    def bucket(self) -> str:
        """The bucket of the files of messages."""
        return bucket_name(self.queues.prefix)

    def new_key(self, user: UUID | None = None) -> tuple[UUID, str]:
        """A user's id and a key of theirs."""
        owner = user or new_id()
        return owner, self.issue(owner).text

    def issue(self, user: UUID | None, scopes: Collection[Scope] = (), session_ids: Collection[UUID] = ()) -> IssuedKey:
        """A key of a user, or an app key where None, as an operator makes it."""
        with self._operator.transaction() as connection:
            return issue_key(connection, user, "tests", DEFAULT_USER_PROFILES, scopes=scopes, session_ids=session_ids)

    def settings(self, **changes: object) -> ApiSettings:
        return ApiSettings.model_validate(
            {
                "database_url": self.urls.functions,
                **SIGNED,
                "send_wait_seconds": 5.0,
                **WIDE,
                **changes,
            }
        )

    @contextmanager
    def api(self, **changes: object) -> Iterator[Api]:
        """The API with these settings, and a user of its own."""
        settings = self.settings(**changes)
        database = Database(
            settings.database_url.get_secret_value(),
            wait_seconds=settings.database_wait_seconds,
            direct=settings.database_direct,
        )
        queues = CommandQueues(str(changes["queue_prefix"])) if "queue_prefix" in changes else self.command_queues
        try:
            with served(create_app(settings, database, queues)) as url:
                user, key = self.new_key()
                with httpx.Client(base_url=url, timeout=30) as http:
                    yield Api(self, http, user, key)
        finally:
            database.close()

    def close(self) -> None:
        self.connector.close()
        self._operator.close()


@dataclass(frozen=True, slots=True)
class Api:
    """A client with a key; `as_user` gives one with another's."""

    parts: Parts
    http: httpx.Client
    user: UUID
    key: str

    def as_user(self, user: UUID | None = None) -> Api:
        return Api(self.parts, self.http, *self.parts.new_key(user))

    def with_key(self, key: str) -> Api:
        """The same user with another key or a token."""
        return Api(self.parts, self.http, self.user, key)

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        headers = {"X-API-Key": self.key, **options.pop("headers", {})}
        return self.http.request(method, path, headers=headers, **options)

    def get(self, path: str, **query: object) -> httpx.Response:
        # An empty mapping would remove the query of the path.
        return self.request("GET", path, params={name: str(value) for name, value in query.items()} or None)

    def post(self, path: str, body: object = None, **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return (
            self.request("POST", path, json=body, headers=named)
            if body is not None
            else self.request("POST", path, headers=named)
        )

    def new_session(self, name: str = "Office", **more: object) -> str:
        return str(self.post("/sessions", {"sessionName": name, **more}).json()["id"])

    def owned_session(self) -> Owner:
        """A new session that wants a connection, with its owner."""
        session_id = self.new_session()
        self.post(f"/sessions/{session_id}/connect")
        return self.owner(session_id)

    def linked_session(self) -> Owner:
        """A new session with a number linked, connected."""
        owner = self.owned_session()
        owner.link()
        return owner

    def owner(self, session_id: str) -> Owner:
        with self.parts.connector.transaction() as connection:
            session = sessions.select(connection, "s.id = %(id)s", {"id": session_id})[0]
            lease = leases.acquire(connection, session.shard, "owner", 600)
            epoch = lease.epoch if lease else self._known_epoch(connection, session)
        return Owner(self.parts, session.id, session.shard, epoch)

    def _known_epoch(self, connection: Any, session: Session) -> int:
        row = connection.execute(
            "UPDATE gateway.whatsapp_sessions s SET epoch = l.epoch FROM gateway.shard_leases l"
            " WHERE l.shard = s.shard AND s.id = %s RETURNING l.epoch",
            [session.id],
        ).fetchone()
        return int(row["epoch"])


@dataclass(frozen=True, slots=True)
class Owner:
    """What a worker would do for one session, done with the worker's own functions."""

    parts: Parts
    session_id: UUID
    shard: int
    epoch: int

    @property
    def path(self) -> str:
        return f"/sessions/{self.session_id}"

    @contextmanager
    def fenced(self) -> Iterator[Fence]:
        with fenced(self.parts.connector, self.session_id, self.epoch) as fence:
            yield fence

    def show_qr(self, text: str, seconds: float = 60) -> None:
        with self.fenced() as fence:
            fence.move(SessionState.QR_PENDING)
            fence.show_qr(text, datetime.now(UTC) + timedelta(seconds=seconds), b"key")

    def link(self) -> None:
        with self.fenced() as fence:
            fence.link(f"{self.session_id.int % 10**15}:1@s.whatsapp.net", "+4915112345678", "100000000000001@lid")
            fence.move(SessionState.CONNECTED)

    def lose_connection(self) -> None:
        with self.fenced() as fence:
            fence.move(SessionState.CONNECTING, Reason.CONNECTION_LOST)

    def unfinished(self) -> list[Command]:
        """What was asked of the owner; it looks up subjects of groups by itself."""
        with self.parts.connector.transaction() as connection:
            found = commands.unfinished(connection, self.session_id)
        return [command for command in found if command.kind != CommandKind.GROUP_INFO]

    def deliver_next(self, whatsapp_id: str = "3EB0A1", to: Address | None = BOB) -> UUID:
        """Send the oldest message there is, or the first to come."""
        command, message_id = self._begin_next()
        with self.fenced() as fence:
            outgoing.mark_sent(fence, message_id, whatsapp_id, to, datetime.now(UTC))
            sent_actions.apply(fence, [message_id])
            commands.finish(fence, command.id, CommandStatus.DONE)
        return message_id

    def fail_next(self, error: CommandError, detail: str | None = None) -> UUID:
        command, message_id = self._begin_next()
        with self.fenced() as fence:
            outgoing.mark_failed(fence, message_id, error, detail)
            commands.finish(fence, command.id, CommandStatus.FAILED, error)
        return message_id

    def doubt_next(self, whatsapp_id: str) -> UUID:
        command, message_id = self._begin_next()
        with self.fenced() as fence:
            outgoing.mark_unknown(fence, message_id, whatsapp_id, BOB)
            commands.finish(fence, command.id, CommandStatus.UNKNOWN)
        return message_id

    def change(self, sender: Address = BOB, **fields: Any) -> bool:
        """An edit, a deletion or a better copy comes in; False where it is not applied."""
        came = Incoming(new_id().hex, sender, sender, False, datetime.now(UTC), **fields)
        with self.fenced() as fence:
            return incoming.change(fence, came)

    def receive(self, text: str | None, message_id: str = "AB01", sender: Address = BOB, **changes: Any) -> UUID:
        """A message comes in."""
        came = Incoming(
            message_id=message_id,
            chat=sender,
            sender=sender,
            from_me=False,
            timestamp=datetime.now(UTC),
            message_type=changes.pop("message_type", "text"),
            content=text,
            push_name=changes.pop("push_name", "Bob"),
            **changes,
        )
        with self.fenced() as fence:
            [stored] = incoming.store(fence, [came])
        assert stored
        return stored

    def message(self, message_id: UUID | str) -> messages.Message:
        with self.parts.connector.transaction() as connection:
            return messages.get(connection, self.session_id, UUID(str(message_id)))

    def _begin_next(self) -> tuple[Command, UUID]:
        command = until(lambda: next(iter(self.unfinished()), None))
        message_id = UUID(command.payload["messageId"])
        with self.fenced() as fence:
            assert commands.claim(fence, command.id)
            outgoing.mark_sending(fence, message_id)
        return command, message_id

"""Stores what a request sends with the command that sends it, and responds with what became of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Annotated, TypeAlias
from uuid import UUID

from fastapi import Depends, Request
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from functions.api.http.context import request_context
from functions.api.http.idempotency import Idempotency, IdempotencyDep
from functions.api.sending import PrefersAsyncDep, respond_to_send
from functions.api.services import Services, ServicesDep
from gateway.callers import Caller
from gateway.domain.content import Album
from gateway.domain.errors import Conflict, InvalidInput, NotFound
from gateway.domain.outbound import Content, Context, File
from gateway.domain.phone import Address
from gateway.schemas.base import RequestBody
from gateway.store import outgoing, sessions
from gateway.store.admission import Admission
from gateway.store.database import Connection
from gateway.store.drafts import Draft
from gateway.store.outgoing import Send, SendQuery
from gateway.store.sessions import Session


@dataclass(frozen=True, slots=True)
class SendRequest:
    """A request to send: by which key it is known, and whether its caller waits."""

    request: Request
    services: Services
    idempotency: Idempotency
    prefers_async: bool


async def _send_request(
    request: Request, services: ServicesDep, idempotency: IdempotencyDep, prefers_async: PrefersAsyncDep
) -> SendRequest:
    return SendRequest(request, services, idempotency, prefers_async)


SendRequestDep = Annotated[SendRequest, Depends(_send_request)]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to send, and to whom; what it replies to must be in the chat of that id, where it is given.

    It expires after the time of the settings, or sooner after `within_seconds`. `automated`: by a program.
    `pending` are files that functions/media has to look at first. The `parts` are an album's.
    """

    to: Address | str
    content: Content
    context: Context = field(default_factory=Context)
    quoted_chat_id: UUID | None = None
    within_seconds: float | None = None
    automated: bool = False
    pending: tuple[UUID, ...] = ()
    parts: tuple[File, ...] = ()


# May be called again, with another connection.
Composer: TypeAlias = Callable[[Connection, UUID], Wanted]


async def queue_and_respond(
    sending: SendRequest,
    caller: Caller,
    session_id: UUID,
    body: RequestBody,
    compose: Composer,
    *,
    person: Address | None = None,
    replay_first: bool = False,
) -> JSONResponse:
    """Store what is composed for the session, and respond when WhatsApp has it, or with what is known.

    `person` is the recipient where no row says who that is: what decides about the send is asked with the lock then.
    With `replay_first` nothing is composed for a request that was made before: to compose it writes rows.
    """
    fingerprint = sending.idempotency.fingerprint(body)
    pending: list[UUID] = []
    queue = partial(_queue, sending, caller, session_id, fingerprint, compose, person, pending, replay_first)
    session, message, replayed = await run_in_threadpool(sending.services.database.run, queue)
    for media_id in pending:
        await run_in_threadpool(sending.services.media_notifier.wake, media_id)
    return await respond_to_send(
        sending.request,
        sending.services,
        session,
        message,
        prefers_async=sending.prefers_async,
        replayed=replayed,
    )


async def would_queue(
    sending: SendRequest, caller: Caller, session_id: UUID, body: RequestBody, compose: Composer
) -> bool:
    """Return whether the request would store a message now; False where an earlier one did.

    Raises whatever would refuse it: what costs something on the way to a message comes after.
    """
    fingerprint = sending.idempotency.fingerprint(body)

    def ask(connection: Connection) -> bool:
        services, key = sending.services, sending.idempotency.key
        session = sessions.get(connection, caller.reach, session_id)
        if key and outgoing.replay(connection, session.id, key, fingerprint):
            return False
        draft = _draft(sending, compose(connection, session.id), fingerprint)
        Admission(connection, session.id, draft.to, services.pacing).chat_of(session, draft)
        return True

    return await run_in_threadpool(sending.services.database.run, ask)


def _queue(
    sending: SendRequest,
    caller: Caller,
    session_id: UUID,
    fingerprint: bytes | None,
    compose: Composer,
    person: Address | None,
    pending: list[UUID],
    replay_first: bool,
    connection: Connection,
) -> tuple[Session, Send, bool]:
    """Return also whether it is the message of an earlier request; `pending` becomes the files to look at."""
    services, key = sending.services, sending.idempotency.key
    locking = sessions.ask_within(connection, caller.reach, session_id, lock=True)
    asked = SendQuery(connection, session_id, person, key, services.pacing) if person else None
    session = sessions.found(locking)
    if replay_first and key and (made := outgoing.replay(connection, session.id, key, fingerprint)):
        return session, made, True
    try:
        wanted = compose(connection, session.id)
    except (Conflict, InvalidInput, NotFound):
        # What an earlier request named may be gone, or too old by now.
        earlier = outgoing.replay(connection, session.id, key, fingerprint)
        if earlier is None:
            raise
        return session, earlier, True
    pending[:] = wanted.pending
    draft = _draft(sending, wanted, fingerprint)
    expiry = services.settings.command_expiry_seconds
    expires = expiry if wanted.within_seconds is None else min(expiry, wanted.within_seconds)
    message = outgoing.queue(connection, session, draft, services.pacing, expires, asked)
    return session, message, message.id != draft.id


def _draft(sending: SendRequest, wanted: Wanted, fingerprint: bytes | None) -> Draft:
    draft = Draft(
        wanted.to,
        wanted.content,
        wanted.context,
        wanted.quoted_chat_id,
        automated=wanted.automated,
        idempotency_key=sending.idempotency.key,
        fingerprint=fingerprint,
        correlation_id=request_context(sending.request.scope).request_id,
    )
    return _with_parts(draft, wanted.content, wanted.parts) if isinstance(wanted.content, Album) else draft


def _with_parts(draft: Draft, album: Album, files: Sequence[File]) -> Draft:
    """Return an album with its parts: it names them by our ids, and they name it."""
    parts = tuple(Draft(draft.to, replace(file, album_id=draft.id), automated=draft.automated) for file in files)
    return replace(draft, content=replace(album, parts=tuple(str(part.id) for part in parts)), parts=parts)

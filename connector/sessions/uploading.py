"""Stores files at WhatsApp for the messages of one session that wait for them.

A command for it stays queued while it is carried out: nothing here is undone by a crash, and it is begun again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from uuid import UUID

from connector.sessions import command_outcomes, failed_steps
from connector.sessions.client_calls import ClientCalls
from connector.sessions.steps import UploadMedia
from connector.sessions.uploads import Upload
from connector.whatsapp.files import UPLOAD_TYPES
from gateway.aws.media_storage import FileMissing
from gateway.correlation import about_session, correlated
from gateway.domain.commands import CommandError, CommandStatus
from gateway.domain.errors import LeaseLost
from gateway.domain.files import WhatsAppFile
from gateway.metrics import Metric, measure
from gateway.store import commands, media, media_sends
from gateway.store.commands import Command
from gateway.store.fence import Fence

log = logging.getLogger(__name__)

# Uploads.look renews it several times meanwhile.
_UNDER_WAY_SECONDS = 30.0


class TimedOut(Exception):
    """An upload hung."""


class Uploading:
    """`calls` are its own: an upload may take long, and nothing else waits. `wake` follows."""

    def __init__(self, calls: ClientCalls, wake: Callable[[], None]) -> None:
        self._calls = calls
        self._wake = wake

    def begin(self, fence: Fence, command: Command) -> UploadMedia | None:
        """Count the attempt, so that a file which ends its worker each time ends, too; None where nothing is to do."""
        file = media.get(fence.connection, fence.session_id, UUID(command.payload["mediaId"]))
        if command.attempts >= self._calls.resources.settings.command_attempts:
            command_outcomes.fail(fence, command, CommandError.ATTEMPTS_FAILED)
        elif file.storage_key is None or file.size is None:
            command_outcomes.fail(fence, command, CommandError.MEDIA_UNAVAILABLE)
        elif commands.postpone(fence, command, command.attempts + 1, _UNDER_WAY_SECONDS) is None:
            command_outcomes.fail(fence, command, CommandError.EXPIRED)
        else:
            return UploadMedia(replace(command, attempts=command.attempts + 1), file)
        return None

    def run(self, step: UploadMedia) -> None:
        """Have it carried out when it is its turn, and return at once."""
        upload = Upload(
            self._calls.owned_session.session_id,
            step.file.size or 0,
            run=partial(self._carry_out, step),
            renew=partial(self._renew, step),
            give_up=partial(self._fail, step, TimedOut("the upload hung")),
        )
        self._calls.resources.uploads.begin(upload)

    def _carry_out(self, step: UploadMedia) -> None:
        with about_session(self._calls.owned_session.session_id), correlated(step.command.correlation_id):
            try:
                self._calls.owned_session.require_lease()
                self._upload(step)
            except LeaseLost:
                return
            except Exception as error:  # noqa: BLE001 - whatever it is, it is an attempt of this command
                self._fail(step, error)

    def _upload(self, step: UploadMedia) -> None:
        try:
            data = self._read(step)
        except FileMissing:
            self._calls.write(lambda fence: command_outcomes.fail(fence, step.command, CommandError.MEDIA_UNAVAILABLE))
            return
        upload_type = UPLOAD_TYPES[step.file.kind or "document"]
        stored = self._calls.call(lambda client: client.upload(data, upload_type))
        self._calls.write(partial(self._write, step, stored))
        measure(Metric.MEDIA_UPLOADED)
        log.info("uploaded", extra={"media_id": str(step.file.id), "bytes": step.file.size})
        self._wake()

    def _read(self, step: UploadMedia) -> bytearray:
        """Return the file, which is held once."""
        data = bytearray(step.file.size or 0)
        at = 0
        for piece in self._calls.resources.media_storage.read(step.file.storage_key or ""):
            data[at : at + len(piece)] = piece
            at += len(piece)
        return data

    def _write(self, step: UploadMedia, stored: WhatsAppFile, fence: Fence) -> None:
        media_sends.stored_at_whatsapp(fence, step.file.id, stored)
        commands.finish(fence, step.command.id, CommandStatus.DONE)

    def _renew(self, step: UploadMedia) -> None:
        """Keep the command from being taken again."""

        def renew(fence: Fence) -> None:
            commands.postpone(fence, step.command, step.command.attempts, _UNDER_WAY_SECONDS)

        self._calls.write(renew)

    def _fail(self, step: UploadMedia, error: Exception) -> None:
        failed_steps.handle(self._calls, step, error)
        self._wake()

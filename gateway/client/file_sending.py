"""What a session of the blocking client sends with a file."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from gateway.client import file_calls, send_calls
from gateway.client.calls import Id
from gateway.client.given_files import GivenFile, Progress, opened
from gateway.client.models import Sent
from gateway.client.runner import Runner


class FileSending:
    """The part of a session that sends files.

    A file is given by its path, as bytes, or open for reading bytes. `progress` takes how many bytes were uploaded, and
    how many there are. All return and raise as `send` does, and InvalidInput where the file cannot be sent so.
    """

    id: UUID
    _gateway: Runner

    def upload(self, file: GivenFile, *, name: str | None = None, progress: Progress | None = None) -> UUID:
        """Upload a file to be sent, once or more, and return its id. Raise InvalidInput, OSError."""
        with opened(file, name, progress) as part:
            return self._gateway.ask(file_calls.upload(self.id, part))

    def send_image(
        self,
        to: str,
        file: GivenFile,
        *,
        caption: str | None = None,
        reply_to: Id | None = None,
        wait: bool = True,
        automated: bool = False,
        idempotency_key: str | None = None,
        progress: Progress | None = None,
    ) -> Sent:
        """Send a picture: it is turned upright, and what the camera noted in it is removed."""
        media_id = self.upload(file, progress=progress)
        fields = {"replyTo": reply_to, "caption": caption}
        return self._send_file("image", to, media_id, fields, wait, automated, idempotency_key)

    def send_video(
        self,
        to: str,
        file: GivenFile,
        *,
        caption: str | None = None,
        gif: bool = False,
        round: bool = False,
        reply_to: Id | None = None,
        wait: bool = True,
        automated: bool = False,
        idempotency_key: str | None = None,
        progress: Progress | None = None,
    ) -> Sent:
        """Send a film; `gif`: played again and again without sound, `round`: in a circle, without caption."""
        media_id = self.upload(file, progress=progress)
        fields = {"replyTo": reply_to, "caption": caption, "gif": gif, "round": round}
        return self._send_file("video", to, media_id, fields, wait, automated, idempotency_key)

    def send_audio(
        self,
        to: str,
        file: GivenFile,
        *,
        reply_to: Id | None = None,
        wait: bool = True,
        automated: bool = False,
        idempotency_key: str | None = None,
        progress: Progress | None = None,
    ) -> Sent:
        """Send sound to play."""
        media_id = self.upload(file, progress=progress)
        fields = {"replyTo": reply_to}
        return self._send_file("audio", to, media_id, fields, wait, automated, idempotency_key)

    def send_voice(
        self,
        to: str,
        file: GivenFile,
        *,
        reply_to: Id | None = None,
        wait: bool = True,
        automated: bool = False,
        idempotency_key: str | None = None,
        progress: Progress | None = None,
    ) -> Sent:
        """Send a voice note."""
        media_id = self.upload(file, progress=progress)
        fields = {"replyTo": reply_to}
        return self._send_file("voice", to, media_id, fields, wait, automated, idempotency_key)

    def send_document(
        self,
        to: str,
        file: GivenFile,
        *,
        caption: str | None = None,
        filename: str | None = None,
        reply_to: Id | None = None,
        wait: bool = True,
        automated: bool = False,
        idempotency_key: str | None = None,
        progress: Progress | None = None,
    ) -> Sent:
        """Send any file as it is, under its own name, or another one."""
        media_id = self.upload(file, progress=progress)
        fields = {"replyTo": reply_to, "caption": caption, "filename": filename}
        return self._send_file("document", to, media_id, fields, wait, automated, idempotency_key)

    def send_sticker(
        self,
        to: str,
        file: GivenFile,
        *,
        reply_to: Id | None = None,
        wait: bool = True,
        automated: bool = False,
        idempotency_key: str | None = None,
        progress: Progress | None = None,
    ) -> Sent:
        """Send a picture as a sticker."""
        media_id = self.upload(file, progress=progress)
        fields = {"replyTo": reply_to}
        return self._send_file("sticker", to, media_id, fields, wait, automated, idempotency_key)

    def _send_file(
        self,
        kind: str,
        to: str,
        media_id: UUID,
        fields: dict[str, Any],
        wait: bool,
        automated: bool,
        key: str | None,
    ) -> Sent:
        body = file_calls.message(kind, to, media_id, fields)
        return self._gateway.ask(send_calls.send(self.id, body, wait=wait, automated=automated, key=key))

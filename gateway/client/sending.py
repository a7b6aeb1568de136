"""What a session of the blocking client sends."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from gateway.client import send_calls
from gateway.client.calls import Id
from gateway.client.models import Sent
from gateway.client.runner import Runner


class Sending:
    """The part of a session that sends."""

    id: UUID
    _gateway: Runner

    def send(
        self,
        to: str,
        text: str,
        *,
        reply_to: Id | None = None,
        mentions: Collection[str] = (),
        link_preview: bool = True,
        wait: bool = True,
        automated: bool = False,
        idempotency_key: str | None = None,
    ) -> Sent:
        """Send a text and return once WhatsApp has it, or after some 10 seconds with what is known then.

        `to` is a phone number with its country code, the JID of a person or group, or the id of a chat; `text` has 1 to
        4096 characters. `reply_to` is our id of a message of the same chat; `mentions` are numbers or JIDs of people,
        whose digits stand in the text behind an @. The page behind a link is shown unless `link_preview` is False. The
        status is `sent`; `queued` or `sending` when it takes longer, at once while the session is not connected;
        `unknown` when it may have been sent, which a receipt will tell. With `wait=False` return at once. Calls with
        the same `idempotency_key` (1 to 255 visible ASCII characters) send one message; each call has a key of its own
        where it is omitted. `automated` says that a program sends it: after a person's message the assistant is silent
        in the chat for a while.

        Raise InvalidPhoneNumber, InvalidInput, NotOnWhatsApp, SessionCannotSend until somebody connects the session,
        NotFound for a chat, RefusedByWhatsApp, SendFailed when it was given up, RateLimited also by the session's own
        pace, IdempotencyConflict.

        >>> print(session.send("+4915112345678", "The plumber comes at nine.").status)
        sent
        """
        body = send_calls.text(to, text, reply_to, mentions, link_preview=link_preview)
        return self._send(body, wait, automated, idempotency_key)

    def send_location(
        self,
        to: str,
        latitude: float,
        longitude: float,
        *,
        name: str | None = None,
        address: str | None = None,
        reply_to: Id | None = None,
        wait: bool = True,
        automated: bool = False,
        idempotency_key: str | None = None,
    ) -> Sent:
        """Send a place, in degrees; return and raise as `send` does.

        >>> print(session.send_location("+4915112345678", 52.52, 13.405, name="The flat").status)
        sent
        """
        body = send_calls.location(to, latitude, longitude, name, address, reply_to)
        return self._send(body, wait, automated, idempotency_key)

    def send_contacts(
        self,
        to: str,
        contacts: Collection[Mapping[str, Any]],
        *,
        reply_to: Id | None = None,
        wait: bool = True,
        automated: bool = False,
        idempotency_key: str | None = None,
    ) -> Sent:
        """Send contacts, each with its `name` and `phones`; return and raise as `send` does.

        >>> mara = {"name": "Mara", "phones": ["+4915798765432"]}
        >>> print(session.send_contacts("+4915112345678", [mara]).status)
        sent
        """
        return self._send(send_calls.contacts(to, contacts, reply_to), wait, automated, idempotency_key)

    def send_poll(
        self,
        to: str,
        question: str,
        options: Collection[str],
        *,
        multiple: bool = False,
        reply_to: Id | None = None,
        wait: bool = True,
        automated: bool = False,
        idempotency_key: str | None = None,
    ) -> Sent:
        """Send a question with 2 to 12 options, of which one may choose one, or `multiple`.

        Votes come as messages of the type `poll_vote`. Return and raise as `send` does.

        >>> print(session.send_poll("+4915112345678", "When?", ["Tuesday", "Friday"]).status)
        sent
        """
        body = send_calls.poll(to, question, options, multiple, reply_to)
        return self._send(body, wait, automated, idempotency_key)

    def forward(
        self,
        to: str,
        message_id: Id,
        *,
        wait: bool = True,
        automated: bool = False,
        idempotency_key: str | None = None,
    ) -> Sent:
        """Send a message of the session on, marked as forwarded; return and raise as `send` does.

        >>> print(session.forward("+4915112345678", sent.id).status)
        sent
        """
        return self._send({"to": to, "forwardOf": str(message_id)}, wait, automated, idempotency_key)

    def resend(self, message_id: Id, *, wait: bool = True, force: bool = False) -> Sent:
        """Send a failed message again, and return as `send` does.

        Raise Conflict unless the message failed: no other was surely not sent. With `force` one that is `unknown` is
        sent again too, and may arrive twice. Else raise what `send` raises.

        >>> for message in session.messages():
        ...     if message.status == "failed":
        ...         session.resend(message.id)
        """
        return self._gateway.ask(send_calls.resend(self.id, message_id, wait=wait, force=force))

    def edit(self, message_id: Id, text: str, *, wait: bool = True) -> Sent:
        """Change the text of an own message, or the caption of its file, for everyone.

        Return as `send` does, with the id of the edit. Raise Conflict (`edit_window_over`) once 15 minutes are over,
        else what `send` raises.

        >>> print(session.edit(sent.id, "The plumber comes at ten.").status)
        sent
        """
        return self._gateway.ask(send_calls.edit(self.id, message_id, text, wait=wait))

    def delete_message(self, message_id: Id, *, wait: bool = True) -> Sent:
        """Delete a message for everyone: an own one, or in a group any, where the number is an admin.

        Return as `send` does, with the id of the deletion. Raise Conflict (`not_own`, `not_admin`, and once 60 hours
        are over `delete_window_over`), else what `send` raises.

        >>> print(session.delete_message(sent.id).status)
        sent
        """
        return self._gateway.ask(send_calls.delete(self.id, message_id, wait=wait))

    def react(self, message_id: Id, emoji: str | None, *, wait: bool = True) -> Sent:
        """Mark a message with an emoji, in place of an earlier one; None takes it back.

        Return as `send` does, with the id of the reaction, and raise what it raises.

        >>> print(session.react(sent.id, "👍").status)
        sent
        """
        return self._gateway.ask(send_calls.react(self.id, message_id, emoji, wait=wait))

    def pin(self, message_id: Id, *, seconds: int = 604_800, wait: bool = True) -> Sent:
        """Pin a message for all in its chat, for 86400, 604800 or 2592000 seconds; return and raise as `send` does.

        >>> print(session.pin(sent.id, seconds=86_400).status)
        sent
        """
        return self._gateway.ask(send_calls.pin(self.id, message_id, seconds, wait=wait))

    def unpin(self, message_id: Id, *, wait: bool = True) -> Sent:
        """End that a message is pinned; return and raise as `send` does.

        >>> print(session.unpin(sent.id).status)
        sent
        """
        return self._gateway.ask(send_calls.pin(self.id, message_id, 0, wait=wait))

    def set_disappearing(self, chat_id: Id, seconds: int, *, wait: bool = True) -> Sent:
        """Let messages of a chat with one person disappear after 86400, 604800 or 7776000 seconds; 0 ends that.

        `chat_id` may be a phone number or a JID, too. Return and raise as `send` does. For a group, `change_group`.

        >>> print(session.set_disappearing("+4915112345678", 604_800).status)
        sent
        """
        return self._gateway.ask(send_calls.disappear(self.id, chat_id, seconds, wait=wait))

    def _send(self, body: Mapping[str, Any], wait: bool, automated: bool, key: str | None) -> Sent:
        return self._gateway.ask(send_calls.send(self.id, body, wait=wait, automated=automated, key=key))

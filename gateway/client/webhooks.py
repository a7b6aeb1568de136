"""Webhooks through the blocking client: `gateway.webhooks`."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from functools import partial
from typing import Literal, TypedDict, Unpack

from gateway.client import flows, verification, webhook_calls
from gateway.client.calls import Id
from gateway.client.runner import Runner
from gateway.client.webhook_calls import Delivery, IssuedWebhook, Replayed, Webhook
from gateway.domain.events import EventType


class WebhookChanges(TypedDict, total=False):
    """What `change` can change."""

    url: str
    description: str | None
    types: Collection[EventType | str] | None
    session_ids: Collection[Id]
    user_profile_ids: Collection[Id]
    all: bool
    payload: Literal["full", "ids"]
    status: Literal["active", "paused"]


class Webhooks:
    """What a client does with webhooks; made by the client, as `webhooks`."""

    verify = staticmethod(verification.verify)

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    def create(
        self,
        url: str,
        *,
        types: Collection[EventType | str] | None = None,
        session_ids: Collection[Id] | None = None,
        user_profile_ids: Collection[Id] | None = None,
        payload: Literal["full", "ids"] = "full",
        description: str | None = None,
    ) -> IssuedWebhook:
        """Have events from now on sent to `url`, and return the webhook with its `secret`, which is shown this once.

        `types` limits them, and either `session_ids` or `user_profile_ids`; else they are of all that the key reaches.
        With `payload="ids"` they come without messages. Needs `manage` and `read`. Not repeated where the answer is
        lost. Raise Forbidden, InvalidInput, Conflict, and NotFound for what is not the user's.

        >>> gateway.webhooks.create("https://app.example.com/hook", types=["message.received"]).status
        'active'
        """
        call = webhook_calls.create(
            url,
            types=types,
            session_ids=session_ids,
            user_profile_ids=user_profile_ids,
            payload=payload,
            description=description,
        )
        return self._runner.ask(call)

    def list(self) -> Iterator[Webhook]:
        """Iterate over webhooks, newest first.

        >>> made = gateway.webhooks.create("https://app.example.com/list")
        >>> [each.url for each in gateway.webhooks.list()][0]
        'https://app.example.com/list'
        """
        return self._runner.iterate(flows.pages(webhook_calls.webhooks, self._runner.retry))

    def get(self, webhook_id: Id) -> Webhook:
        """Return a webhook. Raise NotFound.

        >>> made = gateway.webhooks.create("https://app.example.com/hook")
        >>> gateway.webhooks.get(made.id).paused_reason is None
        True
        """
        return self._runner.ask(webhook_calls.webhook(webhook_id))

    def change(self, webhook_id: Id, **changes: Unpack[WebhookChanges]) -> Webhook:
        """Change what is named; `status` is `paused` or `active`. Raise InvalidInput, NotFound.

        >>> made = gateway.webhooks.create("https://app.example.com/hook")
        >>> gateway.webhooks.change(made.id, status="paused").paused_reason
        'requested'
        """
        return self._runner.ask(webhook_calls.change(webhook_id, {**changes}))

    def delete(self, webhook_id: Id) -> None:
        """Send nothing more. Raise NotFound.

        >>> made = gateway.webhooks.create("https://app.example.com/hook")
        >>> gateway.webhooks.delete(made.id)
        """
        self._runner.ask(webhook_calls.delete(webhook_id))

    def rotate(self, webhook_id: Id, *, grace_seconds: int | None = None) -> IssuedWebhook:
        """Replace the secret; for `grace_seconds` (a day if omitted) both sign. Raise InvalidInput, NotFound.

        >>> made = gateway.webhooks.create("https://app.example.com/hook")
        >>> gateway.webhooks.rotate(made.id).secret == made.secret
        False
        """
        return self._runner.ask(webhook_calls.rotate(webhook_id, grace_seconds))

    def test(self, webhook_id: Id) -> Delivery:
        """Send an event of the type `webhook.test`. Raise NotFound, Conflict while it is paused.

        >>> made = gateway.webhooks.create("https://app.example.com/hook")
        >>> gateway.webhooks.test(made.id).type
        'webhook.test'
        """
        return self._runner.ask(webhook_calls.test(webhook_id))

    def deliveries(self, webhook_id: Id, *, status: str | None = None) -> Iterator[Delivery]:
        """Iterate over what was and is to be sent, newest first; `status` limits it. Raise NotFound.

        >>> made = gateway.webhooks.create("https://app.example.com/hook")
        >>> [each.type for each in gateway.webhooks.deliveries(made.id, status="failed")]
        []
        """
        call = partial(webhook_calls.deliveries, webhook_id, status=status)
        return self._runner.iterate(flows.pages(call, self._runner.retry))

    def redeliver(self, webhook_id: Id, delivery_id: Id) -> Delivery:
        """Send a delivery once more, whatever became of it. Raise NotFound, Conflict while the webhook is paused.

        >>> made = gateway.webhooks.create("https://app.example.com/hook")
        >>> delivery = gateway.webhooks.test(made.id)
        >>> gateway.webhooks.redeliver(made.id, delivery.id).status
        'pending'
        """
        return self._runner.ask(webhook_calls.redeliver(webhook_id, delivery_id))

    def replay(self, webhook_id: Id, after: str | datetime, until: str | datetime | None = None) -> Replayed:
        """Send the events of a stretch of the log once more, both ends an event's `id` or a time; or from `earliest`.

        Raise InvalidInput, NotFound, Conflict while the webhook is paused, CursorExpired.

        >>> made = gateway.webhooks.create("https://app.example.com/hook")
        >>> gateway.webhooks.replay(made.id, "earliest").next_after is None
        True
        """
        return self._runner.ask(webhook_calls.replay(webhook_id, after, until))

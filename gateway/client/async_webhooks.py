"""Webhooks through the asyncio client: `gateway.webhooks`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from datetime import datetime
from functools import partial
from typing import Literal, Unpack

from gateway.client import flows, verification, webhook_calls
from gateway.client.calls import Id
from gateway.client.runner import AsyncRunner
from gateway.client.webhook_calls import Delivery, IssuedWebhook, Replayed, Webhook
from gateway.client.webhooks import WebhookChanges
from gateway.domain.events import EventType


class AsyncWebhooks:
    """What a client does with webhooks; made by the client, as `webhooks`."""

    verify = staticmethod(verification.verify)

    def __init__(self, runner: AsyncRunner) -> None:
        self._runner = runner

    async def create(
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

        >>> (await gateway.webhooks.create("https://app.example.com/hook", types=["message.received"])).status
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
        return await self._runner.ask(call)

    def list(self) -> AsyncIterator[Webhook]:
        """Iterate over webhooks, newest first.

        >>> made = await gateway.webhooks.create("https://app.example.com/list")
        >>> [each.url async for each in gateway.webhooks.list()][0]
        'https://app.example.com/list'
        """
        return self._runner.iterate(flows.pages(webhook_calls.webhooks, self._runner.retry))

    async def get(self, webhook_id: Id) -> Webhook:
        """Return a webhook. Raise NotFound.

        >>> made = await gateway.webhooks.create("https://app.example.com/hook")
        >>> (await gateway.webhooks.get(made.id)).paused_reason is None
        True
        """
        return await self._runner.ask(webhook_calls.webhook(webhook_id))

    async def change(self, webhook_id: Id, **changes: Unpack[WebhookChanges]) -> Webhook:
        """Change what is named; `status` is `paused` or `active`. Raise InvalidInput, NotFound.

        >>> made = await gateway.webhooks.create("https://app.example.com/hook")
        >>> (await gateway.webhooks.change(made.id, status="paused")).paused_reason
        'requested'
        """
        return await self._runner.ask(webhook_calls.change(webhook_id, {**changes}))

    async def delete(self, webhook_id: Id) -> None:
        """Send nothing more. Raise NotFound.

        >>> made = await gateway.webhooks.create("https://app.example.com/hook")
        >>> await gateway.webhooks.delete(made.id)
        """
        await self._runner.ask(webhook_calls.delete(webhook_id))

    async def rotate(self, webhook_id: Id, *, grace_seconds: int | None = None) -> IssuedWebhook:
        """Replace the secret; for `grace_seconds` (a day if omitted) both sign. Raise InvalidInput, NotFound.

        >>> made = await gateway.webhooks.create("https://app.example.com/hook")
        >>> (await gateway.webhooks.rotate(made.id)).secret == made.secret
        False
        """
        return await self._runner.ask(webhook_calls.rotate(webhook_id, grace_seconds))

    async def test(self, webhook_id: Id) -> Delivery:
        """Send an event of the type `webhook.test`. Raise NotFound, Conflict while it is paused.

        >>> made = await gateway.webhooks.create("https://app.example.com/hook")
        >>> (await gateway.webhooks.test(made.id)).type
        'webhook.test'
        """
        return await self._runner.ask(webhook_calls.test(webhook_id))

    def deliveries(self, webhook_id: Id, *, status: str | None = None) -> AsyncIterator[Delivery]:
        """Iterate over what was and is to be sent, newest first; `status` limits it. Raise NotFound.

        >>> made = await gateway.webhooks.create("https://app.example.com/hook")
        >>> [each.type async for each in gateway.webhooks.deliveries(made.id, status="failed")]
        []
        """
        call = partial(webhook_calls.deliveries, webhook_id, status=status)
        return self._runner.iterate(flows.pages(call, self._runner.retry))

    async def redeliver(self, webhook_id: Id, delivery_id: Id) -> Delivery:
        """Send a delivery once more, whatever became of it. Raise NotFound, Conflict while the webhook is paused.

        >>> made = await gateway.webhooks.create("https://app.example.com/hook")
        >>> delivery = await gateway.webhooks.test(made.id)
        >>> (await gateway.webhooks.redeliver(made.id, delivery.id)).status
        'pending'
        """
        return await self._runner.ask(webhook_calls.redeliver(webhook_id, delivery_id))

    async def replay(self, webhook_id: Id, after: str | datetime, until: str | datetime | None = None) -> Replayed:
        """Send the events of a stretch of the log once more, both ends an event's `id` or a time; or from `earliest`.

        Raise InvalidInput, NotFound, Conflict while the webhook is paused, CursorExpired.

        >>> made = await gateway.webhooks.create("https://app.example.com/hook")
        >>> (await gateway.webhooks.replay(made.id, "earliest")).next_after is None
        True
        """
        return await self._runner.ask(webhook_calls.replay(webhook_id, after, until))

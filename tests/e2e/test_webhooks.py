"""What happens on a phone arrives at a server of one's own."""

from __future__ import annotations

import time

from gateway.client import MessageReceivedEvent, Webhooks
from tests.e2e.world import World, until
from tests.integration.webhooks.receiver import receiving


def test_a_message_from_a_phone_arrives_at_a_webhook_within_moments(world: World) -> None:
    """The connector that stored it tells the function; no sweeper runs here."""
    alice, tenant = world.link("Alice"), world.phone("Tenant")
    world.gateway.start_webhooks()
    with receiving() as receiver:
        made = world.client.webhooks.create(receiver.url, types=["message.received"])
        text = world.text("the tap drips")
        begun = time.monotonic()
        world.say(tenant, alice.number, text)
        request = until(lambda: next(iter(receiver.requests), None), 30)
        print(f"arrived after {time.monotonic() - begun:.2f} s")
        event = Webhooks.verify(request.body, request.headers, made.secret)
        world.client.webhooks.delete(made.id)
    assert isinstance(event, MessageReceivedEvent) and event.data.message
    assert (event.data.message.content, event.session_id) == (text, alice.session.id)

"""How long a message takes until WhatsApp has it, one at a time."""

from __future__ import annotations

import time
from uuid import UUID

from gateway.client import MessageStatusEvent
from tests.bench.baseline import Baseline, raw_neonize
from tests.bench.bench import Bench
from tests.bench.figures import Figure, Spread
from tests.e2e.world import Linked

POLL_SECONDS = 0.05
AIM = 2.0


def measure(bench: Bench) -> list[Figure]:
    bench.say("raw send_message")
    raw = _raw(bench)
    figures = []
    for name, listen in (("NOTIFY", True), ("SQS alone", False)):
        bench.say(f"POST messages, {name}")
        with bench.world() as world:
            connector = world.gateway.start_connector(GATEWAY_LISTEN=str(listen).lower())
            linked, contact = world.link(), world.phone()
            linked.session.send(contact, "the first one looks the number up and fetches its keys")
            with bench.profiled(f"sending-{name.lower().replace(' ', '-')}", [world.gateway.api, connector]):
                answered, sent = _wait_for_answers(bench, linked, contact)
            figures.append(_compare(f"`POST messages` → sent, {name}", Spread(sent), raw, aimed=False))
            figures.append(_compare(f"`POST messages` → answer 201, {name}", Spread(answered), raw, aimed=listen))
            queued = _wait_for_rows(bench, linked, contact)
            figures.append(_compare(f"`Prefer: respond-async` → sent, {name}", Spread(queued), raw, aimed=False))
    return figures


def _raw(bench: Bench) -> Spread:
    with raw_neonize(bench.stack) as baseline, bench.world() as world:
        number, contact = world.phone(), world.phone()
        jid, to = baseline.link(number), f"{contact.removeprefix('+')}@s.whatsapp.net"
        baseline.start([jid])
        baseline.send(jid, to, "the first one fetches keys")
        return Spread([_paced(baseline, jid, to, f"raw {number}") for number in range(bench.scale.sends)])


def _paced(baseline: Baseline, jid: str, to: str, text: str) -> float:
    """Send after a pause, as the gateway's sends are paced: back to back, all is warm and takes a third less."""
    time.sleep(POLL_SECONDS)
    return baseline.send(jid, to, text)


def _wait_for_answers(bench: Bench, linked: Linked, contact: str) -> tuple[list[float], list[float]]:
    """Return the seconds until the API answered, and those until WhatsApp had acknowledged."""
    answered, sent = [], []
    for number in range(bench.scale.sends):
        begun, asked_at = time.perf_counter(), time.time()
        message = linked.session.send(contact, f"waited for {number}")
        answered.append(time.perf_counter() - begun)
        sent.append(_seconds_to_sent(linked, message.id, asked_at))
    return answered, sent


def _wait_for_rows(bench: Bench, linked: Linked, contact: str) -> list[float]:
    sent = []
    for number in range(bench.scale.sends):
        asked_at = time.time()
        message = linked.session.send(contact, f"not waited for {number}", wait=False)
        sent.append(_seconds_to_sent(linked, message.id, asked_at))
    return sent


def _seconds_to_sent(linked: Linked, id: UUID, asked_at: float) -> float:
    """Return the seconds until the event that the connector appends when the acknowledgement has come."""
    event = next(
        event
        for event in linked.session.events(after="earliest", interval=POLL_SECONDS)
        if isinstance(event, MessageStatusEvent) and (event.data.id, event.data.status) == (id, "sent")
    )
    return event.timestamp.timestamp() - asked_at


def _compare(name: str, spread: Spread, raw: Spread, *, aimed: bool) -> Figure:
    ratio = spread.p50 / raw.p50
    measured = f"{spread} (p50 {ratio:.1f} × raw)"
    return Figure(name, measured, str(raw), f"p50 ≤ {AIM:.0f} × raw" if aimed else "", ratio <= AIM if aimed else None)

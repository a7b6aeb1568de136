"""One run for one webhook: claims it, sends what is due, records what came of it, and sees to the next doorbell.

Killed before a request, nothing has happened; after it and before its outcome is recorded, it is made again once the
claim is over, with the same id; after that, the rows say what is left.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from functions.webhooks.secret_ring import SecretRing
from functions.webhooks.transport import Transport
from gateway import metrics
from gateway.aws.encryption import Unreadable
from gateway.aws.notifier import WebhookNotifier
from gateway.domain.webhooks import PauseReason
from gateway.metrics import Metric
from gateway.schemas import envelopes
from gateway.schemas.notices import notice_of
from gateway.sender_settings import WebhooksSettings
from gateway.signing import signed
from gateway.store import event_log, sending, webhooks
from gateway.store.database import Connection, Database
from gateway.store.deliveries import Delivery
from gateway.store.ids import new_id
from gateway.store.sending import Outcome, Recorded
from gateway.store.webhooks import Secrets, Webhook

log = logging.getLogger(__name__)

# Of one session in one round, which its claim outlasts.
_LENGTH = 10
# SQS delays no longer; the sweeper looks every minute.
_LONGEST_DELAY_SECONDS = 900.0
_USER_AGENT = "whatsapp-gateway-webhooks"


@dataclass(frozen=True, slots=True)
class Letter:
    """What is sent for a delivery."""

    delivery: Delivery
    body: bytes


@dataclass(frozen=True, slots=True)
class Round:
    """What is sent at once: of each lane one after the other."""

    webhook: Webhook
    secrets: Secrets
    lanes: Sequence[Sequence[Letter]]


class Sender:
    """`send` raises psycopg.Error and EncryptionUnavailable: then the doorbell is to be received again."""

    def __init__(
        self,
        settings: WebhooksSettings,
        database: Database,
        transport: Transport,
        secrets: SecretRing,
        notifier: WebhookNotifier,
    ) -> None:
        self._settings = settings
        self._database = database
        self._transport = transport
        self._secrets = secrets
        self._notifier = notifier
        self._pool = ThreadPoolExecutor(settings.webhook_lanes, thread_name_prefix="webhook")

    def send(self, webhook_id: UUID) -> int:
        """Send what is due of a webhook; return how many requests were made, 0 where another run has it."""
        run, sent = new_id(), 0
        until = time.monotonic() + self._settings.webhook_run_seconds
        try:
            while time.monotonic() < until and (now := self._take(webhook_id, run)):
                sent += self._carry_out(now, until)
        finally:
            # Only then are rows looked at again: whoever found the webhook claimed has left what it wrote to this.
            with self._database.transaction() as connection:
                sending.release(connection, webhook_id, run)
        self._expect(webhook_id)
        return sent

    def _take(self, webhook_id: UUID, run: UUID) -> Round | None:
        seconds = self._settings.webhook_run_seconds + 2 * self._settings.webhook_timeout_seconds
        with self._database.transaction() as connection:
            webhook = sending.claim(connection, webhook_id, run, seconds)
            if webhook is None:
                return None
            lanes = sending.due(connection, webhook, self._settings.webhook_lanes, _LENGTH)
            if not lanes:
                return None
            return Round(webhook, webhooks.secrets_of(connection, webhook_id), _rendered(connection, webhook, lanes))

    def _carry_out(self, now: Round, until: float) -> int:
        try:
            secrets = self._secrets.open(now.webhook.id, now.secrets)
        except Unreadable:
            self._pause(now.webhook.id, PauseReason.UNREADABLE)
            return 0
        sent = self._pool.map(lambda lane: self._send_lane(now.webhook, secrets, lane, until), now.lanes)
        outcomes = sorted((outcome for lane in sent for outcome in lane), key=lambda outcome: outcome.at)
        if not outcomes:
            return 0
        with self._database.transaction() as connection:
            recorded = sending.record(connection, now.webhook.id, outcomes)
        accepted = sum(outcome.is_accepted for outcome in outcomes)
        metrics.measure(Metric.WEBHOOKS_ACCEPTED, accepted)
        metrics.measure(Metric.WEBHOOKS_NOT_ACCEPTED, len(outcomes) - accepted)
        metrics.measure(Metric.WEBHOOKS_GIVEN_UP, recorded.given_up)
        self._tell(now.webhook.id, recorded)
        return len(outcomes)

    def _pause(self, webhook_id: UUID, reason: PauseReason) -> None:
        with self._database.transaction() as connection:
            recorded = sending.pause(connection, webhook_id, reason)
        self._tell(webhook_id, recorded)

    def _tell(self, webhook_id: UUID, recorded: Recorded) -> None:
        """Say that the webhook was paused, if it was: to operators, and to the other webhooks of its reach."""
        if recorded.paused:
            metrics.measure(Metric.WEBHOOKS_PAUSED)
            log.warning("webhook paused", extra={"webhook_id": str(webhook_id), "reason": recorded.paused})
        for told in recorded.told:
            self._notifier.wake(told)

    def _send_lane(
        self, webhook: Webhook, secrets: Sequence[str], letters: Sequence[Letter], until: float
    ) -> list[Outcome]:
        """Send one after the other until one fails: the later ones wait for it."""
        outcomes: list[Outcome] = []
        for letter in letters:
            if outcomes and (not outcomes[-1].is_accepted or time.monotonic() > until):
                break
            outcomes.append(self._post(webhook, secrets, letter))
        return outcomes

    def _post(self, webhook: Webhook, secrets: Sequence[str], letter: Letter) -> Outcome:
        headers = signed(secrets, letter.delivery.event_id, datetime.now(UTC), letter.body)
        headers |= {"content-type": "application/json", "user-agent": _USER_AGENT}
        answer = self._transport.post(webhook.url, letter.body, headers)
        return Outcome(
            letter.delivery,
            answer.at,
            answer.status,
            answer.error,
            answer.duration_ms,
            answer.beginning,
            answer.retry_after,
        )

    def _expect(self, webhook_id: UUID) -> None:
        """Send a doorbell for the moment when something is due next, unless one is on its way."""
        with self._database.transaction() as connection:
            seconds = sending.next_due(connection, webhook_id)
            if seconds is None or seconds > _LONGEST_DELAY_SECONDS:
                return
            wanted = sending.expect_doorbell(connection, webhook_id, seconds)
        if wanted:
            self._notifier.wake(webhook_id, seconds)


def _rendered(connection: Connection, webhook: Webhook, lanes: Sequence[Sequence[Delivery]]) -> list[list[Letter]]:
    """Return what is sent: events as the log shows them now, in as many statements however many there are."""
    keys = [
        (delivery.session_id, delivery.seq)
        for lane in lanes
        for delivery in lane
        if delivery.session_id is not None and delivery.seq is not None
    ]
    logged = event_log.by_keys(connection, keys) if keys else {}
    payload: envelopes.Payload = "ids" if webhook.payload == "ids" else "full"
    bodies = envelopes.render(connection, list(logged.values()), payload)
    texts = {key: body.model_dump_json(by_alias=True).encode() for key, body in zip(logged, bodies, strict=True)}
    written = [[(delivery, _text(delivery, texts)) for delivery in lane] for lane in lanes]
    sending.drop(connection, [delivery.id for lane in written for delivery, text in lane if text is None])
    return [[Letter(delivery, text) for delivery, text in lane if text is not None] for lane in written]


def _text(delivery: Delivery, texts: Mapping[tuple[UUID, int], bytes]) -> bytes | None:
    """Return the body of a delivery; None where the event is not kept any more."""
    if delivery.session_id is None or delivery.seq is None:
        return notice_of(delivery).model_dump_json(by_alias=True).encode()
    return texts.get((delivery.session_id, delivery.seq))

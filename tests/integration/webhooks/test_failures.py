"""Receivers that misbehave in every way: every event arrives at one that comes back."""

from __future__ import annotations

import datetime
import ipaddress
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.integration.api.server import Api, Owner, Parts, until
from tests.integration.webhooks.receiver import Receiver, Reply, receiving
from tests.integration.webhooks.running import Running, deliveries, execute, listen, receive_many, running

RECEIVED = {"types": ["message.received"]}
JSON = dict[str, Any]


def attempt_of(api: Api, made: JSON) -> JSON:
    """The first attempt of the webhook's only delivery."""
    [delivery] = until(lambda: [each for each in deliveries(api, made) if each["attempts"]])
    found: JSON = delivery["attempts"][0]
    return found


@pytest.fixture
def sent(api: Api, owner: Owner, function: Running) -> Iterator[Any]:
    """Sends one event to an address; returns the webhook."""

    def send(url: str) -> JSON:
        made = listen(api, url, **RECEIVED)
        owner.receive("hello", "AB01")
        function.bell.ring()
        return made

    yield send


def test_an_answer_of_500_is_kept_and_the_event_sent_again(
    api: Api, receiver: Receiver, sent: Any, hasty: None
) -> None:
    receiver.answer = lambda _: Reply(
        500 if len(receiver.requests) < 3 else 200, body=b"out of \x00order" + b"!" * 5000
    )
    made = sent(receiver.url)
    [delivery] = until(lambda: deliveries(api, made, status="delivered"), 30)
    assert [attempt["status"] for attempt in delivery["attempts"]] == [500, 500, 200]
    assert delivery["attempts"][0]["answer"].startswith("out of \N{REPLACEMENT CHARACTER}order!")
    assert len(delivery["attempts"][0]["answer"]) == 1024
    assert len({request.id for request in receiver.requests}) == 1
    assert [request.verify(made["secret"])["id"] for request in receiver.requests] == [delivery["eventId"]] * 3


def test_who_is_down_gets_everything_when_it_is_back(
    api: Api, owner: Owner, parts: Parts, function: Running, hasty: None
) -> None:
    with receiving() as gone:
        url = gone.url
    made = listen(api, url, **RECEIVED)
    receive_many(owner, 5)
    function.bell.ring()
    attempt = until(lambda: [each for each in deliveries(api, made) if each["attempts"]])[0]["attempts"][0]
    assert (attempt["status"], attempt["error"]) == (None, "not_reached")
    until(lambda: api.get(f"/webhooks/{made['id']}").json()["restsUntil"], 30)
    assert api.get(f"/webhooks/{made['id']}").json()["failingSince"]
    with receiving() as back:
        execute(parts, "UPDATE gateway.webhooks SET url = %s WHERE id = %s", back.url, made["id"])
        until(lambda: len(deliveries(api, made, status="delivered")) == 5, 60)
        seqs = [request.verify(made["secret"])["seq"] for request in back.requests]
    # The first one may be overtaken: it had failed five times.
    later = [seq for seq in seqs if seq != min(seqs)]
    assert later == sorted(later)
    assert len(set(seqs)) == 5
    assert api.get(f"/webhooks/{made['id']}").json()["failingSince"] is None


def test_who_hangs_is_waited_for_until_the_deadline(api: Api, receiver: Receiver, sent: Any) -> None:
    over = threading.Event()
    receiver.answer = lambda _: Reply(200 if over.wait(10) else 500)
    attempt = attempt_of(api, sent(receiver.url))
    over.set()
    assert (attempt["status"], attempt["error"]) == (None, "timed_out")
    assert attempt["durationMs"] < 4000


def test_a_host_that_nobody_can_be_asked_for_is_not_reached(api: Api, sent: Any) -> None:
    attempt = attempt_of(api, sent(f"http://{'a' * 64}.example/"))
    assert (attempt["status"], attempt["error"]) == (None, "not_reached")


@pytest.mark.parametrize("asked", ["nan", "inf", "soon"])
def test_a_time_that_is_none_is_not_waited_for(api: Api, receiver: Receiver, sent: Any, asked: str) -> None:
    receiver.answer = lambda _: Reply(503, {"retry-after": asked})
    made = sent(receiver.url)
    assert attempt_of(api, made)["status"] == 503
    assert api.get(f"/webhooks/{made['id']}").json()["restsUntil"] is None


def test_a_redirect_is_not_followed(api: Api, receiver: Receiver, sent: Any) -> None:
    receiver.answer = lambda _: Reply(307, {"location": "http://169.254.169.254/latest/meta-data/"})
    attempt = attempt_of(api, sent(receiver.url))
    assert (attempt["status"], attempt["error"]) == (307, None)
    assert len(receiver.requests) == 1


def test_of_ten_megabytes_the_beginning_is_read(api: Api, receiver: Receiver, sent: Any) -> None:
    receiver.answer = lambda _: Reply(200, body=b"x" * 10_000_000)
    attempt = attempt_of(api, sent(receiver.url))
    assert (attempt["status"], attempt["answer"]) == (200, "x" * 1024)
    assert attempt["durationMs"] < 2000


def test_a_bad_certificate_is_refused(api: Api, sent: Any, tmp_path: Path) -> None:
    with receiving(self_signed(tmp_path)) as receiver:
        attempt = attempt_of(api, sent(receiver.url))
    assert (attempt["status"], attempt["error"]) == (None, "bad_certificate")
    assert receiver.requests == []


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]"])
def test_nothing_leads_to_a_private_address_where_that_is_not_allowed(
    api: Api, owner: Owner, receiver: Receiver, parts: Parts, host: str
) -> None:
    made = listen(api, receiver.url.replace("127.0.0.1", host), **RECEIVED)
    owner.receive("hello", "AB01")
    with running(parts, private_webhook_urls=False) as guarded:
        guarded.bell.ring()
        attempt = attempt_of(api, made)
    assert (attempt["status"], attempt["error"]) == (None, "address_not_public")
    assert receiver.requests == []


def test_410_pauses_it_and_others_are_told(api: Api, owner: Owner, receiver: Receiver, function: Running) -> None:
    watcher = listen(api, f"{receiver.url}/watch", types=["webhook.paused"])
    receiver.answer = lambda request: Reply(410 if request.path == "/gone" else 200)
    made = listen(api, f"{receiver.url}/gone", **RECEIVED)
    owner.receive("hello", "AB01")
    function.bell.ring()
    [told] = until(lambda: [each for each in receiver.requests if each.path == "/watch"])
    event = told.verify(watcher["secret"])
    assert (event["type"], event["data"]) == ("webhook.paused", {"webhookId": made["id"], "reason": "gone"})
    now = api.get(f"/webhooks/{made['id']}").json()
    assert (now["status"], now["pausedReason"]) == ("paused", "gone")
    receiver.answer = lambda _: Reply()
    api.request("PATCH", f"/webhooks/{made['id']}", json={"status": "active"})
    until(lambda: deliveries(api, made, status="delivered"))


def test_a_secret_that_nobody_can_decrypt_pauses_it_until_there_is_another_one(
    api: Api, owner: Owner, receiver: Receiver, function: Running, parts: Parts
) -> None:
    watcher = listen(api, f"{receiver.url}/watch", types=["webhook.paused"])
    made = listen(api, f"{receiver.url}/mute", **RECEIVED)
    execute(parts, "UPDATE gateway.webhooks SET secret = 'of another key' WHERE id = %s", made["id"])
    owner.receive("hello", "AB01")
    function.bell.ring()
    [told] = until(lambda: [each for each in receiver.requests if each.path == "/watch"])
    reason = {"webhookId": made["id"], "reason": "secret_unreadable"}
    assert told.verify(watcher["secret"])["data"] == reason
    assert api.get(f"/webhooks/{made['id']}").json()["pausedReason"] == "secret_unreadable"
    assert [each["attempts"] for each in deliveries(api, made, status="pending")] == [[]]
    secret = api.post(f"/webhooks/{made['id']}/rotate", {}).json()["secret"]
    api.request("PATCH", f"/webhooks/{made['id']}", json={"status": "active"})
    [sent] = until(lambda: [each for each in receiver.requests if each.path == "/mute"])
    assert sent.verify(secret)["type"] == "message.received"


def test_after_three_days_it_is_paused_and_replay_brings_what_was_missed(
    api: Api, owner: Owner, receiver: Receiver, function: Running, parts: Parts
) -> None:
    receiver.answer = lambda _: Reply(503)
    made = listen(api, receiver.url, **RECEIVED)
    path = f"/webhooks/{made['id']}"
    owner.receive("hello", "AB01")
    function.bell.ring()
    until(lambda: api.get(path).json()["failingSince"])
    age = "UPDATE gateway.{} SET {} = now() - interval '73 hours', {} = now() WHERE {} = %s"
    execute(parts, age.format("webhooks", "failing_since", "rests_until", "id"), made["id"])
    execute(parts, age.format("webhook_deliveries", "due_since", "next_attempt_at", "webhook_id"), made["id"])
    function.sender.send(made["id"])
    now = until(lambda: found if (found := api.get(path).json())["status"] == "paused" else None)
    assert now["pausedReason"] == "failing"
    [given_up] = deliveries(api, made)
    assert given_up["status"] == "failed"
    owner.receive("missed", "AB02")
    function.bell.ring()
    function.dispatcher.dispatch()
    assert len(deliveries(api, made)) == 1
    receiver.answer = lambda _: Reply()
    api.request("PATCH", path, json={"status": "active"})
    assert api.post(f"{path}/replay", {"after": now["pausedAt"]}).json()["replayed"] == 1
    api.post(f"{path}/deliveries/{given_up['id']}/redeliver")
    until(lambda: len(deliveries(api, made, status="delivered")) == 2)


def _next_attempt(delivery: dict[str, Any]) -> datetime.datetime:
    return datetime.datetime.fromisoformat(delivery["nextAttemptAt"])


def test_retry_after_is_honoured(api: Api, receiver: Receiver, sent: Any) -> None:
    receiver.answer = lambda _: Reply(429, {"retry-after": "1800"})
    made = sent(receiver.url)
    later = datetime.datetime.now(datetime.UTC) + datetime.timedelta(minutes=29)
    # The attempt can be seen a moment before the time of the next one.
    until(lambda: [each for each in deliveries(api, made) if _next_attempt(each) > later])
    rests = datetime.datetime.fromisoformat(api.get(f"/webhooks/{made['id']}").json()["restsUntil"])
    assert rests - datetime.datetime.now(datetime.UTC) > datetime.timedelta(minutes=29)


def test_one_of_a_hundred_is_dead_and_the_others_do_not_wait(
    api: Api, owner: Owner, receiver: Receiver, function: Running
) -> None:
    over = threading.Event()
    receiver.answer = lambda request: Reply(200) if request.path != "/dead" or over.wait(30) else Reply(500)
    dead = listen(api, f"{receiver.url}/dead", **RECEIVED)
    for number in range(99):
        listen(api, f"{receiver.url}/live/{number}", **RECEIVED)
    receive_many(owner, 3)
    started = time.monotonic()
    function.bell.ring()
    until(lambda: len({(each.path, each.id) for each in receiver.requests if each.path != "/dead"}) == 297, 60)
    until(lambda: [each for each in receiver.requests if each.path == "/dead"])
    assert deliveries(api, dead, status="delivered") == []
    print(f"297 requests to 99 endpoints in {time.monotonic() - started:.1f} s")
    over.set()


def self_signed(directory: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "nobody")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .sign(key, hashes.SHA256())
    )
    file = directory / "server.pem"
    plain = serialization.NoEncryption()
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    file.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context

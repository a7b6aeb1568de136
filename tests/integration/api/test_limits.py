from __future__ import annotations

from gateway.domain.phone import Address
from tests.integration.api.server import Api, Parts

ANN = Address("100000000000004@lid", "+15550002004")


def send(api: Api, path: str, to: str = "+15550002002") -> int:
    return api.post(f"{path}/messages", {"to": to, "text": "x"}, Prefer="respond-async").status_code


def test_a_key_may_ask_so_often_and_is_told_when_again(parts: Parts) -> None:
    with parts.api(requests_per_minute=3) as api:
        answers = [api.get("/sessions") for _ in range(4)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
        assert [answer.headers["RateLimit"].split(";")[1] for answer in answers] == ["r=2", "r=1", "r=0", "r=0"]
        assert {answer.headers["RateLimit-Policy"] for answer in answers} == {'"default";q=3;w=60'}
        refused = answers[-1]
        assert refused.json()["code"] == "rate_limited"
        assert refused.json()["scope"] == "api_key"
        assert 1 <= int(refused.headers["Retry-After"]) <= 20
        assert api.as_user().get("/sessions").status_code == 200
        assert api.http.get("/health").status_code == 200


def test_a_session_is_paced_by_the_minute(parts: Parts) -> None:
    with parts.api(messages_per_minute=2) as api:
        owner, other = api.linked_session(), api.linked_session()
        assert [send(api, owner.path) for _ in range(2)] == [202, 202]
        refused = api.post(f"{owner.path}/messages", {"to": "+15550002002", "text": "x"})
        assert (refused.status_code, refused.json()["scope"]) == (429, "session")
        assert "2 messages a minute" in refused.json()["detail"]
        assert 1 <= int(refused.headers["Retry-After"]) <= 60
        assert send(api, other.path) == 202
        assert len(owner.unfinished()) == 2


def test_a_session_opens_only_so_many_chats_a_day(parts: Parts) -> None:
    with parts.api(new_chats_per_day=1) as api:
        owner = api.linked_session()
        assert [send(api, owner.path) for _ in range(2)] == [202, 202]
        refused = api.post(f"{owner.path}/messages", {"to": "+15550002003", "text": "x"})
        assert (refused.status_code, "new chats a day" in refused.json()["detail"]) == (429, True)
        owner.receive("hello", sender=ANN)
        assert send(api, owner.path, "+15550002004") == 202


def test_a_replay_is_not_paced(parts: Parts) -> None:
    with parts.api(messages_per_minute=1) as api:
        owner = api.linked_session()
        body = {"to": "+15550002002", "text": "x"}
        for _ in range(2):
            answer = api.post(f"{owner.path}/messages", body, Prefer="respond-async", Idempotency_Key="k1")
            assert answer.status_code == 202


def test_a_refused_request_leaves_nothing_behind(parts: Parts) -> None:
    with parts.api(messages_per_minute=1, new_chats_per_day=5) as api:
        owner = api.linked_session()
        send(api, owner.path)
        assert send(api, owner.path, "+15550002003") == 429
        assert len(api.get(f"{owner.path}/messages").json()["messages"]) == 1
        assert api.get(f"{owner.path}/messages", chat="+15550002003").status_code == 404

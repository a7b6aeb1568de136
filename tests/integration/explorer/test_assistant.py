"""The assistant's page without a browser."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from gateway.client import Gateway, Session
from gateway.domain.replies import SkipReason
from tests.integration.explorer.http_user import HttpUser
from tests.owner import Owner

TENANT = "+447700900102"
FORM = {
    "system_prompt": "Rent is due on the third.",
    "groups": "never",
    "max_tokens": "300",
    "history_messages": "20",
    "history_tokens": "2000",
    "history_hours": "12",
    "debounce_seconds": "3",
    "max_age_seconds": "60",
    "takeover_minutes": "15",
    "disclose": "1",
    "disclosure_text": "",
    "language": "de",
    "time_zone": "Europe/Berlin",
    "unseen_media": "hand_over",
    "model": "",
    "base_url": "",
    "temperature": "0.5",
    "fallback_text": "",
    "daily_tokens": "",
    "allow": "",
    "deny": "+49 151 12345678\r\n\r\n+44 7700 900102",
}


@pytest.fixture
def user(sign_in: Callable[[str], HttpUser], gateway: Gateway) -> HttpUser:
    return sign_in(gateway._http.headers["X-API-Key"])


@pytest.fixture
def session(gateway: Gateway) -> Session:
    return gateway.create_session("office")


def test_settings_are_saved_as_they_are_in_the_form(user: HttpUser, session: Session) -> None:
    assert user.post(f"/sessions/{session.id}/assistant", enabled="1", **FORM).status_code == 303
    config = session.assistant()
    assert (config.enabled, config.keep_prompts, config.max_tokens) == (True, False, 300)
    assert (config.temperature, config.daily_tokens, config.model) == (0.5, None, None)
    assert (config.disclose, config.disclosure_text, config.language) == (True, None, "de")
    assert (config.time_zone, config.unseen_media) == ("Europe/Berlin", "hand_over")
    assert config.deny == ("+4915112345678", "+447700900102")
    page = user.get(f"/assistant?session={session.id}").text
    assert "Rent is due on the third.</textarea>" in page
    assert re.search(r'name="enabled"[^>]* checked', page)
    user.post(f"/sessions/{session.id}/assistant", **FORM)
    assert not session.assistant().enabled


def test_the_models_key_is_kept_replaced_and_removed_and_never_shown(user: HttpUser, session: Session) -> None:
    where, key = f"/sessions/{session.id}/assistant", "sk-secret-of-the-landlord-wXyZ"
    user.post(where, api_key=key, **FORM)
    user.post(where, api_key="", **FORM)
    assert session.assistant().api_key == "wXyZ"
    page = user.get(f"/assistant?session={session.id}").text
    assert "•••• wXyZ" in page
    assert key not in page
    user.post(where, remove_key="1", **FORM)
    assert session.assistant().api_key is None


@pytest.mark.parametrize(
    ("name", "value"),
    [("max_tokens", "0"), ("temperature", "9"), ("deny", "nobody"), ("base_url", "ftp://x"), ("time_zone", "Mars")],
)
def test_what_is_wrong_is_said_beside_its_field(user: HttpUser, session: Session, name: str, value: str) -> None:
    response = user.post(f"/sessions/{session.id}/assistant", **{**FORM, name: value})
    assert response.status_code == 422
    assert re.search(rf'<p class="hint wrong" id="help-{name}" role="alert" data-stay>[^<]+', response.text)
    assert value in response.text
    assert "Rent is due on the third." in response.text
    assert session.assistant().system_prompt == ""


def test_a_chat_is_taken_over_and_handed_back(
    user: HttpUser, make_connected: Callable[[], Session], owner: Owner
) -> None:
    session = make_connected()
    session.configure_assistant(enabled=True)
    owner.receive(session.id, TENANT, "Hello", "Tenant")
    chat = next(session.chats())
    where = f"/messaging?session={session.id}&chat={chat.id}"
    assert 'aria-checked="true"' in user.get(where).text
    assert user.post(f"/sessions/{session.id}/chats/{chat.id}/takeover", taken_over="1").status_code == 303
    page = user.get(where).text
    assert 'id="takeover" role="switch" aria-checked="false"' in page
    assert re.search(
        'Assistant silent until <time datetime="[^"]+"[^>]*>[^<]+</time> because a person has the chat', page
    )
    user.post(f"/sessions/{session.id}/chats/{chat.id}/takeover", taken_over="")
    assert not session.takeover(chat.id).taken_over
    session.send(TENANT, "I am here")
    assert re.search("Assistant silent until <time [^>]*>[^<]+</time> because you wrote", user.get(where).text)


def test_a_message_that_is_left_alone_says_why_in_its_chat(
    user: HttpUser, make_connected: Callable[[], Session], owner: Owner
) -> None:
    session = make_connected()
    session.configure_assistant(enabled=True, deny=[TENANT])
    message = owner.receive(session.id, TENANT, "Hello", "Tenant")
    chat = next(session.chats())
    owner.skip(session.id, chat.id, message, SkipReason.DENIED)
    assert (
        "Assistant silent: The sender is on the deny list."
        in user.get(f"/messaging?session={session.id}&chat={chat.id}").text
    )
    (turn,) = session.turns()
    opened = user.get(f"/assistant?session={session.id}&turn={turn.id}").text.partition('id="content-')[2]
    assert 'With <span dir="auto">Tenant</span>' in opened
    assert '<div class="text" dir="auto">Hello</div>' in opened


def test_a_trial_is_marked_as_one_and_opens_to_its_question(user: HttpUser, session: Session, owner: Owner) -> None:
    owner.begin_trial(session.id, "When can I <see> the flat?")
    (turn,) = session.turns()
    page = user.get(f"/assistant?session={session.id}&turn={turn.id}").text
    assert '<span class="trial-mark">Trial</span>' in page
    assert "When can I &lt;see&gt; the flat?" in page.partition('id="content-')[2]


def test_without_a_session_the_page_leads_to_one(user: HttpUser) -> None:
    assert "No session yet" in user.get("/assistant").text

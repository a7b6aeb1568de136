"""Every sample of the Developers tab is run as it stands: in a shell, and by Python."""

from __future__ import annotations

import html
import json
import os
import re
import subprocess
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from fastapi.routing import APIRoute

from functions.explorer.code_actions import TABS, Sample
from functions.explorer.routes import (
    assistant,
    connection,
    contacts,
    developer_keys,
    developer_webhooks,
    groups,
    media,
    message_acts,
    messaging,
)
from gateway.client import Gateway, Session
from gateway.domain.groups import Group, Participant, Role
from gateway.domain.phone import Address
from infra.aws.package import ROOT
from infra.local.first_run import new_app_key
from tests.integration.explorer.http_user import HttpUser
from tests.owner import NUMBER, Owner
from tests.people import Api

TENANT = "+447700900102"
SAMPLE = re.compile(r'<pre id="code-([a-z-]+)"[^>]*><code>(.*?)</code></pre>', re.DOTALL)
# They end what the others are about, or wait for ever, or for the owner of a session.
LAST = ("leave-group", "logout", "delete", "revoke-key", "pause-webhook", "delete-webhook")
ENDLESS = ("events", "code", "connect-by-code")
# Of the chat's last message, which another wrote.
NOT_OWN = ("resend", "edit", "delete-message")
# What a state may forbid.
FINE = {200, 201, 202, 204, 409}


@pytest.fixture
def key(api: Api) -> str:
    return new_app_key(api.database.admin, "make up")


@pytest.fixture
def address(api: Api, key: str, owner: Owner) -> str:
    """The query of a page about a session that is connected and has a chat."""
    with Gateway(api.url, key) as gateway:
        session = gateway.create_session("office", user_profile_id=uuid4())
        session.connect()
        owner.scan(session.id)
        session.wait_until_connected(interval=0.05)
        owner.receive(session.id, TENANT, "Hello", "Tenant")
        me = Participant(Address(phone_number=NUMBER), Role.OWNER)
        owner.put_groups(session.id, Group("120363000000000003@g.us", "House", participants=(me,)))
        gateway.webhooks.test(gateway.webhooks.create("https://app.example.com/hook").id)
        return f"session={session.id}&chat={next(session.chats()).id}"


def samples(user: HttpUser, tab: str, language: str, address: str) -> dict[str, str]:
    page = user.get(f"/developers/code?tab={tab}&language={language}&{address}").text
    found = {name: html.unescape(text) for name, text in SAMPLE.findall(page) if name != "before"}
    assert found
    return dict(sorted(found.items(), key=lambda each: each[0] in LAST))


@pytest.mark.parametrize("tab", TABS)
def test_every_curl_runs(api: Api, sign_in: Callable[[str], HttpUser], key: str, address: str, tab: str) -> None:
    user = sign_in(key)
    environment = {**os.environ, "GATEWAY_API_URL": api.url, "GATEWAY_API_KEY": key}
    for name, text in samples(user, "connection" if tab == "try-it" else tab, "curl", address).items():
        command = text.replace("curl", "curl -s -w '\\n%{http_code}'", 1)
        ran = subprocess.run(
            ["bash", "-c", command], env=environment, capture_output=True, text=True, timeout=60, check=True
        )
        answer, _, status = ran.stdout.rpartition("\n")
        assert int(status) in FINE, (name, text, answer)


@pytest.mark.parametrize("tab", TABS)
def test_every_python_runs(
    api: Api, sign_in: Callable[[str], HttpUser], key: str, address: str, tab: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = sign_in(key)
    monkeypatch.setenv("GATEWAY_API_URL", api.url)
    monkeypatch.setenv("GATEWAY_API_KEY", key)
    for name, text in samples(user, "connection" if tab == "try-it" else tab, "python", address).items():
        code = compile(text, name, "exec")
        # Also of those that are not run, because they wait for ever.
        for owner, method in re.findall(r"\b(gateway|session)\.(\w+)\(", text):
            assert callable(getattr({"gateway": Gateway, "session": Session}[owner], method)), text
        if name not in (*ENDLESS, *NOT_OWN):
            names: dict[str, Any] = {}
            exec(code, names)
            names["gateway"].close()


def test_every_action_is_one_of_the_api() -> None:
    paths = json.loads((ROOT / "openapi.json").read_text())["paths"]
    for tab, (_, actions) in TABS.items():
        for action in actions(Sample(user="USER")):
            assert action.method.lower() in paths[action.route], (tab, action.id)


def test_every_form_of_a_tab_has_its_action() -> None:
    """Whoever adds a form to a tab says below which request it makes, or why it makes none."""
    modules = (
        assistant,
        connection,
        contacts,
        developer_keys,
        developer_webhooks,
        groups,
        media,
        message_acts,
        messaging,
    )
    routes = [route for module in modules for route in module.router.routes if isinstance(route, APIRoute)]
    forms = {route.path.removeprefix("/explorer") for route in routes if "POST" in (route.methods or ())}
    actions = {action.id for _, found in TABS.values() for action in found(Sample())}
    assert forms == FORMS.keys() | OWN_FORMS
    assert set(FORMS.values()) <= actions


FORMS = {
    "/sessions": "create",
    "/sessions/{session_id}/name": "rename",
    "/sessions/{session_id}/connect": "connect",
    "/sessions/{session_id}/disconnect": "disconnect",
    "/sessions/{session_id}/logout": "logout",
    "/sessions/{session_id}/delete": "delete",
    "/sessions/{session_id}/messages": "send",
    "/sessions/{session_id}/messages/{message_id}/resend": "resend",
    "/sessions/{session_id}/messages/{message_id}/{name}": "react",
    "/sessions/{session_id}/uploads": "upload",
    "/sessions/{session_id}/chats/{chat_id}/read": "read",
    "/sessions/{session_id}/chats/{chat_id}/takeover": "take-over",
    "/sessions/{session_id}/assistant": "configure",
    "/sessions/{session_id}/assistant/try": "trial",
    "/sessions/{session_id}/contacts/{contact_id}/block": "block",
    "/sessions/{session_id}/contacts/{contact_id}/presence": "watch",
    "/sessions/{session_id}/groups": "make-group",
    "/sessions/{session_id}/groups/join": "join",
    "/sessions/{session_id}/groups/{group_id}": "change-group",
    "/sessions/{session_id}/groups/{group_id}/picture": "change-group",
    "/sessions/{session_id}/groups/{group_id}/participants": "promote",
    "/sessions/{session_id}/groups/{group_id}/invite": "invite",
    "/sessions/{session_id}/groups/{group_id}/leave": "leave-group",
    "/developers/keys": "make-key",
    "/developers/keys/{key_id}/rotate": "replace-key",
    "/developers/keys/{key_id}/revoke": "revoke-key",
    "/developers/webhooks": "make-webhook",
    "/developers/webhooks/{webhook_id}": "change-webhook",
    "/developers/webhooks/{webhook_id}/status": "pause-webhook",
    "/developers/webhooks/{webhook_id}/test": "test-webhook",
    "/developers/webhooks/{webhook_id}/rotate": "replace-secret",
    "/developers/webhooks/{webhook_id}/replay": "replay",
    "/developers/webhooks/{webhook_id}/deliveries/{delivery_id}/redeliver": "redeliver",
    "/developers/webhooks/{webhook_id}/delete": "delete-webhook",
}
# What the Explorer does itself.
OWN_FORMS = {"/sessions/{session_id}/receipts", "/sessions/{session_id}/number"}


def test_the_language_is_remembered_and_no_key_is_shown(
    api: Api, sign_in: Callable[[str], HttpUser], key: str, address: str
) -> None:
    user = sign_in(key)
    assert "curl" in samples(user, "messaging", "curl", address)["send"]
    user.get("/developers/code?tab=connection&language=typescript")
    page = user.get(f"/developers/code?tab=messaging&{address}").text
    assert "await unwrap(gateway.POST(" in page
    assert TENANT in page
    assert key not in page
    link = re.search(r'href="/explorer(/developers/code[^"]+)"', user.get(f"/messaging?{address}").text)
    assert link and html.unescape(link[1]) == f"/developers/code?tab=messaging&{address}"

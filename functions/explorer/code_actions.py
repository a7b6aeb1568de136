"""What each tab does, as requests to the API; `functions.explorer.code_samples` writes them as code."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from functions.explorer.code_samples import Action, camel


@dataclass(frozen=True, slots=True)
class Sample:
    """What the samples are about: the session and the chat that are shown, or names that stand for them.

    `user` is whose a new session is: None with the key of a user, which needs to name nobody.
    """

    session: str = "SESSION_ID"
    chat: str = "CHAT_ID"
    message: str = "MESSAGE_ID"
    number: str = "+4915112345678"
    user: str | None = None
    key: str = "KEY_ID"
    webhook: str = "WEBHOOK_ID"
    delivery: str = "DELIVERY_ID"
    group: str = "GROUP_ID"

    @property
    def at_session(self) -> dict[str, str]:
        return {"session_id": self.session}

    @property
    def at_chat(self) -> dict[str, str]:
        return {"session_id": self.session, "chat": self.chat}

    @property
    def at_contact(self) -> dict[str, str]:
        return {"session_id": self.session, "contact": self.chat}

    @property
    def at_group(self) -> dict[str, str]:
        return {"session_id": self.session, "group": self.group}

    @property
    def at_message(self) -> dict[str, str]:
        return {"session_id": self.session, "message_id": self.message}


def _connection(at: Sample) -> list[Action]:
    whose = f", user_profile_id={json.dumps(at.user)}" if at.user else ""
    body = camel(session_name="Rental office", user_profile_id=at.user)
    create = f'session = gateway.create_session("Rental office"{whose})\nprint(session.id)'
    everyone = (
        "for session in gateway.sessions():\n    print(session.id, session.info.session_name, session.info.status)"
    )
    session = "/sessions/{session_id}"
    connect = f"{session}/connect"
    wait = "print(session.wait_for_code().qr_text)\nsession.wait_until_connected(timeout=120)"
    by_number = f"print(session.connect({json.dumps(at.number)}).status)\nprint(session.wait_for_code().pairing_code)"
    return [
        Action("sessions", "List sessions", "GET", "/sessions", everyone, query={"limit": 50}),
        Action("create", "New session", "POST", "/sessions", create, body=body, once=True),
        Action("connect", "Connect, or link by a QR code", "POST", connect, "session.connect()", at.at_session),
        Action("code", "Read the code and the state", "GET", f"{session}/status", wait, at.at_session),
        Action(
            "connect-by-code", "Link by a pairing code", "POST", connect, by_number, at.at_session,
            body=camel(phone_number=at.number),
        ),
        Action(
            "rename", "Rename", "PATCH", session, 'session.change(session_name="Front desk")', at.at_session,
            body=camel(session_name="Front desk"),
        ),
        Action("disconnect", "Disconnect", "POST", f"{session}/disconnect", "session.disconnect()", at.at_session),
        Action("logout", "Log out", "POST", f"{session}/logout", "session.logout()", at.at_session),
        Action("delete", "Delete", "DELETE", session, "session.delete()", at.at_session),
    ]  # fmt: skip


def _messaging(at: Sample) -> list[Action]:
    chat, number = json.dumps(at.chat), json.dumps(at.number)
    messages, chats = "/sessions/{session_id}/messages", "/sessions/{session_id}/chats"
    listed = "for chat in session.chats():\n    print(chat.id, chat.name, chat.unread_count)"
    read = f"for message in session.messages(chat={chat}):\n    print(message.timestamp, message.content)"
    search = 'for message in session.messages(search="plumber"):\n    print(message.chat_name, message.content)'
    send = f'sent = session.send({number}, "The plumber comes on Tuesday.")\nprint(sent.id, sent.status)'
    life = f"print(session.message({json.dumps(at.message)}).status)"
    takeover = f"{chats}/{{chat}}/takeover"
    asked = f"print(session.takeover({chat}).taken_over)"
    return [
        Action("send", "Send", "POST", messages, send, at.at_session,
               body=camel(to=at.number, text="The plumber comes on Tuesday."), once=True),
        Action("chats", "List chats", "GET", chats, listed, at.at_session, query={"limit": 50}),
        Action("messages", "Read a chat", "GET", messages, read, at.at_session, query={"chat": at.chat, "limit": 40}),
        Action("search", "Search", "GET", messages, search, at.at_session, query={"search": "plumber"}),
        Action("message", "The life of a message", "GET", f"{messages}/{{message_id}}", life, at.at_message),
        Action("resend", "Send again", "POST", f"{messages}/{{message_id}}/resend",
               f"session.resend({json.dumps(at.message)})", at.at_message),
        Action("read", "Mark as read", "POST", f"{chats}/{{chat}}/read", f"session.read({chat})", at.at_chat),
        Action("takeover", "Ask who answers", "GET", takeover, asked, at.at_chat),
        Action("take-over", "Take over from the assistant", "POST", takeover, f"session.take_over({chat})", at.at_chat),
        Action("hand-back", "Hand back", "DELETE", takeover, f"session.hand_back({chat})", at.at_chat),
        *_kinds(at),
        *_acts(at),
    ]  # fmt: skip


def _kinds(at: Sample) -> list[Action]:
    """Sending what is no text."""
    number, messages = json.dumps(at.number), "/sessions/{session_id}/messages"
    place = {"to": at.number, "type": "location", "latitude": 52.52, "longitude": 13.405, "name": "The flat"}
    poll = {"to": at.number, "type": "poll", "question": "When?", "options": ["Tuesday", "Friday"]}
    upload = 'media_id = session.upload(b"The rules of the house.", name="rules.txt")  # or a path\nprint(media_id)'
    return [
        Action("location", "Send a place", "POST", messages,
               f'session.send_location({number}, 52.52, 13.405, name="The flat")', at.at_session,
               body=place, once=True),
        Action("poll", "Send a poll", "POST", messages,
               f'session.send_poll({number}, "When?", ["Tuesday", "Friday"])', at.at_session, body=poll, once=True),
        Action("upload", "Upload a file to send", "POST", "/sessions/{session_id}/media/uploads", upload, at.at_session,
               body={"kind": "document", "filename": "rules.txt"}),
    ]  # fmt: skip


def _acts(at: Sample) -> list[Action]:
    """What is done to a message."""
    message, text = json.dumps(at.message), "The plumber comes on Friday."
    route = "/sessions/{session_id}/messages/{message_id}"
    return [
        Action("react", "React", "POST", f"{route}/reactions", f'session.react({message}, "👍")', at.at_message,
               body={"emoji": "👍"}),
        Action("forward", "Forward", "POST", "/sessions/{session_id}/messages",
               f"session.forward({json.dumps(at.number)}, {message})", at.at_session,
               body=camel(to=at.number, forward_of=at.message), once=True),
        Action("edit", "Edit", "PATCH", route, f"session.edit({message}, {json.dumps(text)})", at.at_message,
               body={"text": text}),
        Action("delete-message", "Delete for everyone", "DELETE", route, f"session.delete_message({message})",
               at.at_message),
    ]  # fmt: skip


def _assistant(at: Sample) -> list[Action]:
    route = "/sessions/{session_id}/ai"
    prompt = "You answer for the rental office of Elm Street 5."
    configure = f"session.configure_assistant(enabled=True, system_prompt={json.dumps(prompt)})"
    trial = 'turn = session.test_assistant("When can I see the flat?")\nprint(turn.status, turn.answer or turn.reason)'
    turns = "for turn in session.turns():\n    print(turn.created_at, turn.status, turn.reason)"
    return [
        Action("settings", "Read the settings", "GET", route, "print(session.assistant())", at.at_session),
        Action("configure", "Save", "PATCH", route, configure, at.at_session,
               body=camel(enabled=True, system_prompt=prompt)),
        Action("trial", "Ask", "POST", f"{route}/test", trial, at.at_session,
               body=camel(message="When can I see the flat?")),
        Action("turns", "What it decided", "GET", f"{route}/turns", turns, at.at_session, query={"limit": 30}),
        Action("usage", "Tokens a day", "GET", f"{route}/usage", "print(session.token_usage(days=14).days)",
               at.at_session, query={"days": 14}),
    ]  # fmt: skip


def _people(at: Sample) -> list[Action]:
    """Contacts, and who is blocked."""
    chat, one = json.dumps(at.chat), "/sessions/{session_id}/contacts/{contact}"
    listed = "for contact in session.contacts():\n    print(contact.name, contact.phone_number)"
    presence = "/sessions/{session_id}/chats/{chat}/presence"
    watch = f'session.change(presence="on_request")\nprint(session.watch_presence({chat}, minutes=5).online)'
    card = f"contact = session.contact({chat})\nprint(contact.name, contact.picture, contact.blocked)"
    return [
        Action("contacts", "List contacts", "GET", "/sessions/{session_id}/contacts", listed, at.at_session,
               query={"limit": 50}),
        Action("contact", "Read a contact", "GET", one, card, at.at_contact),
        Action("block", "Block", "PUT", f"{one}/block", f"session.block({chat})", at.at_contact),
        Action("unblock", "Unblock", "DELETE", f"{one}/block", f"session.unblock({chat})", at.at_contact),
        Action("watch", "Watch whether somebody is online", "POST", presence, watch, at.at_chat,
               body={"minutes": 5}),
        Action("unwatch", "Watch no longer", "DELETE", presence, f"session.unwatch_presence({chat})", at.at_chat),
        *_groups(at),
        *_in_group(at),
    ]  # fmt: skip


def _groups(at: Sample) -> list[Action]:
    """Groups, and what describes one."""
    group, number, groups = json.dumps(at.group), json.dumps(at.number), "/sessions/{session_id}/groups"
    listed = "for group in session.groups():\n    print(group.id, group.subject, group.participant_count)"
    made = f'group = session.create_group("Elm Street 5", [{number}])\nprint(group.id, group.refused)'
    link = "https://chat.whatsapp.com/AbCdEfGhIjKlMnOpQrStUv"
    joining = f"print(session.join_group({json.dumps(link)}).status)"
    shown = f"for person in session.group({group}).participants:\n    print(person.name, person.role)"
    return [
        Action("make-group", "Make a group", "POST", groups, made, at.at_session,
               body={"subject": "Elm Street 5", "participants": [at.number]}, once=True),
        Action("groups", "List groups", "GET", groups, listed, at.at_session, query={"limit": 50}),
        Action("join", "Join by a link", "POST", f"{groups}/join", joining, at.at_session,
               body={"link": link}),
        Action("group", "Read a group", "GET", f"{groups}/{{group}}", shown, at.at_group),
        Action("change-group", "Change a group", "PATCH", f"{groups}/{{group}}",
               f'session.change_group({group}, description="Quiet after ten.", announcement=True)', at.at_group,
               body={"description": "Quiet after ten.", "announcement": True}),
        Action("leave-group", "Leave a group", "POST", f"{groups}/{{group}}/leave", f"session.leave_group({group})",
               at.at_group),
    ]  # fmt: skip


def _in_group(at: Sample) -> list[Action]:
    """Who is in a group, and the way into it."""
    group, number = json.dumps(at.group), json.dumps(at.number)
    route, people = "/sessions/{session_id}/groups/{group}", {"participants": [at.number]}
    add = f"for each in session.add_participants({group}, [{number}]):\n    print(each.jid, each.reason)"
    return [
        Action("add", "Add members", "POST", f"{route}/participants", add, at.at_group, body=people),
        Action("promote", "Make an admin", "PATCH", f"{route}/participants",
               f"session.promote_participants({group}, [{number}])", at.at_group, body={**people, "action": "promote"}),
        Action("remove", "Remove members", "DELETE", f"{route}/participants",
               f"session.remove_participants({group}, [{number}])", at.at_group, body=people),
        Action("invite", "Read the invite link", "GET", f"{route}/invite", f"print(session.group_invite({group}))",
               at.at_group),
        Action("revoke-invite", "Revoke the invite link", "DELETE", f"{route}/invite",
               f"print(session.group_invite({group}, revoke=True))", at.at_group),
    ]  # fmt: skip


def _try_it(at: Sample) -> list[Action]:
    """The gateway's part of the tour; the phones are no part of the gateway."""
    wanted = ("create", "connect", "code", "send", "messages")
    return [action for action in (*_connection(at), *_messaging(at)) if action.id in wanted]


def _developers(at: Sample) -> list[Action]:
    key, keys = json.dumps(at.key), "/keys/{key_id}"
    make = 'issued = gateway.create_key("server", ["read", "send"])\nprint(issued.key)  # shown this once'
    listed = "for key in gateway.keys():\n    print(key.id, key.name, key.last_used_at)"
    token = f'token = gateway.create_token([{json.dumps(at.session)}], ["read"], expires_in=900)\nprint(token.token)'
    follow = (
        'for event in gateway.follow(after="latest"):  # through outages; keep event.id to go on from there\n'
        "    print(event.type, event.data)"
    )
    scopes = ["read", "send"]
    return [
        Action("make-key", "Make a key", "POST", "/keys", make, body={"name": "server", "scopes": scopes}),
        Action("keys", "List keys", "GET", "/keys", listed, query={"limit": 50}),
        Action("replace-key", "Replace a key", "POST", f"{keys}/rotate",
               f"print(gateway.rotate_key({key}, grace_seconds=3600).key)", {"key_id": at.key},
               body=camel(grace_seconds=3600)),
        Action("revoke-key", "Revoke a key", "DELETE", keys, f"gateway.revoke_key({key})", {"key_id": at.key}),
        Action("token", "A token for a browser", "POST", "/tokens", token,
               body={"sessionIds": [at.session], "scopes": ["read"], "expiresIn": 900}),
        Action("events", "Follow events", "GET", "/events", follow, query={"after": "latest"}),
    ]  # fmt: skip


def _webhooks(at: Sample) -> list[Action]:
    route, path, hook = "/webhooks/{webhook_id}", {"webhook_id": at.webhook}, json.dumps(at.webhook)
    body = {"url": "https://app.example.com/api/whatsapp", "types": ["message.received"]}
    make = f"issued = gateway.webhooks.create({json.dumps(body['url'])}, types={json.dumps(body['types'])})\n"
    listed = "for webhook in gateway.webhooks.list():\n    print(webhook.id, webhook.url, webhook.status)"
    sent = f"for delivery in gateway.webhooks.deliveries({hook}):\n    print(delivery.type, delivery.status)"
    again = f"gateway.webhooks.redeliver({hook}, {json.dumps(at.delivery)})"
    delivery = {**path, "delivery_id": at.delivery}
    return [
        Action("make-webhook", "Make a webhook", "POST", "/webhooks",
               f"{make}print(issued.secret)  # shown this once", body=body),
        Action("webhooks", "List webhooks", "GET", "/webhooks", listed, query={"limit": 50}),
        Action("test-webhook", "Send a test event", "POST", f"{route}/test", f"gateway.webhooks.test({hook})", path),
        Action("deliveries", "List deliveries", "GET", f"{route}/deliveries", sent, path, query={"limit": 20}),
        Action("redeliver", "Send a delivery again", "POST", f"{route}/deliveries/{{delivery_id}}/redeliver", again,
               delivery),
        Action("replay", "Replay", "POST", f"{route}/replay",
               f'print(gateway.webhooks.replay({hook}, "earliest").replayed)', path, body={"after": "earliest"}),
        Action("replace-secret", "Replace the secret", "POST", f"{route}/rotate",
               f"print(gateway.webhooks.rotate({hook}, grace_seconds=3600).secret)", path,
               body=camel(grace_seconds=3600)),
        Action("change-webhook", "Change", "PATCH", route, f'gateway.webhooks.change({hook}, payload="ids")', path,
               body={"payload": "ids"}),
        Action("pause-webhook", "Pause", "PATCH", route, f'gateway.webhooks.change({hook}, status="paused")', path,
               body={"status": "paused"}),
        Action("delete-webhook", "Delete", "DELETE", route, f"gateway.webhooks.delete({hook})", path),
    ]  # fmt: skip


# Of each tab its name, and its actions about a sample.
TABS: dict[str, tuple[str, Callable[[Sample], list[Action]]]] = {
    "connection": ("Connection", _connection),
    "messaging": ("Messaging", _messaging),
    "people": ("People", _people),
    "assistant": ("AI", _assistant),
    "try-it": ("Try it", _try_it),
    "developers": ("Keys and events", _developers),
    "webhooks": ("Webhooks", _webhooks),
}

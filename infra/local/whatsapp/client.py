"""A Python client of the control API, for `make up`, benchmarks and tests."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, TypeAlias

import httpx

Json: TypeAlias = dict[str, Any]

_POLL_SECONDS = 0.02


class ControlRefused(Exception):
    """The control API returned an error; the text is its sentence."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


class WhatsAppControl:
    """The control API of a running local WhatsApp server; numbers are E.164 with or without +.

    Every call may raise ControlRefused, and httpx.TransportError while the server is not reachable.
    """

    def __init__(self, base_url: str = "http://127.0.0.1:3002") -> None:
        # Plain HTTP on loopback: reading the machine's certificates takes longer than all the rest of a client.
        # A phone that sends a file of 100 MB takes its time on a busy machine.
        self._http = httpx.Client(base_url=base_url, timeout=120, trust_env=False, verify=False)  # noqa: S501

    def __enter__(self) -> WhatsAppControl:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def create_phone(self, number: str, name: str = "") -> Json:
        return self._request("POST", "/phones", {"number": number, "name": name})

    def phones(self) -> list[Json]:
        return list(self._request("GET", "/phones")["phones"])

    def phone(self, number: str) -> Json:
        return self._request("GET", f"/phones/{number}")

    def change_phone(self, phone: str, /, **changes: bool | str | Sequence[str]) -> Json:
        """Change autoReceipts, name, number, aliases or named of the phone with that number, and return it."""
        return self._request("PATCH", f"/phones/{phone}", changes)

    def delete_phone(self, number: str) -> None:
        """Delete the phone with its account; its clients are unlinked."""
        self._request("DELETE", f"/phones/{number}")

    def scan(self, number: str, qr: str) -> Json:
        """Let the phone scan a QR code; return the device it linked: number, device, jid."""
        return self._request("POST", f"/phones/{number}/scan", {"qr": qr})

    def enter_code(self, number: str, code: str) -> Json:
        """Type the pairing code a client shows into the phone; return the device it linked."""
        return self._request("POST", f"/phones/{number}/scan", {"code": code})

    def send(self, number: str, to: str, text: str, mentions: Sequence[str] = ()) -> str:
        """Send a text and return the message's id.

        to: a number, a group's or a newsletter's address, or status for a status post.
        """
        return self.send_kind(number, to=to, text=text, mentions=list(mentions))

    def broadcast(self, number: str, recipients: Sequence[str], text: str) -> str:
        """Send to the phone's broadcast list of exactly these recipients; return the message's id."""
        return self.send_kind(number, to="broadcast", recipients=list(recipients), text=text)

    def create_group(self, owner: str, subject: str, members: Sequence[str] = (), **more: bool | str) -> str:
        """Create a group and return its address; `more`: hidesNumbers, community, parent."""
        group = {"owner": owner, "subject": subject, "members": list(members), **more}
        return str(self._request("POST", "/groups", group)["id"])

    def group(self, id: str) -> Json:
        return self._request("GET", f"/groups/{id}")

    def change_group(self, id: str, by: str, **changes: bool | int | str) -> Json:
        """Change subject, description, announcement, locked, timer, approval, onlyAdminsAdd or picture (base64)."""
        return self._request("PATCH", f"/groups/{id}", {"by": by, **changes})

    def change_members(self, id: str, by: str, change: str, members: Sequence[str]) -> dict[str, int]:
        """Add, remove, promote, demote, approve or reject; return what became of each number, 200 being success."""
        body = {"by": by, "change": change, "members": list(members)}
        return dict(self._request("POST", f"/groups/{id}/members", body)["outcomes"])

    def invite_link(self, id: str, by: str, *, revoke: bool = False) -> str:
        return str(self._request("POST", f"/groups/{id}/invite", {"by": by, "revoke": revoke})["link"])

    def join_group(self, number: str, link: str) -> Json:
        """Join by a link; return id, and whether the phone has joined or has to wait."""
        return self._request("POST", "/groups/join", {"by": number, "link": link})

    def leave_group(self, number: str, id: str) -> None:
        self._request("POST", f"/groups/{id}/leave", {"by": number})

    def groups(self) -> list[Json]:
        return list(self._request("GET", "/groups")["groups"])

    def send_kind(self, number: str, **message: object) -> str:
        """Send a message of any kind, with the control API's fields; return the message's id."""
        return str(self._request("POST", f"/phones/{number}/messages", message)["id"])

    def messages(self, number: str, after: int = 0) -> list[Json]:
        """Return the phone's messages after the one with that seq."""
        return list(self._request("GET", f"/phones/{number}/messages?after={after}")["messages"])

    def message(self, number: str, id: str) -> Json | None:
        found: list[Json] = self._request("GET", f"/phones/{number}/messages?id={id}")["messages"]
        return found[0] if found else None

    def media(self, number: str, id: str) -> bytes:
        """Return the decrypted file of a message that the phone knows."""
        response = self._http.get(f"/phones/{number}/messages/{id}/media")
        if response.is_error:
            raise ControlRefused(response.status_code, str(response.json()["error"]))
        return response.content

    def wait_for_message(self, number: str, wanted: Callable[[Json], bool], timeout: float = 15.0) -> Json:
        """Return the first message that is wanted; each is tested once, as it was when it came. Raise TimeoutError."""
        seen = 0

        def find() -> Json | None:
            nonlocal seen
            for message in self.messages(number, after=seen):
                if wanted(message):
                    return message
                seen = int(message["seq"])
            return None

        return _poll(find, timeout)

    def wait_for_text(self, number: str, text: str, timeout: float = 15.0) -> Json:
        return self.wait_for_message(number, lambda message: message["text"] == text, timeout)

    def wait_for_status(self, number: str, id: str, status: str, timeout: float = 15.0) -> Json:
        def find() -> Json | None:
            message = self.message(number, id)
            return message if message and message["status"] == status else None

        return _poll(find, timeout)

    def type(self, number: str, to: str, state: str = "composing") -> None:
        """Show the phone as typing to that number or group; state: composing, recording or paused."""
        self._request("POST", f"/phones/{number}/typing", {"to": to, "state": state})

    def typing(self, number: str) -> list[Json]:
        """Return whom the phone has seen typing, in order: from, chat, state, at."""
        return list(self._request("GET", f"/phones/{number}/typing")["typing"])

    def wait_for_typing(self, number: str, sender: str, state: str = "composing", timeout: float = 15.0) -> Json:
        def find() -> Json | None:
            seen = (entry for entry in self.typing(number) if (entry["from"], entry["state"]) == (sender, state))
            return next(seen, None)

        return _poll(find, timeout)

    def read(self, number: str, id: str) -> None:
        """Mark a message as read on the phone, which sends the read receipt."""
        self._request("POST", f"/phones/{number}/read", {"messageId": id})

    def profile(self, number: str) -> Json:
        return self._request("GET", f"/phones/{number}/profile")

    def change_profile(self, number: str, **changes: object) -> Json:
        """Change about, business, contacts, privacy or picture (a JPEG in base64) of the phone, and return them."""
        return self._request("PATCH", f"/phones/{number}/profile", changes)

    def block(self, phone: str, number: str, *, blocked: bool = True) -> Json:
        return self._request("POST", f"/phones/{phone}/block", {"number": number, "blocked": blocked})

    def make_past(self, number: str, **wanted: int) -> list[str]:
        """Give a phone chats of the days before and return them; `wanted`: chats, groups, messages, days."""
        return list(self._request("POST", f"/phones/{number}/past", wanted)["chats"])

    def set_presence(self, number: str, *, available: bool) -> None:
        self._request("POST", f"/phones/{number}/presence", {"available": available})

    def unlink(self, number: str, device: int | None = None) -> None:
        """Remove one linked device from the phone, or all."""
        self._request("POST", f"/phones/{number}/unlink", {} if device is None else {"device": device})

    def fault(self, **faults: Any) -> None:  # noqa: ANN401 - as the control API names them
        self._request("POST", "/faults", faults)

    def clear_faults(self) -> None:
        self._request("DELETE", "/faults")

    def problems(self) -> Json:
        return self._request("GET", "/problems")

    def statistics(self) -> Json:
        return self._request("GET", "/statistics")

    def _request(self, method: str, path: str, body: Json | None = None) -> Json:
        response = self._http.request(method, path, json=body)
        document: Json = response.json() if response.content else {}
        if response.is_error:
            raise ControlRefused(response.status_code, str(document["error"]))
        return document


def _poll(find: Callable[[], Json | None], timeout: float) -> Json:
    end = time.monotonic() + timeout
    while (found := find()) is None:
        if time.monotonic() > end:
            raise TimeoutError("the phone has seen no such thing")
        time.sleep(_POLL_SECONDS)
    return found

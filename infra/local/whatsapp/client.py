from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, TypeAlias

import httpx

Json: TypeAlias = dict[str, Any]

_POLL_SECONDS = 0.02


class ControlRefused(Exception):
    """The control API answered with an error; the text is its sentence."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


class WhatsAppControl:
    """The control API of a running local WhatsApp server; numbers are E.164 with or without +."""

    def __init__(self, base_url: str = "http://127.0.0.1:3002") -> None:
        # Plain HTTP on loopback: reading the machine's certificates takes longer than all the rest of a client.
        self._http = httpx.Client(base_url=base_url, timeout=30, trust_env=False, verify=False)  # noqa: S501

    def __enter__(self) -> WhatsAppControl:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def create_phone(self, number: str, name: str = "") -> Json:
        return self._ask("POST", "/phones", {"number": number, "name": name})

    def phones(self) -> list[Json]:
        return list(self._ask("GET", "/phones")["phones"])

    def phone(self, number: str) -> Json:
        return self._ask("GET", f"/phones/{number}")

    def change_phone(self, number: str, **changes: bool | str) -> Json:
        """autoReceipts, name."""
        return self._ask("PATCH", f"/phones/{number}", changes)

    def scan(self, number: str, qr: str) -> Json:
        """The phone scans that QR code; the device it linked."""
        return self._ask("POST", f"/phones/{number}/scan", {"qr": qr})

    def enter_code(self, number: str, code: str) -> Json:
        """The code a client shows is typed into the phone."""
        return self._ask("POST", f"/phones/{number}/scan", {"code": code})

    def send(self, number: str, to: str, text: str, mentions: Sequence[str] = ()) -> str:
        """The message's id. to: a number, a group's or a newsletter's address, or status for a status post."""
        return self.send_kind(number, to=to, text=text, mentions=list(mentions))

    def broadcast(self, number: str, recipients: Sequence[str], text: str) -> str:
        """To the phone's broadcast list of exactly these; the message's id."""
        return self.send_kind(number, to="broadcast", recipients=list(recipients), text=text)

    def create_group(self, owner: str, subject: str, members: Sequence[str]) -> str:
        """The group's address."""
        group = {"owner": owner, "subject": subject, "members": list(members)}
        return str(self._ask("POST", "/groups", group)["id"])

    def groups(self) -> list[Json]:
        return list(self._ask("GET", "/groups")["groups"])

    def send_kind(self, number: str, **message: str | float | Sequence[str]) -> str:
        """Any kind, named as the control API names it; the message's id."""
        return str(self._ask("POST", f"/phones/{number}/messages", message)["id"])

    def messages(self, number: str, after: int = 0) -> list[Json]:
        """What the phone remembers, past the message with that seq."""
        return list(self._ask("GET", f"/phones/{number}/messages?after={after}")["messages"])

    def message(self, number: str, id: str) -> Json | None:
        found: list[Json] = self._ask("GET", f"/phones/{number}/messages?id={id}")["messages"]
        return found[0] if found else None

    def wait_for_message(self, number: str, wanted: Callable[[Json], bool], timeout: float = 15.0) -> Json:
        """The first one wanted; each is looked at once, as it was when it came. Raises TimeoutError."""
        seen = 0

        def look() -> Json | None:
            nonlocal seen
            for message in self.messages(number, after=seen):
                if wanted(message):
                    return message
                seen = int(message["seq"])
            return None

        return _wait(look, timeout)

    def wait_for_text(self, number: str, text: str, timeout: float = 15.0) -> Json:
        return self.wait_for_message(number, lambda message: message["text"] == text, timeout)

    def wait_for_status(self, number: str, id: str, status: str, timeout: float = 15.0) -> Json:
        def look() -> Json | None:
            message = self.message(number, id)
            return message if message and message["status"] == status else None

        return _wait(look, timeout)

    def type(self, number: str, to: str, state: str = "composing") -> None:
        """state: composing, recording or paused."""
        self._ask("POST", f"/phones/{number}/typing", {"to": to, "state": state})

    def typing(self, number: str) -> list[Json]:
        """Whom the phone has seen typing, in order: from, chat, state, at."""
        return list(self._ask("GET", f"/phones/{number}/typing")["typing"])

    def wait_for_typing(self, number: str, sender: str, state: str = "composing", timeout: float = 15.0) -> Json:
        def look() -> Json | None:
            seen = (entry for entry in self.typing(number) if (entry["from"], entry["state"]) == (sender, state))
            return next(seen, None)

        return _wait(look, timeout)

    def read(self, number: str, id: str) -> None:
        self._ask("POST", f"/phones/{number}/read", {"messageId": id})

    def unlink(self, number: str, device: int | None = None) -> None:
        """One linked device, or all."""
        self._ask("POST", f"/phones/{number}/unlink", {} if device is None else {"device": device})

    def fault(self, **faults: Any) -> None:  # noqa: ANN401 - as the control API names them
        self._ask("POST", "/faults", faults)

    def clear_faults(self) -> None:
        self._ask("DELETE", "/faults")

    def problems(self) -> Json:
        return self._ask("GET", "/problems")

    def statistics(self) -> Json:
        return self._ask("GET", "/statistics")

    def _ask(self, method: str, path: str, body: Json | None = None) -> Json:
        response = self._http.request(method, path, json=body)
        answer: Json = response.json()
        if response.is_error:
            raise ControlRefused(response.status_code, str(answer["error"]))
        return answer


def _wait(look: Callable[[], Json | None], timeout: float) -> Json:
    end = time.monotonic() + timeout
    while (found := look()) is None:
        if time.monotonic() > end:
            raise TimeoutError("the phone has seen no such thing")
        time.sleep(_POLL_SECONDS)
    return found

"""People who write to sessions, and apps that send from them, all at once and through everything that breaks."""

from __future__ import annotations

import base64
import hashlib
import itertools
import random
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import httpx

from infra.local.whatsapp.client import WhatsAppControl
from tests.chaos.history import SendRequest, Written

PAUSE_SECONDS = 1.0
# Every so manieth message is a file, every so manieth waits for its outcome.
FILE_EVERY = 12
WAIT_EVERY = 5
TRY_AGAIN_SECONDS = 0.3
TIMEOUT_SECONDS = 20.0
FILE_BYTES = 3000
_PASSING = {429, 500, 502, 503, 504}


@dataclass(frozen=True, slots=True)
class Chat:
    """Where a session writes: to `to`, where phones read it (`readers`) and other sessions (`hearers`)."""

    to: str
    readers: frozenset[str]
    hearers: frozenset[str] = frozenset()


class Load:
    """`written` and `asked` are what people and apps did, each in their order; `errors` what should never happen."""

    def __init__(self, whatsapp: WhatsAppControl, api: str) -> None:
        self.written: list[Written] = []
        self.asked: list[SendRequest] = []
        self.errors: list[str] = []
        self._whatsapp = whatsapp
        self._api = api
        self._ended, self._given_up = threading.Event(), threading.Event()
        self._threads: list[threading.Thread] = []

    def write(self, author: str, to: str, sessions: frozenset[str], pause: float = PAUSE_SECONDS) -> None:
        """Let a person write to a number or group, until the end."""

        def each(number: int) -> None:
            self.say(author, to, sessions, f"from {author} {number}", is_file=number % FILE_EVERY == FILE_EVERY - 1)

        self._repeat(each, pause)

    def say(self, author: str, to: str, sessions: frozenset[str], text: str, *, is_file: bool = False) -> None:
        """Let a person write one message."""
        at, file = time.time(), random.randbytes(FILE_BYTES) if is_file else None
        more = {"kind": "document", "caption": text, "base64": _base64(file)} if file else {"text": text}
        id = self._whatsapp.send_kind(author, to=to, **more)
        self.written.append(Written(text, author, sessions, id, at, _hash(file)))

    def send(self, key: str, session: str, number: str, chats: list[Chat]) -> None:
        """Let an app send from a session to each of the chats in turn, until the end."""
        http = httpx.Client(base_url=self._api, headers={"X-API-Key": key}, timeout=TIMEOUT_SECONDS, trust_env=False)
        turns = itertools.cycle(chats)

        def each(count: int) -> None:
            chat, file = next(turns), random.randbytes(FILE_BYTES) if count % FILE_EVERY == FILE_EVERY - 1 else None
            asked = SendRequest(f"by {number} {count}", session, number, chat.readers, chat.hearers, sha256=_hash(file))
            place = len(self.asked)
            self.asked.append(asked)
            self.asked[self.asked.index(asked, place)] = self._outcome(http, asked, chat.to, file, count)

        self._repeat(each, PAUSE_SECONDS)

    def end(self) -> None:
        """Let nobody begin anything new."""
        self._ended.set()

    def give_up(self) -> None:
        """End what is still tried."""
        self._given_up.set()
        for thread in self._threads:
            thread.join()

    @property
    def is_over(self) -> bool:
        """Whether everything that was begun has an outcome."""
        return not any(thread.is_alive() for thread in self._threads)

    def _repeat(self, each: Callable[[int], None], pause: float) -> None:
        def run() -> None:
            for number in itertools.count():
                if self._ended.wait(random.uniform(0.5, 1.5) * pause):
                    return
                try:
                    each(number)
                except Exception as error:  # noqa: BLE001 (the load itself failed: a run without it proves nothing)
                    self.errors.append(f"the load: {error!r}")
                    return

        thread = threading.Thread(target=run, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _outcome(self, http: httpx.Client, asked: SendRequest, to: str, file: bytes | None, count: int) -> SendRequest:
        body: dict[str, Any] = {"to": to, "text": asked.text}
        session = f"/sessions/{asked.session}"
        if file is not None:
            uploaded = self._posted(http, f"{session}/media", files={"file": ("a.bin", file)})
            if uploaded is None or uploaded.is_error:
                return replace(asked, refused=_code(uploaded))
            body = {"to": to, "type": "document", "media": {"id": uploaded.json()["id"]}, "caption": asked.text}
        waiting = {} if count % WAIT_EVERY == 0 else {"Prefer": "respond-async"}
        sent = self._posted(http, f"{session}/messages", json=body, headers=waiting)
        if sent is None or sent.is_error:
            return replace(asked, refused=_code(sent))
        return replace(asked, id=sent.json()["id"])

    def _posted(self, http: httpx.Client, path: str, **request: Any) -> httpx.Response | None:
        """Return the answer to a POST that is repeated until there is one; None when that was given up."""
        headers = {**request.pop("headers", {}), "Idempotency-Key": str(uuid.uuid4())}
        while not self._given_up.is_set():
            try:
                response = http.post(path, headers=headers, **request)
            except httpx.TransportError:
                pass
            else:
                if response.status_code == httpx.codes.INTERNAL_SERVER_ERROR:
                    self.errors.append(f"POST {path} was answered 500: {response.text}")
                if response.status_code not in _PASSING or _code(response) == "send_failed":
                    return response
            self._given_up.wait(TRY_AGAIN_SECONDS)
        return None


def _code(response: httpx.Response | None) -> str:
    if response is None:
        return "given up"
    try:
        return str(response.json()["code"])
    except (ValueError, KeyError):
        return str(response.status_code)


def _base64(file: bytes | None) -> str:
    return base64.b64encode(file or b"").decode()


def _hash(file: bytes | None) -> str | None:
    return hashlib.sha256(file).hexdigest() if file is not None else None

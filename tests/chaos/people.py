"""Two users of the gateway with two numbers each, the people these know, and how the users hear of what happens."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

import httpx
from standardwebhooks import WebhookVerificationError

from gateway.client import ClientError, Gateway, Session
from infra.local.whatsapp.client import ControlRefused
from tests.chaos.deployment import Deployment
from tests.chaos.history import Event, UserView
from tests.chaos.load import Chat, Load
from tests.chaos.reading import Reader, event_of
from tests.e2e.world import Linked, read_qr, until, until_connected
from tests.integration.webhooks.receiver import Received, Receiver, Reply

NUMBERS_EACH = 2
GROUP_PAUSE_SECONDS = 2.0
# Starting, linking and the first message of a group, also where many processes share few cores.
PATIENCE_SECONDS = 180.0
AGAIN_SECONDS = 0.5
_numbers = itertools.count(15_550_200_001)


@dataclass
class User:
    """Somebody with a key, their linked numbers, and the events they got, by asking or by a stream and by a webhook."""

    name: str
    key: str
    client: Gateway
    reader: Reader
    linked: list[Linked] = field(default_factory=list)
    followed: list[Event] = field(default_factory=list)
    delivered: list[Event] = field(default_factory=list)

    @property
    def sessions(self) -> frozenset[str]:
        return frozenset(str(each.session.id) for each in self.linked)

    def view(self) -> UserView:
        """Return what the user sees, and has got so far."""
        got = tuple(self.followed), tuple(self.delivered)
        return UserView(self.name, self.sessions, self.reader.sessions(), *got)


@dataclass(frozen=True, slots=True)
class Group:
    jid: str
    phones: frozenset[str]
    sessions: frozenset[str]

    def chat_of(self, session: str) -> Chat:
        return Chat(self.jid, self.phones, self.sessions - {session})


class People:
    """`phones` are the numbers of all who are written to."""

    def __init__(self, deployment: Deployment, receiver: Receiver, load: Load) -> None:
        self._deployment = deployment
        self._load = load
        self._secrets: dict[str, str] = {}
        self.phones: list[str] = []
        self.users = [self._user(name, receiver.url) for name in ("Ada", "Ben")]
        receiver.answer = self._accept
        for user in self.users:
            user.linked += [self._link(user, f"{user.name} {n}") for n in range(NUMBERS_EACH)]

    @property
    def secrets(self) -> frozenset[str]:
        """What no log may hold: numbers, which are in all texts, too, and keys."""
        linked = [each.number for user in self.users for each in user.linked]
        keys = [user.key for user in self.users]
        return frozenset([number.removeprefix("+") for number in (*self.phones, *linked)] + keys)

    @property
    def sessions(self) -> list[str]:
        return [session for user in self.users for session in sorted(user.sessions)]

    def begin(self) -> None:
        """Let everybody write, send and listen."""
        ada, ben = self.users
        self._listen(ada, _poll)
        self._listen(ben, _stream)
        groups = [self._group([ada.linked[place], ben.linked[place]]) for place in range(NUMBERS_EACH)]
        for user in self.users:
            for linked, group in zip(user.linked, groups, strict=True):
                session = str(linked.session.id)
                self._load.write(self.phone("Writer"), linked.number, frozenset([session]))
                reader = self.phone("Reader")
                chats = [Chat(reader, frozenset([reader])), group.chat_of(session)]
                self._load.send(user.key, session, linked.number, chats)

    def phone(self, name: str) -> str:
        number = f"+{next(_numbers)}"
        self._deployment.whatsapp.create_phone(number, name)
        self.phones.append(number)
        return number

    def _user(self, name: str, receiver: str) -> User:
        url, key = self._deployment.api.url, self._deployment.new_key(name)
        client = Gateway(url, key)
        self._secrets[name] = client.webhooks.create(f"{receiver}/{name}", payload="ids").secret
        return User(name, key, client, Reader(url, key))

    def _link(self, user: User, name: str) -> Linked:
        number = f"+{next(_numbers)}"
        self._deployment.whatsapp.create_phone(number, name)
        session = user.client.create_session(name)
        session.connect()
        until(partial(self._scan, session, number), timeout=PATIENCE_SECONDS)
        return Linked(session, until_connected(session, number, timeout=PATIENCE_SECONDS))

    def _scan(self, session: Session, number: str) -> bool:
        """Let a phone scan the code that is shown; on a busy machine another one is shown before it has."""
        png = session.status().qr_png
        if png is None:
            return False
        with suppress(ControlRefused):
            self._deployment.whatsapp.scan(number, read_qr(png))
            return True
        return False

    def _group(self, members: list[Linked]) -> Group:
        """Make a group of numbers of both users and two others, one of whom writes there."""
        writer, witness = self.phone("Writer"), self.phone("Witness")
        jid = self._deployment.whatsapp.create_group(writer, "Garden", [*(each.number for each in members), witness])
        sessions = frozenset(str(each.session.id) for each in members)
        hello = f"hello, all of {jid}"
        self._load.say(writer, jid, sessions, hello)
        for each in members:
            # Only then the API knows the group.
            until(partial(each.message, hello), timeout=PATIENCE_SECONDS)
        self._load.write(writer, jid, sessions, GROUP_PAUSE_SECONDS)
        return Group(jid, frozenset([writer, witness]), sessions)

    def _accept(self, request: Received) -> Reply:
        name = request.path.removeprefix("/")
        [user] = [each for each in self.users if each.name == name]
        try:
            user.delivered.append(event_of(request.verify(self._secrets[name])))
        except WebhookVerificationError as error:
            self._load.errors.append(f"a webhook of {name}: {error}")
        return Reply()

    def _listen(self, user: User, way: Callable[[User], None]) -> None:
        def run() -> None:
            try:
                way(user)
            except ClientError as error:
                self._load.errors.append(f"following of {user.name} ended: {error!r}")

        threading.Thread(target=run, daemon=True).start()


def _poll(user: User) -> None:
    after = "earliest"
    while True:
        try:
            events, after = user.reader.next_events(after)
        except httpx.HTTPError:
            events = []
        user.followed += events
        if not events:
            time.sleep(AGAIN_SECONDS)


def _stream(user: User) -> None:
    for event in user.client.follow(after="earliest", payload="ids"):
        user.followed.append(Event(event.id, str(event.session_id), event.seq, str(event.type)))

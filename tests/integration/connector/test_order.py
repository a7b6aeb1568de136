"""The same facts end in the same rows, in whatever order they come and however often."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from connector.whatsapp.library import e2e_pb2
from connector.whatsapp.message_secrets import MessageSecret, seal
from connector.whatsapp.sealed import COMMENT, EDIT, EVENT_EDIT, POLL_EDIT, REACTION
from gateway.domain.kinds import SHOWN
from tests.integration.connector.deliveries import (
    START_MS,
    Inbox,
    Sender,
    deletion,
    edit,
    event,
    image,
    motion_clip,
    poll,
    reaction,
    text,
)
from tests.integration.connector.deliveries import inbox as inbox
from tests.integration.store.conftest import linked as linked
from tests.integration.store.conftest import make_session as make_session
from tests.integration.store.conftest import owned as owned
from tests.integration.store.conftest import store as store
from tests.integration.store.conftest import user as user

OWN_LID = "100000000000001@lid"
SECRET = b"s" * 32
_PEOPLE = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Fact:
    """A message that came at this second; one that is `sealed` needs the LID of who sealed it."""

    id: str
    message: Callable[[Any], e2e_pb2.Message]
    second: int
    by: str = "bob"
    sealed: bool = False

    @property
    def at_ms(self) -> int:
        return START_MS + self.second * 1000


@dataclass(frozen=True, slots=True)
class Delivery:
    """How a fact comes: readable or not, and by which of its sender's addresses."""

    fact: Fact | None
    readable: bool = True
    form: str = "both"

    def __repr__(self) -> str:
        return f"{self.fact.id if self.fact else 'READ'}{'' if self.readable else '?'}:{self.form}"


def sealed(
    use: str, target: str, content: e2e_pb2.Message | e2e_pb2.ReactionMessage, sender_lid: str
) -> e2e_pb2.Message:
    secret = MessageSecret(SECRET, sender_lid)
    payload = seal(use, content.SerializeToString(), b"n" * 12, secret, target, sender_lid)
    change = {"targetMessageKey": {"ID": target, "fromMe": True}, "encPayload": payload, "encIV": b"n" * 12}
    if use == REACTION:
        return e2e_pb2.Message(encReactionMessage=change)
    if use == COMMENT:
        return e2e_pb2.Message(encCommentMessage=change)
    return e2e_pb2.Message(secretEncryptedMessage=change | {"secretEncType": use.upper().replace(" ", "_")})


FACTS = [
    Fact("A", lambda p: text("one", SECRET), 0),
    Fact("B", lambda p: text("two", SECRET), 1),
    Fact("C", lambda p: image("small"), 2),
    Fact("HD", lambda p: image("large", parent=p("C")), 3),
    Fact("MC", lambda p: motion_clip("moving", parent=p("C")), 3),
    Fact("E1", lambda p: edit(p("A"), "one!", START_MS + 4100), 4),
    Fact("E2", lambda p: edit(p("A"), "one!!", START_MS + 4900), 4),
    Fact(
        "S",
        lambda p: sealed(EDIT, p("B"), edit(p("B"), "two!", START_MS + 5000), p.lid),
        5,
        sealed=True,
    ),
    Fact("R", lambda p: reaction(p("A"), "👍"), 6),
    Fact(
        "X",
        lambda p: sealed(REACTION, p("B"), e2e_pb2.ReactionMessage(text="❤"), p.lid),
        6,
        sealed=True,
    ),
    Fact("M", lambda p: text("mine"), 7, by="me"),
    Fact("ME", lambda p: edit(p("M"), "mine!", START_MS + 8000), 8, by="me"),
    Fact("F", lambda p: edit(p("M"), "forged", START_MS + 9000), 9),
    Fact("G", lambda p: text("gone"), 10),
    Fact("GD", lambda p: deletion(p("G")), 11),
    Fact("GE", lambda p: edit(p("G"), "not gone", START_MS + 12_000), 12),
    Fact("P", lambda p: poll("When?", "Mon", secret=SECRET), 13),
    Fact("PE", lambda p: sealed(POLL_EDIT, p("P"), poll("When then?", "Tue"), p.lid), 14, sealed=True),
    Fact("EV", lambda p: event("Dinner", "Here", SECRET), 15),
    Fact("EVE", lambda p: sealed(EVENT_EDIT, p("EV"), event("Lunch", "There"), p.lid), 16, sealed=True),
    Fact("K", lambda p: sealed(COMMENT, p("B"), text("Right"), p.lid), 17, sealed=True),
]
READ = Delivery(None)


class Person:
    """Somebody nobody else writes with; called with the name of a fact it returns the id of its message."""

    def __init__(self) -> None:
        number = next(_PEOPLE)
        self.lid, self.number = f"{200_000_000_000_000 + number}@lid", f"{4_916_000_000_000 + number}@s.whatsapp.net"
        self._prefix = f"P{number}-"

    def __call__(self, name: str) -> str:
        return self._prefix + name

    def name_of(self, id: str | None) -> str | None:
        return id.removeprefix(self._prefix) if id else None

    def sender(self, by: str, form: str) -> Sender:
        them = Sender(None if form == "number" else self.lid, None if form == "lid" else self.number)
        return Sender(OWN_LID, None, own=True, peer=them) if by == "me" else them


@st.composite
def disorder(draw: st.DrawFn) -> list[Delivery]:
    """Every fact at least once, some of them twice or unreadable at first, by any address, and one read receipt."""
    deliveries = [READ]
    for fact in FACTS:
        forms = st.sampled_from(["both", "lid"] if fact.sealed else ["both", "lid", "number"])
        deliveries += [Delivery(fact, form=draw(forms)) for _ in range(draw(st.integers(1, 2)))]
        if draw(st.integers(0, 2)) == 0:
            deliveries.append(Delivery(fact, readable=False, form=draw(forms)))
    # The last shows that both addresses are one person, if nothing else has.
    return [*_readable_last(draw(st.permutations(deliveries))), Delivery(FACTS[0])]


def _readable_last(deliveries: list[Delivery]) -> list[Delivery]:
    """Leave out what is said to be unreadable after it was read: WhatsApp's client asks for that again until it can."""
    read: set[str] = set()
    kept = []
    for delivery in deliveries:
        id = delivery.fact.id if delivery.fact else ""
        read |= {id} if delivery.readable else set()
        kept += [delivery] if delivery.readable or id not in read else []
    return kept


def deliver(inbox: Inbox, person: Person, deliveries: list[Delivery]) -> dict[str, Any]:
    """Return what the chat has in the end."""
    for delivery in deliveries:
        fact = delivery.fact
        if fact is None:
            inbox.read_on_phone(person.sender("bob", delivery.form), [person("B")], START_MS + 20_000)
        elif delivery.readable:
            sender = person.sender(fact.by, delivery.form)
            inbox.message(sender, person(fact.id), fact.message(person), fact.at_ms)
        else:
            inbox.unreadable(person.sender(fact.by, delivery.form), person(fact.id), fact.at_ms)
    [chat] = [chat for chat in inbox.chats() if chat.lid == person.lid]
    rows = inbox.rows(chat)
    shown = [row for row in rows if row.message_type in SHOWN]
    assert chat.last_message_id == max(shown, key=lambda row: (row.timestamp, row.id)).id
    return {
        "unread": chat.unread_count,
        "last": chat.last_message_at,
        "rows": {
            (person.name_of(row.message_id), row.from_me): {
                "kind": row.message_type,
                "text": row.content,
                "file": (row.media or {}).get("directPath"),
                "clip": (row.media or {}).get("motionVideo", {}).get("directPath"),
                "details": row.details,
                "place": (row.location or {}).get("name"),
                "target": person.name_of(row.target_id),
                "status": row.status,
                "edited": row.edited_at,
                "deleted": row.deleted_at,
            }
            for row in rows
        },
    }


# An example takes half a second, so that making a failing one smaller takes minutes.
@settings(
    max_examples=15,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(deliveries=disorder())
def test_the_same_facts_in_any_order_end_in_the_same_rows(inbox: Inbox, deliveries: list[Delivery]) -> None:
    in_order = [*map(Delivery, FACTS), READ]
    expected, found = deliver(inbox, Person(), in_order), deliver(inbox, Person(), deliveries)
    rows, expected_rows = found.pop("rows"), expected.pop("rows")
    assert {name: row for name, row in rows.items() if row != expected_rows.get(name)} == {}
    assert (rows.keys(), found) == (expected_rows.keys(), expected)


def test_what_the_facts_end_in(inbox: Inbox) -> None:
    """The rows that every order is compared with."""
    end = deliver(inbox, Person(), [*map(Delivery, FACTS), READ])
    rows = {name: (row["kind"], row["text"]) for (name, _), row in end["rows"].items()}
    assert rows == {
        "A": ("text", "one!!"),
        "B": ("text", "two!"),
        "C": ("image", None),
        "R": ("reaction", "👍"),
        "X": ("reaction", "❤"),
        "M": ("text", "mine!"),
        "F": ("edit", "forged"),
        "G": ("text", None),
        "P": ("poll", "When then?"),
        "EV": ("event", "Lunch"),
        "K": ("comment", "Right"),
    }
    assert (end["rows"][("C", False)]["file"], end["rows"][("C", False)]["clip"]) == ("/v/large", "/v/moving")
    assert end["rows"][("P", False)]["details"]["options"] == ["Tue"]
    assert (end["rows"][("EV", False)]["details"]["name"], end["rows"][("EV", False)]["place"]) == ("Lunch", "There")
    # A and B are read; a picture, a deleted message, a poll, an event and a comment came later.
    assert end["unread"] == 5

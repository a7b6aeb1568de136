"""The checker finds each kind of wrong, and takes nothing right for it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.chaos.checker import Wrong, check, explained
from tests.chaos.history import Event, History, PhoneMessage, SendRequest, StoredMessage, UserView, Written

ADA, BEN = "session of Ada", "session of Ben"
NUMBER, READER, WRITER = "+15550000001", "+15550000002", "+15550000003"

DRIPS = Written("the tap drips", WRITER, frozenset([ADA]), "W1", at=1000.0)
PHOTO = Written("a photo of it", WRITER, frozenset([ADA]), "W2", at=1002.0, sha256="aa")
COMES = SendRequest("the plumber comes", ADA, NUMBER, frozenset([READER]), id="k3")
PAPER = SendRequest("please sign", ADA, NUMBER, frozenset([READER]), id="k4", sha256="bb")

KEPT = (
    StoredMessage("k4", "W4", "chat with the reader", True, PAPER.text, "document", "read", "12:00:04", stored=1004.0),
    StoredMessage("k3", "W3", "chat with the reader", True, COMES.text, "text", "delivered", "12:00:03", stored=1003.0),
    StoredMessage(
        "k2",
        "W2",
        "chat with the writer",
        False,
        PHOTO.text,
        "image",
        "received",
        "12:00:02",
        stored=1002.0,
        file="available",
        sha256="aa",
    ),
    StoredMessage("k1", "W1", "chat with the writer", False, DRIPS.text, "text", "received", "12:00:00", stored=1000.0),
)
LOG = tuple(Event(f"e{seq}", ADA, seq, "message.received", about) for seq, about in enumerate(["k1", "k2", "k3", "k4"]))
VIEW = UserView("Ada", frozenset([ADA]), frozenset([ADA]), LOG, LOG)
SHOWN = (PhoneMessage(COMES.text, NUMBER, "W3"), PhoneMessage(PAPER.text, NUMBER, "W4", "bb"))
WELL = History((DRIPS, PHOTO), (COMES, PAPER), {READER: SHOWN}, {ADA: KEPT, BEN: ()}, {ADA: LOG, BEN: ()}, (VIEW,))


def wrongs(history: History) -> set[Wrong]:
    return {finding.wrong for finding in check(history)}


def keeping(*kept: StoredMessage, session: str = ADA) -> History:
    """The good history, but for what the API shows of a session."""
    return replace(WELL, kept={**WELL.kept, session: kept})


def showing(*shown: PhoneMessage) -> History:
    return replace(WELL, phones={READER: shown})


def hearing(**changes: Any) -> History:
    return replace(WELL, users=(replace(VIEW, **changes),))


def test_nothing_is_wrong_with_what_is_right() -> None:
    assert check(WELL) == []


NEW = StoredMessage(
    "k9", "W9", "chat with the writer", False, "nobody wrote this", "text", "received", "12:00:09", stored=1009.0
)
TOLD_NEW = Event("e9", ADA, 9, "message.received", "k9")
BAD: dict[str, tuple[Wrong, History]] = {
    "a message is not kept": (Wrong.LOST, keeping(*KEPT[:3])),
    "a message is kept twice": (Wrong.DOUBLED, keeping(*KEPT, replace(KEPT[3], id="k9", message_id="W9"))),
    "a message has another text": (Wrong.UNEXPLAINED, keeping(*KEPT[:3], replace(KEPT[3], text="the tap drops"))),
    "a message is kept that nobody wrote": (Wrong.UNEXPLAINED, keeping(NEW, *KEPT)),
    "a message cannot be read": (
        Wrong.UNEXPLAINED,
        keeping(*KEPT[:3], replace(KEPT[3], kind="undecryptable", text=None)),
    ),
    "a chat is not in order": (
        Wrong.MISORDERED,
        keeping(*KEPT[:2], replace(KEPT[3], at="12:00:03", stored=1003.0), KEPT[2]),
    ),
    "times of a chat go back": (Wrong.MISORDERED, keeping(KEPT[1], KEPT[0], *KEPT[2:])),
    "another's session has it": (Wrong.CROSSED, keeping(KEPT[3], session=BEN)),
    "a file is not there": (Wrong.STUCK, keeping(*KEPT[:2], replace(KEPT[2], file="pending", sha256=None), KEPT[3])),
    "a file is given up": (Wrong.LOST, keeping(*KEPT[:2], replace(KEPT[2], file="unavailable", sha256=None), KEPT[3])),
    "a file is another one": (Wrong.LOST, keeping(*KEPT[:2], replace(KEPT[2], sha256="cc"), KEPT[3])),
    "a send reaches nobody": (Wrong.LOST, showing(SHOWN[1])),
    "a send arrives twice": (Wrong.DOUBLED, showing(SHOWN[0], *SHOWN)),
    "sends arrive in another order": (
        Wrong.MISORDERED,
        replace(
            WELL,
            asked=(replace(PAPER, sha256=None), COMES),
            phones={READER: (SHOWN[0], replace(SHOWN[1], sha256=None))},
        ),
    ),
    "a send arrives with another file": (Wrong.LOST, showing(SHOWN[0], replace(SHOWN[1], sha256="cc"))),
    "a send comes from another number": (Wrong.CROSSED, showing(replace(SHOWN[0], author=WRITER), SHOWN[1])),
    "a phone shows what nobody sent": (Wrong.UNEXPLAINED, showing(PhoneMessage("boo", NUMBER, "W9"), *SHOWN)),
    "a send waits": (Wrong.STUCK, keeping(KEPT[0], replace(KEPT[1], status="sending"), *KEPT[2:])),
    "a send failed and arrived": (
        Wrong.UNEXPLAINED,
        keeping(KEPT[0], replace(KEPT[1], status="failed", error="refused_by_whatsapp"), *KEPT[2:]),
    ),
    "an accepted send is not in the API": (Wrong.LOST, keeping(KEPT[0], *KEPT[2:])),
    "a send arrived that the API does not know": (
        Wrong.UNEXPLAINED,
        replace(keeping(KEPT[0], *KEPT[2:]), asked=(replace(COMES, id=None), PAPER)),
    ),
    "no event tells of a message": (
        Wrong.LOST,
        replace(hearing(followed=LOG[1:], delivered=LOG[1:]), logs={ADA: LOG[1:]}),
    ),
    "a log goes back": (Wrong.MISORDERED, replace(WELL, logs={ADA: (*LOG[:2], LOG[3], LOG[2])})),
    "a follower misses an event": (Wrong.LOST, hearing(followed=LOG[1:])),
    "a follower gets one twice": (Wrong.DOUBLED, hearing(followed=(*LOG, LOG[3]))),
    "a follower gets them in another order": (Wrong.MISORDERED, hearing(followed=(LOG[1], LOG[0], *LOG[2:]))),
    "a follower gets what is in no log": (Wrong.UNEXPLAINED, hearing(followed=(*LOG, TOLD_NEW))),
    "a webhook misses an event": (Wrong.LOST, hearing(delivered=LOG[:3])),
    "a webhook gets them in another order": (Wrong.MISORDERED, hearing(delivered=(LOG[1], LOG[0], *LOG[2:]))),
    "a webhook gets another's": (Wrong.CROSSED, hearing(delivered=(*LOG, replace(TOLD_NEW, session=BEN)))),
    "somebody sees another's session": (Wrong.CROSSED, hearing(seen_sessions=frozenset([ADA, BEN]))),
    "a log holds a number": (Wrong.LEAKED, replace(WELL, leaks=("api.log",))),
    "an answer was 500": (Wrong.UNEXPLAINED, replace(WELL, errors=("POST /sessions was answered 500",))),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_wrong_is_found(name: str) -> None:
    wrong, history = BAD[name]
    assert wrong in wrongs(history)


FAILED = replace(KEPT[1], status="failed", error="refused_by_whatsapp")
LOST = Event("e8", ADA, 8, "message.lost", "W1")
UNREAD = replace(KEPT[3], kind="undecryptable", text=None)
TOLD_LOST = (*LOG, LOST)
GOOD: dict[str, tuple[str, History]] = {
    "a loss that is told": (
        "reported as lost",
        replace(
            keeping(*KEPT[:3]),
            logs={ADA: TOLD_LOST},
            users=(replace(VIEW, followed=TOLD_LOST, delivered=TOLD_LOST),),
        ),
    ),
    "a message that died with a process": (
        "gone with a process that died",
        replace(keeping(*KEPT[:3]), deaths=(DRIPS.at + 1.0,)),
    ),
    "what could not be read without the database": (
        "unreadable",
        replace(keeping(*KEPT[:3], UNREAD), outages=((DRIPS.at - 1.0, DRIPS.at + 1.0),)),
    ),
    "a send in doubt that arrived": (
        "unknown whether sent",
        keeping(KEPT[0], replace(KEPT[1], status="unknown"), *KEPT[2:]),
    ),
    "a send in doubt that did not": (
        "unknown whether sent",
        replace(keeping(KEPT[0], replace(KEPT[1], status="unknown"), *KEPT[2:]), phones={READER: SHOWN[1:]}),
    ),
    "a rejected send": (
        "failed, as WhatsApp rejected them",
        replace(keeping(KEPT[0], FAILED, *KEPT[2:]), phones={READER: SHOWN[1:]}),
    ),
}


@pytest.mark.parametrize("name", GOOD)
def test_what_the_documents_allow_is_counted_and_not_found(name: str) -> None:
    counted, history = GOOD[name]
    assert check(history) == []
    assert explained(history)[counted] == 1


def test_a_death_after_the_next_message_was_stored_explains_nothing() -> None:
    assert wrongs(replace(keeping(*KEPT[:3]), deaths=(KEPT[2].stored + 60.0,))) == {Wrong.LOST}
    late = replace(keeping(*KEPT[:2], replace(KEPT[2], stored=DRIPS.at + 60.0)), deaths=(DRIPS.at + 59.0,))
    assert check(late) == []


def test_what_a_webhook_sends_again_is_no_mistake() -> None:
    assert check(hearing(delivered=(LOG[0], LOG[1], LOG[0], *LOG[2:]))) == []

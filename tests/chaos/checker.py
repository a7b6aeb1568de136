"""Compares what people did with what every side shows of it. Pure, and it knows nothing of the gateway's own code.

What the gateway's documents say may happen is explained, and counted: a message that died with a process, one that
could not be read while the database was away, a send whose outcome a crash hid. Everything else is a finding.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby, pairwise
from operator import attrgetter

from tests.chaos.history import Event, History, PhoneMessage, SendRequest, StoredMessage, UserView, Written

# How far the logged time of a death may be from the real one.
DEATH_SECONDS = 3.0
# The library gives up what it decrypts without its database; it may still work off what came while that was away.
OUTAGE_SECONDS = 10.0
LEFT = {"sent", "delivered", "read", "played"}
WAITING = {"queued", "sending"}


class Wrong(StrEnum):
    LOST = "lost"
    DOUBLED = "doubled"
    MISORDERED = "misordered"
    CROSSED = "crossed"
    STUCK = "stuck"
    UNEXPLAINED = "unexplained"
    LEAKED = "leaked"


@dataclass(frozen=True, slots=True)
class Finding:
    wrong: Wrong
    what: str


def check(history: History) -> list[Finding]:
    """Return everything that is wrong."""
    return [
        *_received(history),
        *_sent(history),
        *_shown(history),
        *_order(history),
        *_crossed(history),
        *_events(history),
        *(Finding(Wrong.UNEXPLAINED, error) for error in history.errors),
        *(Finding(Wrong.LEAKED, leak) for leak in history.leaks),
    ]


def explained(history: History) -> dict[str, int]:
    """Return how often something injected that the documents say may happen."""
    statuses = Counter(kept.status for kept in _all_kept(history) if kept.from_me)
    missing = [(session, written) for session, written in _missing(history)]
    reported = [written for session, written in missing if written.id in _reported(history, session)]
    return {
        "reported as lost": len(reported),
        "gone with a process that died": len(missing) - len(reported),
        "unreadable": sum(kept.kind == "undecryptable" for kept in _all_kept(history)),
        "unknown whether sent": statuses["unknown"],
        "failed, as WhatsApp rejected them": statuses["failed"],
    }


def _received(history: History) -> Iterator[Finding]:
    """What people wrote is kept, once, with its file."""
    for session, written in _missing(history):
        if written.id not in _reported(history, session) and not _died(history, session, written):
            yield Finding(Wrong.LOST, f"{written.text!r} of {written.author} in session {session}")
    for session, kept in history.kept.items():
        yield from _doubles(kept, f"session {session}")
        by_id = {message.message_id: message for message in kept}
        for written in (each for each in history.written if session in each.sessions):
            if message := by_id.get(written.id):
                yield from _as_written(history, session, written, message)


def _as_written(history: History, session: str, written: Written, kept: StoredMessage) -> Iterator[Finding]:
    if kept.kind == "undecryptable":
        if not _was_hindered(history, session, written):
            yield Finding(Wrong.UNEXPLAINED, f"{written.text!r} of {written.author} could not be read")
        return
    if kept.text != written.text:
        yield Finding(Wrong.UNEXPLAINED, f"{written.text!r} of {written.author} became {kept.text!r}")
    if written.sha256 and kept.file == "pending":
        yield Finding(Wrong.STUCK, f"the file of {written.text!r} is pending")
    elif written.sha256 and kept.sha256 != written.sha256:
        yield Finding(Wrong.LOST, f"the file of {written.text!r}: {kept.file}")


def _sent(history: History) -> Iterator[Finding]:
    """What the API says of a send is what phones show."""
    shown = {number: Counter(message.text for message in messages) for number, messages in history.phones.items()}
    for asked in history.asked:
        reached = {number for number in asked.readers if shown[number][asked.text]}
        kept = [message for message in history.kept.get(asked.session, ()) if message.text == asked.text]
        yield from _outcome(asked, kept, reached)


def _outcome(asked: SendRequest, kept: list[StoredMessage], reached: set[str]) -> Iterator[Finding]:
    what, missed = f"{asked.text!r} of session {asked.session}", asked.readers - reached
    if not kept:
        if asked.id or reached:
            yield Finding(Wrong.LOST if asked.id else Wrong.UNEXPLAINED, f"{what} is not in the API")
        return
    status = kept[0].status
    if status in LEFT and missed:
        yield Finding(Wrong.LOST, f"{what} is {status}, but not on {', '.join(sorted(missed))}")
    elif status in WAITING:
        yield Finding(Wrong.STUCK, f"{what} is {status}")
    elif status == "failed" and reached:
        yield Finding(Wrong.UNEXPLAINED, f"{what} failed ({kept[0].error}), but is on {', '.join(sorted(reached))}")
    elif status == "failed" and not (kept[0].error or "").startswith("refused"):
        yield Finding(Wrong.UNEXPLAINED, f"{what} failed ({kept[0].error})")


def _shown(history: History) -> Iterator[Finding]:
    """Phones show what was sent to them, once, from whom it was, with its file; nobody else's, and nothing else."""
    asked = {each.text: each for each in history.asked}
    texts = {each.text for each in history.written}
    for number, messages in history.phones.items():
        yield from _doubles(messages, number)
        for message in messages:
            sent = asked.get(message.text)
            if sent is None and message.text not in texts:
                yield Finding(Wrong.UNEXPLAINED, f"{message.text!r} on {number}, which nobody wrote")
            elif sent and (number not in sent.readers or message.author != sent.number):
                yield Finding(Wrong.CROSSED, f"{message.text!r} on {number} from {message.author}")
            elif sent and message.sha256 != sent.sha256:
                yield Finding(Wrong.LOST, f"the file of {message.text!r} on {number}")


def _order(history: History) -> Iterator[Finding]:
    """Chats are in the order in which people wrote, and phones show what a session sent in the order of asking."""
    place = {written.id: place for place, written in enumerate(history.written)}
    for session, kept in history.kept.items():
        for newer, older in pairwise(kept):
            if newer.chat == older.chat and not _is_in_order(older, newer, place):
                yield Finding(Wrong.MISORDERED, f"{older.text!r} before {newer.text!r} in session {session}")
    # A text overtakes a file that is being stored at WhatsApp.
    rank = {asked.text: place for place, asked in enumerate(history.asked) if asked.sha256 is None}
    for number, shown in history.phones.items():
        yield from _phone_order(number, shown, rank)


def _is_in_order(older: StoredMessage, newer: StoredMessage, place: dict[str, int]) -> bool:
    """Within a second of WhatsApp's time, a chat is in the order in which messages came."""
    if older.at >= newer.at:
        return older.at == newer.at
    before, after = (place.get(message.message_id or "") for message in (older, newer))
    return before is None or after is None or before < after


def _phone_order(number: str, shown: Iterable[PhoneMessage], rank: dict[str, int]) -> Iterator[Finding]:
    sends: dict[str, list[PhoneMessage]] = defaultdict(list)
    for message in shown:
        if message.text in rank:
            sends[message.author].append(message)
    for messages in sends.values():
        for earlier, later in pairwise(messages):
            if rank[earlier.text] > rank[later.text]:
                yield Finding(Wrong.MISORDERED, f"{earlier.text!r} before {later.text!r} on {number}")


def _crossed(history: History) -> Iterator[Finding]:
    """Nobody sees sessions, messages or events of somebody else's."""
    owners: dict[str, set[str]] = defaultdict(set)
    for written in history.written:
        owners[written.text] |= written.sessions
    for asked in history.asked:
        owners[asked.text] |= {asked.session, *asked.hearers}
    for session, kept in history.kept.items():
        for text in (message.text for message in kept if message.text):
            if text not in owners:
                yield Finding(Wrong.UNEXPLAINED, f"{text!r} in session {session}, which nobody wrote")
            elif session not in owners[text]:
                yield Finding(Wrong.CROSSED, f"{text!r} in session {session}")
    for user in history.users:
        yield from _of_others(user)


def _of_others(user: UserView) -> Iterator[Finding]:
    if others := user.seen_sessions - user.sessions:
        yield Finding(Wrong.CROSSED, f"{user.name} sees sessions {', '.join(sorted(others))}")
    for event in (*user.followed, *user.delivered):
        if event.session not in user.sessions:
            yield Finding(Wrong.CROSSED, f"{user.name} got an event of session {event.session}")


def _events(history: History) -> Iterator[Finding]:
    """Logs grow, tell of every message, and everybody gets all of theirs, in order."""
    for session, log in history.logs.items():
        if any(later.seq <= earlier.seq for earlier, later in pairwise(log)):
            yield Finding(Wrong.MISORDERED, f"the log of session {session}")
        told = {event.about for event in log}
        for kept in (each for each in history.kept.get(session, ()) if each.id not in told):
            yield Finding(Wrong.LOST, f"no event tells of {kept.text!r} in session {session}")
    for user in history.users:
        logs = [event for session in sorted(user.sessions) for event in history.logs.get(session, ())]
        yield from _told(user, user.followed, logs, "followed", repeats=False)
        yield from _told(user, user.delivered, logs, "by webhook", repeats=True)


def _told(user: UserView, got: tuple[Event, ...], logs: list[Event], way: str, *, repeats: bool) -> Iterator[Finding]:
    """What comes again by a webhook is told once more; its first time is in order."""
    first = list({event.id: event for event in got}.values())
    if not repeats and len(first) < len(got):
        yield Finding(Wrong.DOUBLED, f"{len(got) - len(first)} events that {user.name} {way}")
    ids = {event.id for event in first}
    for missed in (event for event in logs if event.id not in ids):
        yield Finding(Wrong.LOST, f"{missed.type} {missed.seq} of session {missed.session}, {way} of {user.name}")
    for invented in ids - {event.id for event in logs}:
        yield Finding(Wrong.UNEXPLAINED, f"event {invented}, {way} of {user.name}, is in no log")
    of_session = sorted(first, key=attrgetter("session"))
    for session, events in groupby(of_session, key=attrgetter("session")):
        for earlier, later in pairwise(events):
            if later.seq < earlier.seq:
                yield Finding(Wrong.MISORDERED, f"{earlier.seq} before {later.seq} of {session}, {way} of {user.name}")


def _doubles(messages: Iterable[StoredMessage | PhoneMessage], where: str) -> Iterator[Finding]:
    counts = Counter(message.text for message in messages if message.text)
    for text, count in counts.items():
        if count > 1:
            yield Finding(Wrong.DOUBLED, f"{text!r} {count} times in {where}")


def _missing(history: History) -> Iterator[tuple[str, Written]]:
    ids = {session: {message.message_id for message in kept} for session, kept in history.kept.items()}
    for written in history.written:
        for session in written.sessions:
            if written.id not in ids.get(session, set()):
                yield session, written


def _reported(history: History, session: str) -> set[str | None]:
    return {event.about for event in history.logs.get(session, ()) if event.type == "message.lost"}


def _died(history: History, session: str, written: Written) -> bool:
    """Return whether a process died between the writing of a message and the storing of its author's next one."""
    stored = {message.message_id: message.stored for message in history.kept.get(session, ())}
    others = (each for each in history.written if each.author == written.author and each.at > written.at)
    until = min((stored[each.id] for each in others if each.id in stored), default=float("inf"))
    return any(written.at - DEATH_SECONDS <= death <= until + DEATH_SECONDS for death in history.deaths)


def _was_hindered(history: History, session: str, written: Written) -> bool:
    away = any(begin - OUTAGE_SECONDS <= written.at <= end + OUTAGE_SECONDS for begin, end in history.outages)
    return away or _died(history, session, written)


def _all_kept(history: History) -> Iterator[StoredMessage]:
    return (message for kept in history.kept.values() for message in kept)

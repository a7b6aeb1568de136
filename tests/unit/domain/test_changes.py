"""Who may change what."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from gateway.domain.changes import Author, Change
from gateway.domain.kinds import SHOWN, UNAVAILABLE, UNDECRYPTABLE, says_more
from gateway.domain.phone import Address
from gateway.domain.replies import ANSWERABLE

ACCOUNT = Address("1@lid", "+491")
BOB = Address("2@lid", "+492")
MALLORY = Address("3@lid", "+493")
BY_BOB, BY_ACCOUNT = Author(False, BOB, "user"), Author(True, ACCOUNT, "user")
BOB_IN_GROUP, ACCOUNT_IN_GROUP = Author(False, BOB, "group"), Author(True, ACCOUNT, "group")
NOBODY = Address()


def change(
    kind: str, sender: Address, *, own: bool = True, author: Address = NOBODY, from_me: bool | None = None
) -> Change:
    mine = sender is ACCOUNT if from_me is None else from_me
    return Change("C", kind, mine, sender, "T", own, author, datetime(2026, 11, 26, tzinfo=UTC), None, None, None, None)


def applies(change: Change, author: Author, admins: frozenset[str] = frozenset()) -> bool:
    return change.is_about(author, ACCOUNT) and change.is_allowed(author, admins)


@pytest.mark.parametrize("kind", ["edit", "delete", "image"])
def test_everybody_changes_what_they_wrote(kind: str) -> None:
    assert applies(change(kind, BOB), BY_BOB)
    assert applies(change(kind, BOB), BOB_IN_GROUP)
    assert applies(change(kind, ACCOUNT), BY_ACCOUNT)
    assert applies(change(kind, Address(lid="2@lid")), Author(False, BOB, "group"))


@pytest.mark.parametrize("kind", ["edit", "delete", "image"])
@pytest.mark.parametrize("own", [True, False])
def test_nobody_changes_what_another_wrote(kind: str, own: bool) -> None:
    assert not applies(change(kind, BOB, own=own), BY_ACCOUNT)
    assert not applies(change(kind, ACCOUNT, own=own), BY_BOB)
    assert not applies(change(kind, MALLORY, own=own, author=NOBODY if own else BOB), BOB_IN_GROUP)
    assert not applies(change(kind, MALLORY, own=own, author=NOBODY if own else ACCOUNT), ACCOUNT_IN_GROUP)


def test_an_admin_deletes_and_edits_nothing() -> None:
    admins = frozenset({"3@lid"})
    deletion = change("delete", MALLORY, own=False, author=BOB)
    assert applies(deletion, BOB_IN_GROUP, admins)
    assert applies(change("delete", MALLORY, own=False, author=ACCOUNT), ACCOUNT_IN_GROUP, admins)
    assert not applies(deletion, BOB_IN_GROUP, frozenset({"4@lid"}))
    assert not applies(change("edit", MALLORY, own=False, author=BOB), BOB_IN_GROUP, admins)


def test_the_own_phone_lets_only_admins_delete_in_groups() -> None:
    assert applies(change("delete", ACCOUNT, own=False, author=BOB), BOB_IN_GROUP)


def test_the_key_says_whose_message_is_meant_not_who_carries_it() -> None:
    """Two messages with one id: a member repeats the id of ours, and an admin deletes the member's."""
    deletion = change("delete", MALLORY, own=False, author=BOB)
    assert deletion.is_about(BOB_IN_GROUP, ACCOUNT)
    assert not deletion.is_about(ACCOUNT_IN_GROUP, ACCOUNT)


def test_what_says_more_fills_in() -> None:
    assert says_more("text", UNDECRYPTABLE)
    assert says_more("reaction", UNAVAILABLE)
    assert says_more(UNAVAILABLE, UNDECRYPTABLE)
    assert not says_more(UNDECRYPTABLE, UNAVAILABLE)
    assert not says_more(UNDECRYPTABLE, UNDECRYPTABLE)
    assert not says_more("text", "text")


def test_what_is_answered_is_shown() -> None:
    assert ANSWERABLE <= SHOWN


@pytest.mark.parametrize(
    "kind",
    ["reaction", "edit", "delete", "poll_vote", "pin", "album", "unknown", "unknown:encReactionMessage",
     "unknown:encCommentMessage", "unknown:keepInChatMessage", "unknown:placeholderMessage",
     "unknown:messageHistoryNotice", "unknown:groupRootKeyShare", "unknown:anythingNew"],
)  # fmt: skip
def test_housekeeping_is_not_shown(kind: str) -> None:
    assert kind not in SHOWN

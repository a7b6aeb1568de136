"""What happens to a turn while it waits, or while the model thinks."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg

from gateway.domain.turns import DueTurn
from gateway.store import outgoing
from gateway.store.outgoing import Draft
from tests.integration.replies.conftest import Desk
from tests.integration.store.conftest import BOB, PACING, read


def while_thinking(desk: Desk, bell: DueTurn | None, do: Any, seconds: float = 0.7) -> None:
    """Do something while the model thinks."""
    assert bell
    desk.service.fault(seconds=seconds)
    seen = len(desk.service.requests())
    with ThreadPoolExecutor(1) as pool:
        answering = pool.submit(desk.make().answer, bell.turn_id)
        while len(desk.service.requests()) == seen:
            assert not answering.done(), answering.result()
        do()
        answering.result()


def test_what_is_written_while_it_thinks_is_answered_together_with_the_rest(desk: Desk) -> None:
    bell = desk.talk.hear("Rent?")
    later: list[DueTurn | None] = []
    while_thinking(desk, bell, lambda: later.append(desk.talk.hear("Sorry, the deposit!")))
    assert bell and later[0] and later[0].turn_id != bell.turn_id
    first = desk.talk.turn(bell.turn_id)
    assert (first.status, first.superseded_by) == ("superseded", later[0].turn_id)
    assert first.prompt_tokens
    assert desk.rung() == 1, "the turn behind it is rung"
    desk.answer(later[0])
    (message,) = desk.talk.said()
    assert message.content == "You wrote: Rent?\nSorry, the deposit!"


def test_who_never_stops_writing_is_answered_all_the_same(desk: Desk) -> None:
    bells: list[DueTurn | None] = [desk.talk.hear("one")]
    for text in ("two", "three"):
        while_thinking(desk, bells[-1], lambda text=text: bells.append(desk.talk.hear(text)))
    (message,) = desk.talk.said()
    assert message.content == "You wrote: one\ntwo"
    desk.answer(bells[-1])
    assert desk.talk.said()[-1].content == "You wrote: three"


def test_a_person_who_takes_over_while_it_thinks_is_not_talked_into(desk: Desk) -> None:
    bell = desk.talk.hear()
    while_thinking(desk, bell, lambda: desk.talk.hear("I am on it", from_me=True, chat=BOB))
    assert bell
    turn = desk.talk.turn(bell.turn_id)
    assert (turn.status, turn.reason) == ("skipped", "taken_over")
    assert turn.prompt_tokens, "it was paid for"
    assert desk.talk.said() == []


def test_a_person_who_answers_through_the_api_before_it_begins_is_enough(desk: Desk) -> None:
    bell = desk.talk.hear()
    with desk.talk.store.functions.transaction() as connection:
        outgoing.queue(connection, read(desk.talk.store, desk.talk.owned), Draft(BOB, "I am here"), PACING, 60)
    assert desk.answer(bell).reason == "taken_over"
    assert desk.service.requests() == []


def test_switched_off_while_it_waits_it_says_nothing(desk: Desk) -> None:
    bell = desk.talk.hear()
    desk.talk.configure(enabled=False)
    assert desk.answer(bell).reason == "disabled"


def test_a_deleted_session_says_nothing(desk: Desk) -> None:
    bell = desk.talk.hear()
    with psycopg.connect(desk.talk.admin) as admin:
        admin.execute("UPDATE gateway.whatsapp_sessions SET is_active = false WHERE id = %s", [desk.talk.session_id])
    assert desk.answer(bell).reason == "disabled"


def test_a_run_that_lost_its_turn_sends_nothing(desk: Desk) -> None:
    bell = desk.talk.hear()

    def lose() -> None:
        with psycopg.connect(desk.talk.admin) as admin:
            admin.execute("UPDATE gateway.turns SET claim = claim + 1")

    while_thinking(desk, bell, lose)
    assert desk.talk.said() == []

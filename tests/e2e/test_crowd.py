from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.e2e.world import World, until

SESSIONS = 20


@pytest.mark.slow
def test_twenty_sessions_at_once_and_no_crossed_messages(world: World) -> None:
    """Each writes to the next in the circle and answers the one before."""
    with ThreadPoolExecutor(SESSIONS) as pool:
        linked = list(pool.map(lambda n: world.link(f"Landlord {n}"), range(SESSIONS)))
    pairs = [(each, linked[(n + 1) % SESSIONS]) for n, each in enumerate(linked)]

    def talk(n: int) -> None:
        sender, receiver = pairs[n]
        sender.session.send(receiver.number, world.text(f"question {n} to the next one"))
        until(lambda: receiver.message(f"question {n} to the next one"), timeout=30)
        receiver.session.send(sender.number, world.text(f"answer {n} to the one before"))
        until(lambda: sender.message(f"answer {n} to the one before"), timeout=30)

    with ThreadPoolExecutor(SESSIONS) as pool:
        list(pool.map(talk, range(SESSIONS)))
    for n, each in enumerate(linked):
        before = (n - 1) % SESSIONS
        assert set(each.texts(from_me=True)) == {
            f"question {n} to the next one",
            f"answer {before} to the one before",
        }
        assert set(each.texts(from_me=False)) == {
            f"question {before} to the next one",
            f"answer {n} to the one before",
        }
        assert len(each.texts()) == 4
    assert world.conflicts() == 0

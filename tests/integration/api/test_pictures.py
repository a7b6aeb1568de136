"""Pictures of chats, groups and members over the API: when WhatsApp is asked for one, and where it is shown."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from gateway.domain.contacts import PictureState
from gateway.domain.operations import Refusal
from gateway.store import chats, groups, pictures
from gateway.store.fence import Fence
from gateway.store.pictures import FoundPicture
from tests.integration.api.server import BOB, Api, Owner
from tests.integration.api.test_groups import HOUSE, JID, settle

URL = "https://pps.whatsapp.net/v/t61.jpg"
SHOWN = FoundPicture(PictureState.SET, "17", {"url": URL})


def answer(chat_id: UUID, found: FoundPicture) -> Callable[[Fence], dict[str, Any]]:
    def write(fence: Fence) -> dict[str, Any]:
        pictures.record(fence, chat_id, found, datetime.now(UTC))
        return {"chatId": str(chat_id)}

    return write


@pytest.fixture
def house(owner: Owner) -> UUID:
    """The chat of a group of whose picture WhatsApp was not asked."""
    with owner.fenced() as fence:
        chat = chats.with_jid(fence.connection, fence.session_id, "group", JID)
        groups.remember(fence, chat.id, HOUSE)
        return chat.id


def test_a_group_is_read_with_its_picture(api: Api, owner: Owner, house: UUID, aside: ThreadPoolExecutor) -> None:
    (listed,) = _groups(api, owner, aside)
    assert (listed["picture"], listed["pictureUrl"]) == ("unknown", None)
    waiting = aside.submit(api.get, f"{owner.path}/groups/{house}")
    assert settle(owner, answer(house, SHOWN)).payload == {"operation": "read_picture", "jid": JID}
    shown = waiting.result().json()
    assert shown["picture"] == "available" and shown["pictureUrl"].startswith(f"{owner.path}/media/")
    assert URL not in waiting.result().text
    # Nothing is asked again for a day, and lists show it.
    assert api.get(f"{owner.path}/groups/{house}").json() == shown
    (listed,) = api.get(f"{owner.path}/groups").json()["groups"]
    assert listed["pictureUrl"] == shown["pictureUrl"]


def _groups(api: Api, owner: Owner, aside: ThreadPoolExecutor) -> list[dict[str, Any]]:
    waiting = aside.submit(api.get, f"{owner.path}/groups")

    def write(fence: Fence) -> None:
        groups.remember_all(fence, [HOUSE])

    settle(owner, write)
    found: list[dict[str, Any]] = waiting.result().json()["groups"]
    return found


@pytest.mark.parametrize("state", [PictureState.HIDDEN, PictureState.NOT_SET])
def test_that_a_group_shows_none_is_remembered(
    api: Api, owner: Owner, house: UUID, aside: ThreadPoolExecutor, state: PictureState
) -> None:
    waiting = aside.submit(api.get, f"{owner.path}/groups/{house}")
    settle(owner, answer(house, FoundPicture(state)))
    shown = waiting.result().json()
    assert (shown["picture"], shown["pictureUrl"]) == (state, None)
    assert api.get(f"{owner.path}/groups/{house}").json() == shown
    assert owner.unfinished() == []


def test_a_group_is_shown_without_the_picture_that_whatsapp_does_not_give(
    api: Api, owner: Owner, house: UUID, aside: ThreadPoolExecutor
) -> None:
    waiting = aside.submit(api.get, f"{owner.path}/groups/{house}")
    settle(owner, lambda _: None, Refusal.RATE_LIMITED)
    shown = waiting.result()
    assert (shown.status_code, shown.json()["subject"], shown.json()["picture"]) == (200, "House", "unknown")
    owner.lose_connection()
    assert api.get(f"{owner.path}/groups/{house}").json()["picture"] == "unknown"
    assert owner.unfinished() == []


def test_chats_and_members_show_the_pictures_that_are_known(api: Api, owner: Owner, house: UUID) -> None:
    bob = owner.message(owner.receive("hello")).chat_id
    (chat,) = api.get(f"{owner.path}/chats").json()["chats"]
    assert (chat["picture"], chat["pictureUrl"]) == ("unknown", None)
    with owner.fenced() as fence:
        answer(bob, SHOWN)(fence)
        answer(house, FoundPicture(PictureState.NOT_SET))(fence)
    (chat,) = api.get(f"{owner.path}/chats").json()["chats"]
    assert chat["picture"] == "available"
    members = api.get(f"{owner.path}/groups/{house}").json()["participants"]
    assert {each["lid"]: each["pictureUrl"] for each in members} == {BOB.lid: chat["pictureUrl"], _ME: None}
    # What is gone is not shown.
    with owner.fenced() as fence:
        answer(bob, FoundPicture(PictureState.HIDDEN))(fence)
    (chat,) = api.get(f"{owner.path}/chats").json()["chats"]
    assert (chat["picture"], chat["pictureUrl"]) == ("hidden", None)


_ME = next(each.address.lid for each in HOUSE.participants if each.address.lid != BOB.lid)


def test_a_picture_that_changed_is_asked_for_once_if_it_ever_was(owner: Owner, house: UUID) -> None:
    bob = owner.message(owner.receive("hello")).chat_id
    with owner.fenced() as fence:
        pictures.refresh(fence, BOB)
        pictures.refresh(fence, JID)
    assert owner.unfinished() == []
    with owner.fenced() as fence:
        answer(bob, SHOWN)(fence)
        answer(house, SHOWN)(fence)
    for _ in range(2):
        with owner.fenced() as fence:
            pictures.refresh(fence, BOB)
            pictures.refresh(fence, JID)
    asked = [command.payload for command in owner.unfinished()]
    assert asked == [{"operation": "read_picture", "jid": jid} for jid in (BOB.lid, JID)]

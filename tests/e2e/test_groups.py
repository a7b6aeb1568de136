"""Groups by the client and in the terminal, on the whole gateway."""

from __future__ import annotations

import asyncio
import itertools
from pathlib import Path

import pytest

from gateway.client import (
    AsyncGateway,
    GroupChangedEvent,
    GroupJoinedEvent,
    GroupParticipantsEvent,
    OperationRefused,
)
from tests.e2e.world import World
from tests.terminal import Terminal


def test_a_landlord_manages_a_group_from_an_app(world: World) -> None:
    landlord, tina, tom = world.link("Landlord"), world.phone("Tina"), world.phone("Tom")
    session = landlord.session
    made = session.create_group(world.text("Elm Street"), [tina])
    assert (made.subject, made.role, made.participant_count, made.refused) == ("Elm Street", "owner", 2, ())
    assert [outcome.reason for outcome in session.add_participants(made.id, [tom, tina])] == [None, "already_in"]
    changed = session.change_group(made.id, description="Rules", announcement=True)
    assert (changed.description, changed.announcement) == ("Rules", True)
    [promoted] = session.promote_participants(made.jid, [tina])
    assert promoted.reason is None
    assert {person.phone_number: person.role for person in session.group(made.id).participants} == {
        landlord.number: "owner",
        tina: "admin",
        tom: "member",
    }
    session.send(made.jid, world.text("Welcome to the house"))
    world.whatsapp.wait_for_text(tom, "Welcome to the house")
    types = ["group.joined", "group.participants", "group.changed"]
    told = list(itertools.islice(session.events(after="earliest", types=types), 5))
    assert [type(event) for event in told[:2]] == [GroupJoinedEvent, GroupParticipantsEvent]
    assert any(isinstance(event, GroupChangedEvent) and event.data.description == "Rules" for event in told)
    session.leave_group(made.id)
    with pytest.raises(OperationRefused) as refused:
        session.change_group(made.id, subject="Mine")
    assert (refused.value.reason, refused.value.errors[0].field) == ("not_participant", "subject")


def test_groups_with_asyncio(world: World) -> None:
    landlord, tina = world.link("Landlord"), world.phone("Tina")
    group = world.whatsapp.create_group(tina, "Garden")
    link = world.whatsapp.invite_link(group, tina)

    async def join() -> tuple[str, list[str | None]]:
        async with AsyncGateway(world.gateway.api.url, world.gateway.key) as gateway:
            session = await gateway.session(landlord.session.id)
            joining = await session.join_group(link)
            return joining.status, [each.subject async for each in session.groups()]

    assert asyncio.run(join()) == ("joined", ["Garden"])


@pytest.mark.slow
def test_groups_in_the_terminal(world: World, tmp_path: Path) -> None:
    landlord, tina, tom = world.link("Landlord"), world.phone("Tina"), world.phone("Tom")
    terminal = Terminal(world.gateway.api.url, world.gateway.key, tmp_path)
    of = ("--session", str(landlord.session.id))
    made = terminal("groups", "create", "Elm Street", tina, *of).stdout.splitlines()
    jid = made[0].split()[0]
    assert made[0] == f"{jid}  Elm Street  (2, owner)"
    assert terminal("groups", "list", *of).stdout.splitlines() == made[:1]
    assert terminal("groups", "add", jid, tom, *of).stdout.rstrip().endswith("  added")
    assert f"  {tom}  member" in terminal("groups", "show", jid, *of).stdout.splitlines()
    link = terminal("groups", "invite", jid, *of).stdout.strip()
    assert terminal("groups", "invite", jid, "--revoke", *of).stdout.strip() != link
    refused = terminal("groups", "join", link, *of)
    assert (refused.returncode, refused.stderr) == (1, "This invite link was revoked.\n")
    assert terminal("groups", "remove", jid, tom, *of).stdout.rstrip().endswith("  removed")
    assert terminal("groups", "leave", jid, *of).returncode == 0
    assert terminal("groups", "list", *of).stdout == ""

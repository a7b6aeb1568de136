"""Which session a word in the terminal means."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID

import pytest
import typer

from gateway.cli.choosing import find_session, short_id
from gateway.client import Gateway, Session, SessionInfo

OFFICE, LOBBY, OTHER = (UUID(f"0198c7a5-9a4e-7c3e-8d0f-3f6f6f1f2a{end}") for end in ("10", "11", "ff"))


def session(id: UUID, name: str, number: str | None = None) -> Session:
    moment = datetime(2026, 8, 21, tzinfo=UTC)
    info = SessionInfo(id=id, session_name=name, status="connected", phone_number=number, created_at=moment)
    return Session(cast(Any, None), info)


class Listing:
    """What of a Gateway is asked for."""

    def sessions(self) -> list[Session]:
        return [session(OFFICE, "office", "+447700900101"), session(LOBBY, "Lobby"), session(OTHER, "447700900101")]


def found(name: str | None) -> Session | None:
    return find_session(cast(Gateway, Listing()), name)


@pytest.mark.parametrize(
    ("name", "id"),
    [
        ("office", OFFICE),
        ("OFFICE", OFFICE),
        ("+447700900101", OFFICE),
        ("+44 7700 900101", OFFICE),
        ("447700900101", OTHER),
        (str(LOBBY), LOBBY),
        ("6f1f2a11", LOBBY),
        ("6F1F2A11", LOBBY),
        ("3f6f6f1f2aff", OTHER),
    ],
)
def test_a_name_a_number_and_a_short_id_mean_one(name: str, id: UUID) -> None:
    chosen = found(name)
    assert chosen
    assert chosen.id == id


@pytest.mark.parametrize("name", ["off", "a10", "+49", "", "ключ", "\udcff"])
def test_what_means_none(name: str) -> None:
    assert found(name) is None


@pytest.mark.parametrize("name", [None, "0198c7a5"])
def test_what_means_several_ends_the_command(name: str | None, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit):
        found(name)
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 4
    assert short_id(Listing().sessions()[0]) in said[1]

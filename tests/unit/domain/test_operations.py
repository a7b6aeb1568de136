"""Operations come out of a row as they went in, and only what does no harm twice is repeated."""

from __future__ import annotations

import json

import pytest

from gateway.domain.operations import (
    ChangeGroup,
    ChangeParticipants,
    CreateGroup,
    JoinGroup,
    LeaveGroup,
    Operation,
    ReadGroup,
    ReadGroups,
    ReadInvite,
    may_be_repeated,
    operation_from,
    payload_of,
)

OPERATIONS: list[tuple[Operation, bool]] = [
    (ReadGroups(), True),
    (ReadGroup("1@g.us"), True),
    (CreateGroup("House", ("1@lid",)), False),
    (ChangeGroup("1@g.us", description="", announcement=False), True),
    (ChangeParticipants("1@g.us", "add", ("1@lid", "2@lid")), True),
    (ReadInvite("1@g.us"), True),
    (ReadInvite("1@g.us", revoke=True), False),
    (JoinGroup("code"), True),
    (LeaveGroup("1@g.us"), True),
]


@pytest.mark.parametrize(("operation", "repeated"), OPERATIONS, ids=[repr(each) for each, _ in OPERATIONS])
def test_an_operation_as_a_payload(operation: Operation, repeated: bool) -> None:
    assert operation_from(json.loads(json.dumps(payload_of(operation)))) == operation
    assert may_be_repeated(operation) is repeated


@pytest.mark.parametrize("payload", [{}, {"operation": "sing"}, {"operation": "join_group", "colour": "red"}])
def test_an_operation_of_another_release(payload: dict[str, str]) -> None:
    with pytest.raises((KeyError, TypeError)):
        operation_from(payload)

"""What is said of a wrong value is ours, whatever the field and whatever is wrong."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter, ValidationError

from functions.api.message_query import QueryMoment
from functions.api.schemas.actions import EditMessage, PinMessage, React, ResendMessage
from functions.api.schemas.assistant import AssistantSettings, TakeOver
from functions.api.schemas.chats import MarkRead, SetDisappearing
from functions.api.schemas.contacts import CheckNumbers
from functions.api.schemas.files import (
    AlbumPart,
    CreateUpload,
    GivenFile,
    SendAlbum,
    SendAudio,
    SendDocument,
    SendImage,
    SendSticker,
    SendVideo,
    SendVoice,
)
from functions.api.schemas.groups import ChangeGroup, ChangePeople, CreateGroup, JoinGroup, RankPeople
from functions.api.schemas.keys import CreateKey, CreateToken, RotateKey
from functions.api.schemas.kinds import SendContacts, SendForward, SendLocation, SendPoll, SendText, SentContact
from functions.api.schemas.presence import ShowTyping, WatchPresence
from functions.api.schemas.sends import Reply, Send
from functions.api.schemas.sessions import ChangeSession, ConnectSession, CreateSession, MediaPolicyBody
from functions.api.schemas.turns import Trial
from functions.api.schemas.webhooks import ChangeWebhook, CreateWebhook, Replay, RotateSecret
from gateway.domain.sentences import _OTHERWISE, sentence
from gateway.schemas.base import RequestBody

BODIES: list[type[RequestBody]] = [
    AlbumPart,
    SendAlbum,
    CreateUpload,
    GivenFile,
    SendAudio,
    SendDocument,
    SendImage,
    SendSticker,
    SendVideo,
    SendVoice,
    Send,
    Reply,
    AssistantSettings,
    ChangeSession,
    MediaPolicyBody,
    ChangeWebhook,
    CreateWebhook,
    Replay,
    RotateSecret,
    ConnectSession,
    CheckNumbers,
    ChangeGroup,
    ChangePeople,
    CreateGroup,
    JoinGroup,
    RankPeople,
    CreateKey,
    CreateSession,
    CreateToken,
    RotateKey,
    EditMessage,
    MarkRead,
    PinMessage,
    React,
    ResendMessage,
    SetDisappearing,
    ShowTyping,
    WatchPresence,
    SendContacts,
    SendForward,
    SendLocation,
    SendPoll,
    SendText,
    SentContact,
    TakeOver,
    Trial,
]
WRONG = [
    None, "", "x" * 100_000, "a\x00b", "\ud800", 5, -1, 1.5, float("inf"), float("nan"), 10**30, True,
    [], [1], ["x"] * 2000, {}, {"a": 1}, {"": ""}, {str(i): "" for i in range(100)}, "1e", "yes", object(),
]  # fmt: skip


def test_every_body_of_a_request_is_tried() -> None:
    def below(kind: type[RequestBody]) -> set[type[RequestBody]]:
        return set(kind.__subclasses__()).union(*(below(child) for child in kind.__subclasses__()))

    assert {body for body in below(RequestBody) if not body.__name__.startswith("_")} == set(BODIES)


@pytest.mark.parametrize("body", BODIES)
def test_no_sentence_is_the_validators(body: type[RequestBody]) -> None:
    documents: list[object] = [{}, [], None, "text", {"unknown": 1}]
    documents += [{name: wrong} for name in body.model_fields for wrong in WRONG]
    tried = 0
    for document in documents:
        try:
            body.model_validate(document)
        except ValidationError as error:
            for found in error.errors():
                tried += 1
                said = sentence(found)
                assert said not in (found["msg"], _OTHERWISE), found
                assert said[0].isupper() and said.endswith("."), said
                assert "Value error" not in said
    assert tried


@pytest.mark.parametrize("text", ["yesterday", "2026-08-21T09:40:02", "2026-13-01T00:00:00Z", "", "9" * 50, "\x00"])
def test_a_moment_is_explained(text: str) -> None:
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(QueryMoment).validate_python(text)
    assert [sentence(found)[:38] for found in refused.value.errors()] == ["Write a moment with its offset from UT"]

"""Every kind that people see as more than a text is read into the domain's content."""

from __future__ import annotations

import json
from typing import Any

import pytest

from connector.whatsapp.content.kinds import KINDS
from connector.whatsapp.content.values import MAX_DEPTH
from connector.whatsapp.library import e2e_pb2
from connector.whatsapp.messages import Content, decode_content
from gateway.domain.content import Choice, Details, Header, Template
from gateway.domain.documents import details_from, to_document
from gateway.domain.words import in_words
from gateway.schemas.details import details_of
from tests.unit.connector_whatsapp.kinds import KINDS_READ


def decoded(**fields: object) -> Content:
    content = decode_content(e2e_pb2.Message(**fields))
    assert content is not None
    return content


@pytest.mark.parametrize(
    ("fields", "message_type", "text", "details"), KINDS_READ, ids=[str(next(iter(row[0]))) for row in KINDS_READ]
)
def test_what_people_see_is_read(fields: dict[str, Any], message_type: str, text: str | None, details: Details) -> None:
    content = decoded(**fields)
    assert (content.message_type, content.text, content.details) == (message_type, text, details)
    document = json.loads(json.dumps(to_document(details)))
    assert details_from(document) == details
    shown = details_of(document)
    assert shown is not None
    assert shown.model_dump(mode="json", by_alias=True, exclude_unset=True) == document
    assert in_words(details) or text


def test_every_kind_is_tested() -> None:
    without_details = {"requestPhoneNumberMessage", "richResponseMessage"}
    same = {f"pollCreationMessage{version}" for version in ("", "V2", "V5", "V6")} | {"pollResultSnapshotMessageV3"}
    assert KINDS.keys() - {field for row in KINDS_READ for field in row[0]} == without_details | same


def test_the_attachment_of_a_header_is_the_messages_media() -> None:
    image = {"directPath": "/v/1", "mimetype": "image/jpeg"}
    content = decoded(templateMessage={"hydratedTemplate": {"imageMessage": image, "hydratedContentText": "Look"}})
    assert content.media == {**image, "kind": "image"}
    assert content.details == Template(kind="template", header=Header(type="image"), body="Look")
    place = decoded(interactiveMessage={"header": {"locationMessage": {"degreesLatitude": 1.5}}}).location
    assert place == {"latitude": 1.5, "longitude": 0.0}
    product = decoded(productMessage={"product": {"title": "Lamp", "productImage": image}})
    assert product.media == {**image, "kind": "image"}


def test_what_whatsapps_assistant_answers_is_a_text() -> None:
    content = decoded(richResponseMessage={"submessages": [{"messageText": "One"}, {}, {"messageText": "Two"}]})
    assert (content.message_type, content.text) == ("text", "One\nTwo")


@pytest.mark.parametrize("text", ["not json", "[" * 100_000, "[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1)])
def test_parameters_that_are_no_json_are_kept_as_text(text: str) -> None:
    reply = {"nativeFlowResponseMessage": {"name": "flow", "paramsJSON": text}}
    content = decoded(interactiveResponseMessage=reply)
    assert content.details == Choice(kind="interactive_reply", flow="flow", parameters=text)


def test_what_jsonb_cannot_hold_is_replaced_also_in_names() -> None:
    given = '{"a\\u0000": "\\ud800", "n": NaN, "big": 1e999}'
    details = decoded(interactiveResponseMessage={"nativeFlowResponseMessage": {"paramsJSON": given}}).details
    assert isinstance(details, Choice)
    assert details.parameters == {"a\ufffd": "\ufffd", "n": None, "big": None}

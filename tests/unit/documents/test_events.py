"""The domain, docs/events.md, the OpenAPI document and the client know the same events, with the same data."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from pydantic import BaseModel
from pydantic.alias_generators import to_camel, to_pascal

from gateway.client import Event, event_of
from gateway.client.events import CLASSES
from gateway.domain.events import EventType
from tests.documents import blocks, read, section

PAGE = "docs/events.md"
SCHEMAS: dict[str, Any] = json.loads(read("openapi.json"))["components"]["schemas"]
BODIES = {
    kind: SCHEMAS[reference.rpartition("/")[2]]
    for kind, reference in SCHEMAS["AnyEvent"]["discriminator"]["mapping"].items()
}
EXAMPLES: dict[str, dict[str, Any]] = {
    example["type"]: example for example in (json.loads(block.code) for block in blocks("json", PAGE))
}

every_type = pytest.mark.parametrize("kind", list(EventType))


def data_of(kind: str) -> dict[str, Any]:
    """The schema of the type's `data`."""
    schema: dict[str, Any] = SCHEMAS[BODIES[kind]["properties"]["data"]["$ref"].rpartition("/")[2]]
    return schema


def client_data(kind: str) -> type[BaseModel]:
    """The client's class of the type's `data`."""
    own = CLASSES[kind].model_fields["data"].annotation
    assert isinstance(own, type)
    assert issubclass(own, BaseModel)
    return own


def test_every_type_is_everywhere() -> None:
    headings = re.findall(r"^### `(.*)`$", read(PAGE), re.M)
    assert set(EventType) == set(headings) == EXAMPLES.keys() == BODIES.keys() == CLASSES.keys()
    assert len(headings) == len(EventType)


@every_type
def test_its_class_and_its_schema_are_named_by_it(kind: EventType) -> None:
    name = to_pascal(kind.replace(".", "_")) + "Event"
    assert CLASSES[kind].__name__ == BODIES[kind]["title"] == name
    assert f"| [`{kind}`](#{kind.replace('.', '')}) | `{name}` |" in section(PAGE, "## Every type")


@every_type
def test_its_fields_are_the_same_in_the_page_the_document_and_the_client(kind: EventType) -> None:
    described = re.findall(r"^\| `(\w+)`( \(optional\))? \|", section(PAGE, f"### `{kind}`"), re.M)
    documented = data_of(kind)
    required = set(documented.get("required", []))
    assert [name for name, _ in described] == list(documented["properties"])
    assert {name for name, optional in described if not optional} == required
    own = {to_camel(name): field for name, field in client_data(kind).model_fields.items()}
    assert own.keys() == documented["properties"].keys()
    assert {name for name, field in own.items() if field.is_required()} == required


@every_type
def test_its_example_is_that_of_the_document_and_is_understood(kind: EventType) -> None:
    example = EXAMPLES[kind]
    assert example in BODIES[kind]["examples"]
    for each in BODIES[kind]["examples"]:
        event = event_of(each)
        assert type(event) is CLASSES[kind]
        assert isinstance(event.data, client_data(kind))
        assert event.model_dump(mode="json", by_alias=True, include={"id", "seq"}) == {"id": each["id"], "seq": 17}
        assert CLASSES[kind].model_validate(event.model_dump()) == event


def test_an_event_has_its_message_with_and_without_contents() -> None:
    bare, full = (event_of(each) for each in BODIES[EventType.MESSAGE_RECEIVED]["examples"])
    assert bare.data.message is None
    assert full.data.message.content == "Tuesday, 10:00"


@pytest.mark.parametrize(
    "document",
    [
        {**EXAMPLES["chat.read"], "type": "chat.waved", "data": {"chatId": "x"}},
        {**EXAMPLES["chat.read"], "data": {"chat": "x"}},
    ],
)
def test_an_event_of_another_release_is_an_event(document: dict[str, Any]) -> None:
    event = event_of(document)
    assert type(event) is Event
    assert (event.type, event.data) == (document["type"], document["data"])

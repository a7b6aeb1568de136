"""What may be sent, one body for each kind, told apart by `type`; without one it is a text, or a message forwarded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias
from uuid import UUID

from pydantic import Discriminator, Field, StringConstraints, Tag

from functions.api.schemas.files import SendAudio, SendDocument, SendImage, SendSticker, SendVideo, SendVoice
from functions.api.schemas.sends import Reply, Send, example
from gateway.domain.messages import MAX_TEXT_CHARACTERS
from gateway.schemas.base import RequestBody, Text, shown

MAX_NAME_CHARACTERS = 1000
MAX_CONTACTS = 20
MAX_PHONES = 20
MAX_MENTIONS = 100
# What phones allow.
MAX_QUESTION_CHARACTERS = 255
MAX_OPTION_CHARACTERS = 100
MAX_OPTIONS = 12

_REPLY_TO = "0198c7a6-1b2c-7f00-9a55-0c0d6f7e8a90"

Name = Annotated[Text, StringConstraints(min_length=1, max_length=MAX_NAME_CHARACTERS)]


class SendText(Reply):
    """A text to send."""

    model_config = example(text="The plumber comes on Tuesday.")

    type: Literal["text"] = "text"
    text: Annotated[
        str,
        Field(
            description=f"At most {MAX_TEXT_CHARACTERS} characters.",
            json_schema_extra={"minLength": 1, "maxLength": MAX_TEXT_CHARACTERS},
        ),
    ]
    mentions: Annotated[
        tuple[Annotated[str, StringConstraints(min_length=1, max_length=128)], ...],
        Field(
            max_length=MAX_MENTIONS,
            description="Phone numbers or JIDs of people; the text holds the digits of each behind an @.",
        ),
    ] = ()
    # Left out of fingerprints where it is true: requests of before it existed stay the same.
    link_preview: Annotated[
        bool,
        Field(
            exclude_if=lambda wanted: wanted,
            description="Whether the first link in the text is shown with the title and picture of its page, which the"
            " gateway fetches.",
        ),
    ] = True


class SendLocation(Reply):
    """A place on the map."""

    model_config = example(type="location", latitude=52.52, longitude=13.405, name="The flat", address="Elm Street 5")

    type: Literal["location"]
    latitude: Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False, description="Degrees.")]
    longitude: Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False, description="Degrees.")]
    name: Name | None = None
    address: Name | None = None


class SentContact(RequestBody):
    """A person, as the card shows them."""

    model_config = shown({"name": "Mara Plumber", "phones": ["+4915112345678"]})

    name: Name
    phones: Annotated[
        list[Annotated[str, StringConstraints(min_length=1, max_length=64)]],
        Field(min_length=1, max_length=MAX_PHONES, description="Phone numbers with their country codes."),
    ]
    organisation: Name | None = None
    emails: Annotated[tuple[Name, ...], Field(max_length=MAX_PHONES)] = ()


class SendContacts(Reply):
    """One contact, or several together."""

    model_config = example(type="contacts", contacts=[{"name": "Mara Plumber", "phones": ["+4915112345678"]}])

    type: Literal["contacts"]
    contacts: Annotated[list[SentContact], Field(min_length=1, max_length=MAX_CONTACTS)]


class SendPoll(Reply):
    """A question with options to choose from; the votes come as messages of the type `poll_vote`."""

    model_config = example(type="poll", question="When may the plumber come?", options=["Tuesday", "Friday"])

    type: Literal["poll"]
    question: Annotated[Text, StringConstraints(min_length=1, max_length=MAX_QUESTION_CHARACTERS)]
    options: Annotated[
        list[Annotated[Text, StringConstraints(min_length=1, max_length=MAX_OPTION_CHARACTERS)]],
        Field(min_length=2, max_length=MAX_OPTIONS, description="Each is different from the others."),
    ]
    multiple: Annotated[bool, Field(description="Whether one may choose several options.")] = False


class SendForward(Send):
    """A message of the session that is sent on, to anybody."""

    model_config = example(forwardOf=_REPLY_TO)

    type: Literal["forward"] = "forward"
    forward_of: Annotated[UUID, Field(description="Our id of the message.")]


FILES = ("image", "video", "audio", "voice", "document", "sticker")
KINDS = ("text", *FILES, "location", "contacts", "poll", "forward")
# The tag of a kind is a part of where an error is: the sign keeps it apart from a field (functions.api.http.problems).
TAG = "type="


def _tag(body: object) -> str | None:
    """Return the tag of a body; None where its `type` is none."""
    fields = body if isinstance(body, Mapping) else {}
    kind = getattr(body, "type", None) or fields.get("type", "forward" if "forwardOf" in fields else "text")
    return f"{TAG}{kind}" if isinstance(kind, str) and kind in KINDS else None


SendMessage: TypeAlias = Annotated[
    Annotated[SendText, Tag("type=text")]
    | Annotated[SendLocation, Tag("type=location")]
    | Annotated[SendContacts, Tag("type=contacts")]
    | Annotated[SendPoll, Tag("type=poll")]
    | Annotated[SendForward, Tag("type=forward")]
    | Annotated[SendImage, Tag("type=image")]
    | Annotated[SendVideo, Tag("type=video")]
    | Annotated[SendAudio, Tag("type=audio")]
    | Annotated[SendVoice, Tag("type=voice")]
    | Annotated[SendDocument, Tag("type=document")]
    | Annotated[SendSticker, Tag("type=sticker")],
    Discriminator(
        _tag,
        custom_error_type="union_tag_invalid",
        custom_error_context={"discriminator": "type", "tag": "", "expected_tags": str(KINDS)},
    ),
]

"""What virtual phones send: the fields of the form of each kind, and the message of the control API made of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from functions.explorer.phones import ControlError

Values = Mapping[str, str]
Message = dict[str, object]
Input = Literal["line", "area", "number", "check", "message"]


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the form; of `message` fields `of` limits the choice to some kinds, `own` to what the phone wrote."""

    name: str
    label: str
    value: str = ""
    input: Input = "line"
    required: bool = True
    hint: str = ""
    of: tuple[str, ...] = ()
    own: bool = False


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of message; `make` reads the fields into those of the control API that are not texts as they are."""

    label: str
    fields: tuple[Field, ...]
    make: Callable[[Values], Message] = lambda values: {}
    # Fields that only `make` knows.
    inner: tuple[str, ...] = ()
    # Whether it is about a message, whose chat it goes to, and so has neither recipient nor quotation.
    about: bool = False


def message_of(kind: str, values: Values) -> Message:
    """Return the message for the control API. Raise ControlError for what cannot be one."""
    if kind not in KINDS:
        raise ControlError("Choose a kind from the list.")
    chosen = KINDS[kind]
    common = {} if chosen.about else {"to": values.get("to", "").strip()}
    optional = {"quotes": values["quotes"]} if values.get("quotes") and not chosen.about else {}
    # What was left out stays left out.
    plain = {
        field.name: values.get(field.name, "")
        for field in chosen.fields
        if field.name not in chosen.inner and field.input != "check" and (field.required or values.get(field.name))
    }
    return {"kind": kind, **common, **optional, **plain, **chosen.make(values)}


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _halves(line: str, separator: str) -> tuple[str, str]:
    first, _, second = line.partition(separator)
    return first.strip(), second.strip()


def _contacts(values: Values) -> Message:
    pairs = [_halves(line, ",") for line in _lines(values.get("contacts", ""))]
    return {"contacts": [{"name": name, "vcard": _vcard(name, number)} for name, number in pairs]}


def _vcard(name: str, number: str) -> str:
    waid = "".join(each for each in number if each.isdecimal())
    phone = f"TEL;type=CELL;waid={waid}:{number}\n" if waid else ""
    return f"BEGIN:VCARD\nVERSION:3.0\nN:;{name};;;\nFN:{name}\n{phone}END:VCARD"


def _order(values: Values) -> Message:
    total = re.fullmatch(r"([0-9]{1,12})(?:[.,]([0-9]{1,3}))?", values.get("total", "").strip())
    if total is None:
        raise ControlError("Total: Write a number, such as 49.90.")
    thousandths = int(total[1] + (total[2] or "").ljust(3, "0"))
    return {"thousandths": thousandths}


def _template_buttons(values: Values) -> Message:
    return {"buttons": [_template_button(*_halves(line, "|")) for line in _lines(values.get("buttons", ""))]}


def _template_button(text: str, target: str) -> Message:
    if not target:
        return {"text": text, "id": text}
    return {"text": text, ("url" if ":" in target else "phone"): target}


def _flow_buttons(values: Values) -> Message:
    names = _lines(values.get("buttons", ""))
    return {
        "buttons": [{"name": "quick_reply", "parameters": {"display_text": name, "id": name}} for name in names],
    }


def _sections(values: Values) -> Message:
    rows = [_row(line) for line in _lines(values.get("rows", ""))]
    return {"sections": [{"title": values.get("section", ""), "rows": rows}]}


def _row(line: str) -> Message:
    title, description = _halves(line, "|")
    return {"id": title, "title": title, "description": description}


_MENU = (
    Field("header", "Heading", "Viewings", required=False),
    Field("body", "Text", "When would you like to come?", "area"),
    Field("footer", "Last line", "Elm Street 5", required=False),
)

KINDS: dict[str, Kind] = {
    "text": Kind("Text", (Field("text", "Message", "Hello! Is the flat still available?", "area"),)),
    "image": Kind(
        "Photo",
        (
            Field("caption", "Caption", "The kitchen tap", required=False),
            Field("viewOnce", "To be viewed once", input="check"),
            Field("album", "Of the album", input="message", required=False, of=("album",), own=True),
            Field("hdOf", "The better copy of", input="message", required=False, of=("image",), own=True),
        ),
        lambda values: {"viewOnce": bool(values.get("viewOnce"))},
    ),
    "video": Kind(
        "Video",
        (
            Field("caption", "Caption", "The hallway", required=False),
            Field("gif", "Plays again and again", input="check"),
            Field("round", "Recorded as a round video", input="check"),
            Field("viewOnce", "To be viewed once", input="check"),
            Field("album", "Of the album", input="message", required=False, of=("album",), own=True),
        ),
        lambda values: {name: bool(values.get(name)) for name in ("gif", "round", "viewOnce")},
    ),
    "audio": Kind("Audio file", (Field("seconds", "Seconds", "2", "number"),)),
    "voice": Kind("Voice message", (Field("seconds", "Seconds", "2", "number"),)),
    "document": Kind(
        "Document",
        (Field("filename", "Name of the file", "House rules.pdf"), Field("caption", "Caption", required=False)),
    ),
    "sticker": Kind("Sticker", ()),
    "album": Kind(
        "Album",
        (
            Field("images", "Photos in it", "2", "number", hint="Its head; photos and videos follow, each by itself."),
            Field("videos", "Videos in it", "0", "number"),
        ),
    ),
    "location": Kind(
        "Location",
        (
            Field("latitude", "Latitude", "51.5007", "number"),
            Field("longitude", "Longitude", "-0.1246", "number"),
            Field("name", "Name", "Elm Street 5", required=False),
        ),
    ),
    "live_location": Kind(
        "Live location",
        (
            Field("latitude", "Latitude", "51.5007", "number"),
            Field("longitude", "Longitude", "-0.1246", "number"),
            Field("caption", "Caption", "On my way", required=False),
            Field("sequence", "Its number", "1", "number", hint="A higher one says where one has moved."),
        ),
    ),
    "contact": Kind(
        "Contact",
        (Field("contacts", "Name, number", "Plumber, +447700900103", "area", hint="One a line."),),
        _contacts,
    ),
    "poll": Kind(
        "Poll",
        (
            Field("question", "Question", "Which day suits you?"),
            Field("options", "Options", "Tuesday\nFriday", "area", hint="One a line, up to 12."),
            Field("selectable", "How many may be chosen", "1", "number", hint="0: any number."),
        ),
        lambda values: {"options": _lines(values.get("options", ""))},
    ),
    "group_invite": Kind(
        "Invitation to a group",
        (
            Field("group", "Address of the group", "120363000000000001@g.us"),
            Field("name", "Its name", "Elm Street 5"),
            Field("code", "Code", "AbCdEfGhIjK"),
            Field("caption", "Text", "Join us", required=False),
        ),
    ),
    "order": Kind(
        "Order",
        (
            Field("title", "Title", "Two keys"),
            Field("items", "Items", "2", "number"),
            Field("total", "Total", "49.90"),
            Field("currency", "Currency", "EUR", hint="Its three letters."),
            Field("text", "Text", required=False),
        ),
        _order,
        inner=("total",),
    ),
    "template": Kind(
        "Template",
        (
            *_MENU,
            Field(
                "buttons", "Buttons", "Yes\nOur page | https://example.org", "area", required=False,
                hint="One a line; an address or number after |.",
            ),
        ),
        _template_buttons,
    ),
    "interactive": Kind(
        "Buttons",
        (*_MENU, Field("buttons", "Buttons", "Tuesday\nFriday", "area", required=False, hint="One a line.")),
        _flow_buttons,
    ),
    "list": Kind(
        "List",
        (
            *_MENU,
            Field("button", "Button that opens it", "Choose a day"),
            Field("section", "Title of the section", "This week", required=False),
            Field(
                "rows", "Rows", "Tuesday | 4 p.m.\nFriday | 10 a.m.", "area", hint="One a line; a description after |."
            ),
        ),
        _sections,
        inner=("section", "rows"),
    ),
    "list_reply": Kind(
        "Answer to a list",
        (Field("row", "Row that was chosen", "Tuesday | 4 p.m."),),
        lambda values: {"row": _row(values.get("row", ""))},
    ),
    "interactive_reply": Kind(
        "Answer to buttons",
        (Field("body", "Text", "Tuesday", required=False), Field("name", "Name of the flow", "quick_reply")),
        lambda values: {"parameters": {"id": values.get("body", "")}},
    ),
    "reaction": Kind(
        "Reaction",
        (
            Field("messageId", "To", input="message"),
            Field("emoji", "Emoji", "👍", required=False, hint="Empty: takes it back."),
        ),
        lambda values: {"emoji": values.get("emoji", "")},
        about=True,
    ),
    "vote": Kind(
        "Vote",
        (
            Field("messageId", "In", input="message", of=("poll",)),
            Field("options", "Options", "Tuesday", "area", required=False, hint="One a line; none takes it back."),
        ),
        lambda values: {"options": _lines(values.get("options", ""))},
        about=True,
    ),
    "edit": Kind(
        "Edit",
        (
            Field("messageId", "Of", input="message", of=("text",), own=True),
            Field("text", "New text", "Hello!", "area"),
        ),
        about=True,
    ),
    "delete": Kind("Deletion", (Field("messageId", "Of", input="message", own=True),), about=True),
}  # fmt: skip

"""What is sent as the columns of its message's row, and back. Pure."""

from __future__ import annotations

import base64
from dataclasses import asdict
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from gateway.domain.content import Contacts, Pin, Poll, Timer
from gateway.domain.documents import details_from, quote_from, to_document
from gateway.domain.links import LinkPreview
from gateway.domain.media import MediaKind
from gateway.domain.outbound import (
    Content,
    Context,
    Deletion,
    Edit,
    File,
    Location,
    Outbound,
    Pinning,
    Reaction,
    Target,
    Text,
)
from gateway.store.messages import Message

FILE_KINDS = frozenset(MediaKind)
# What `outgoing` holds of the page behind a link; it goes with the text.
PREVIEW = "preview"


def columns(outbound: Outbound) -> dict[str, Any]:
    """Return the columns that are set, by name; `outgoing` holds what only the send needs."""
    content, context = outbound.content, outbound.context
    values = _content_columns(content)
    outgoing: dict[str, Any] = values.pop("outgoing", {})
    if context.quote is not None:
        values |= {"quoted_id": context.quote.message_id, "quote": Jsonb(to_document(context.quote))}
    if context.mentions:
        outgoing["mentions"] = list(context.mentions)
    if context.forwarding_score:
        outgoing["forwardingScore"] = context.forwarding_score
    return values | ({"outgoing": Jsonb(outgoing)} if outgoing else {})


def outbound_of(message: Message) -> Outbound:
    """Return what a message of ours sends. Raise ValueError for a kind of a later release."""
    outgoing = message.outgoing or {}
    context = Context(quote_from(message.quote), tuple(outgoing.get("mentions", ())), forwarding_score_of(message))
    return Outbound(content_of(message), context)


def forwarding_score_of(message: Message) -> int:
    """Return how often a message had been forwarded when we sent it."""
    return int((message.outgoing or {}).get("forwardingScore", 0))


def content_of(message: Message) -> Content:
    """Return what a row holds as what can be sent. Raise ValueError for what cannot."""
    match message.message_type:
        case "text":
            return Text(message.content or "", _preview_of(message))
        case "location" if message.location:
            place = message.location
            return Location(place["latitude"], place["longitude"], place.get("name"), place.get("address"))
        case "contact" | "contacts" | "poll" | "disappearing":
            details = details_from(message.details)
            if isinstance(details, Contacts | Poll | Timer):
                return details
        case kind if kind in FILE_KINDS and message.media_id:
            return _file_of(message, message.media_id)
        case "reaction" | "edit" | "delete" | "pin" if message.target_id and message.outgoing:
            named = message.outgoing["target"]
            return _action_of(message, Target(message.target_id, named["fromMe"], named["author"]))
    raise ValueError("this kind of message cannot be sent")


def _preview_of(message: Message) -> LinkPreview | None:
    held = (message.outgoing or {}).get(PREVIEW)
    if held is None:
        return None
    thumbnail = base64.b64decode(held["thumbnail"]) if held["thumbnail"] else None
    return LinkPreview(held["link"], held["title"], held["description"], thumbnail)


def _document_of(preview: LinkPreview) -> dict[str, Any]:
    thumbnail = base64.b64encode(preview.thumbnail).decode() if preview.thumbnail else None
    return asdict(preview) | {"thumbnail": thumbnail}


def _file_of(message: Message, media_id: UUID) -> File:
    media = message.media or {}
    return File(
        message.message_type,
        media_id,
        message.content,
        media.get("fileName"),
        gif=bool(media.get("gifPlayback")),
        round=bool((message.outgoing or {}).get("round")),
    )


def _action_of(message: Message, target: Target) -> Content:
    outgoing = message.outgoing or {}
    match message.message_type:
        case "reaction":
            return Reaction(target, message.content or "")
        case "edit":
            return Edit(target, message.content or "", outgoing["kind"])
        case "delete":
            return Deletion(target)
    return Pinning(target, outgoing["seconds"])


def _content_columns(content: Content) -> dict[str, Any]:
    match content:
        case Text(text, preview):
            held = {"outgoing": {PREVIEW: _document_of(preview)}} if preview else {}
            return {"message_type": "text", "content": text, **held}
        case Location():
            place = {name: value for name, value in asdict(content).items() if value is not None}
            return {"message_type": "location", "location": Jsonb(place)}
        case Contacts():
            names = ", ".join(card.name or "" for card in content.contacts)
            return {"message_type": content.kind, "content": names, "details": Jsonb(to_document(content))}
        case Poll():
            return {"message_type": "poll", "content": content.question, "details": Jsonb(to_document(content))}
        case Timer():
            return {"message_type": content.kind, "details": Jsonb(to_document(content))}
        case File():
            return _file_columns(content)
    return _action_columns(content)


def _file_columns(content: File) -> dict[str, Any]:
    """Return also what is known of the file before it is made ready."""
    media = {"fileName": content.file_name, "gifPlayback": content.gif or None}
    known = Jsonb({name: value for name, value in media.items() if value is not None})
    about = {"outgoing": {"round": True}} if content.round else {}
    return {
        "message_type": content.kind,
        "content": content.caption,
        "media_id": content.media_id,
        "media": known,
        **about,
    }


def _action_columns(content: Reaction | Edit | Deletion | Pinning) -> dict[str, Any]:
    target = {"fromMe": content.target.from_me, "author": content.target.author}
    about = {"target_id": content.target.message_id, "outgoing": {"target": target}}
    match content:
        case Reaction():
            return about | {"message_type": "reaction", "content": content.emoji or None}
        case Edit():
            about["outgoing"] = {"target": target, "kind": content.kind}
            return about | {"message_type": "edit", "content": content.text}
        case Deletion():
            return about | {"message_type": "delete"}
        case Pinning():
            about["outgoing"] = {"target": target, "seconds": content.seconds}
            details = Pin(kind="pin", pinned=content.seconds > 0)
            return about | {"message_type": "pin", "details": Jsonb(to_document(details))}

"""What `gateway send` sends beside texts and files, as its options say it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.cli.files import WITH_CAPTION, send_file
from gateway.client import Sent, Session
from gateway.domain.media import MediaKind


@dataclass(frozen=True, slots=True)
class Place:
    """In degrees."""

    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    phones: list[str]


def _place(text: str) -> Place:
    try:
        latitude, longitude = map(float, text.split(","))
    except ValueError:
        raise typer.BadParameter("A place is LATITUDE,LONGITUDE in degrees, such as 52.52,13.405.") from None
    return Place(latitude, longitude)


def _person(text: str) -> Person:
    name, _, numbers = text.rpartition(":")
    if not name or not numbers:
        raise typer.BadParameter("A contact is NAME:NUMBER, such as Mara:+4915112345678.")
    return Person(name, numbers.split(","))


Location = Annotated[
    Place | None, typer.Option("--location", metavar="LAT,LON", parser=_place, help="A place to send instead.")
]
PlaceName = Annotated[str | None, typer.Option("--name", help="What the place is called.")]
PlaceAddress = Annotated[str | None, typer.Option("--address", help="The place's address.")]
Contacts = Annotated[
    list[Person] | None,
    typer.Option("--contact", metavar="NAME:NUMBER", parser=_person, help="A contact to send instead, or several."),
]
Poll = Annotated[str | None, typer.Option("--poll", metavar="QUESTION", help="A question to send instead.")]
PollOptions = Annotated[list[str] | None, typer.Option("--option", help="What can be chosen; 2 to 12 times.")]
Multiple = Annotated[bool, typer.Option("--multiple", help="Several options may be chosen.")]
LinkPreview = Annotated[bool, typer.Option(help="Show the page behind a link in the text.")]


@dataclass(frozen=True, slots=True)
class Given:
    """What a command line says is sent; one of text, file, place, contacts and question."""

    text: str
    file: Path | None
    caption: str | None
    kind: MediaKind
    location: Place | None
    name: str | None
    address: str | None
    contacts: list[Person] | None
    poll: str | None
    options: list[str] | None
    multiple: bool
    link_preview: bool

    def require_one(self) -> None:
        """Raise BadParameter unless it is one of them, with what that one can have."""
        if sum(map(bool, (self.text, self.file, self.location, self.contacts, self.poll))) != 1:
            raise typer.BadParameter("Give a text, or one of --file, --location, --contact and --poll.")
        if self.caption and (self.file is None or self.kind not in WITH_CAPTION):
            raise typer.BadParameter("Only pictures, films and documents have a caption.")
        if (self.name or self.address) and self.location is None:
            raise typer.BadParameter("Only a place, given with --location, has a name and an address.")
        if (self.options or self.multiple) and self.poll is None:
            raise typer.BadParameter("Only a question, given with --poll, has options.")

    def send(self, session: Session, to: str, **how: Any) -> Sent:  # noqa: ANN401 - what each kind of send takes
        if self.file:
            return send_file(session, to, self.file, self.kind, self.caption, **how)
        if self.location:
            place = self.location
            return session.send_location(
                to, place.latitude, place.longitude, name=self.name, address=self.address, **how
            )
        if self.contacts:
            people = [{"name": person.name, "phones": person.phones} for person in self.contacts]
            return session.send_contacts(to, people, **how)
        if self.poll:
            return session.send_poll(to, self.poll, self.options or [], multiple=self.multiple, **how)
        return session.send(to, self.text, link_preview=self.link_preview, **how)

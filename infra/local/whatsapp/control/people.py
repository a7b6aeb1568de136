"""The routes of the control API for what phones show of their owners: pictures, block lists, presence."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from aiohttp import web
from pydantic import Field

from infra.local.whatsapp.accounts import Account
from infra.local.whatsapp.control.models import Body, Destination, Number, Picture
from infra.local.whatsapp.control.requests import ControlError, named_account, read_body
from infra.local.whatsapp.messages.presence import set_available
from infra.local.whatsapp.network import Network
from infra.local.whatsapp.people.about import set_about
from infra.local.whatsapp.people.blocking import change_block_list
from infra.local.whatsapp.people.picture_changes import NoJpeg, set_picture
from infra.local.whatsapp.people.profiles import Audience, Category, Profile
from infra.local.whatsapp.phones.address_book import publish_address_book
from infra.local.whatsapp.phones.destinations import find_account
from infra.local.whatsapp.phones.message_history import MessageHistory
from infra.local.whatsapp.phones.past import Past, make_past

Mark = Literal["archived", "pinned", "mutedUntil", "timer"]


class ProfileChange(Body):
    """contacts: the address book, names by number, as it is from now on. business: the name of a business account.

    chats: what the owner did with chats, as a new client is told; mutedUntil in Unix time, timer in seconds.
    """

    about: str | None = Field(default=None, max_length=139)
    business: str | None = None
    contacts: dict[Number, str] | None = None
    privacy: dict[Category, Audience] | None = None
    chats: dict[Destination, dict[Mark, int]] | None = None
    picture: Picture | None = None


class Blocking(Body):
    contact: Number = Field(alias="number")
    blocked: bool = True


class Presence(Body):
    available: bool


class PeopleRoutes:
    """One handler a route."""

    def __init__(self, network: Network, history: MessageHistory) -> None:
        self._network = network
        self._history = history

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/phones/{number}/profile", self._show),
            web.patch("/phones/{number}/profile", self._change),
            web.post("/phones/{number}/block", self._block),
            web.post("/phones/{number}/presence", self._set_presence),
            web.post("/phones/{number}/past", self._make_past),
        ]

    async def _show(self, request: web.Request) -> web.Response:
        return self._view(named_account(self._network, request))

    async def _change(self, request: web.Request) -> web.Response:
        account, body = named_account(self._network, request), await read_body(request, ProfileChange)
        profile = self._network.profiles.of(account.number)
        self._network.profiles.save(account.number, _changed(profile, body))
        if body.contacts is not None:
            publish_address_book(self._network, account)
        if body.about is not None:
            set_about(self._network, account, body.about)
        if body.picture is not None:
            self._set_picture(account, body.picture)
        return self._view(account)

    def _set_picture(self, account: Account, image: bytes) -> None:
        try:
            set_picture(self._network, account, account, image)
        except NoJpeg as error:
            raise ControlError(400, "picture: A picture is a JPEG.") from error

    async def _block(self, request: web.Request) -> web.Response:
        account, body = named_account(self._network, request), await read_body(request, Blocking)
        other = find_account(self._network, body.contact)
        change_block_list(self._network, account, other, block=body.blocked)
        return self._view(account)

    async def _set_presence(self, request: web.Request) -> web.Response:
        account, body = named_account(self._network, request), await read_body(request, Presence)
        phone = self._network.directory.phone(account)
        set_available(self._network, phone.address, available=body.available)
        return web.json_response({})

    async def _make_past(self, request: web.Request) -> web.Response:
        account, wanted = named_account(self._network, request), await read_body(request, Past)
        chats = make_past(self._network, self._history, account, wanted)
        return web.json_response({"chats": [chat if "@" in chat else f"+{chat}" for chat in chats]}, status=201)

    def _view(self, account: Account) -> web.Response:
        profile, picture = self._network.profiles.of(account.number), self._network.pictures.of(account.lid)
        blocked = [self._network.directory.account(jid) for jid in self._network.block_lists.of(account.number)]
        view = {
            "about": profile.about,
            "business": profile.business,
            "contacts": {f"+{number}": name for number, name in profile.contacts.items()},
            "privacy": profile.privacy,
            "pictureId": picture.id if picture else "",
            "blocked": [f"+{other.number}" for other in blocked if other],
        }
        return web.json_response(view)


def _changed(profile: Profile, body: ProfileChange) -> Profile:
    chats = {peer: {str(mark): value for mark, value in marks.items()} for peer, marks in (body.chats or {}).items()}
    privacy = {str(category): str(audience) for category, audience in (body.privacy or {}).items()}
    return replace(
        profile,
        business=profile.business if body.business is None else body.business,
        contacts=profile.contacts if body.contacts is None else dict(body.contacts),
        privacy={**profile.privacy, **privacy},
        chats={**profile.chats, **chats},
    )

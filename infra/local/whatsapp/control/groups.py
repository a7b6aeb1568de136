"""The routes of the control API for groups: what people do with them on their phones."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from aiohttp import web

from infra.local.whatsapp.accounts import Account
from infra.local.whatsapp.control.group_models import (
    ByMember,
    GroupChange,
    Invitation,
    Joining,
    MemberChange,
    NewGroup,
)
from infra.local.whatsapp.control.requests import ControlError, read_body
from infra.local.whatsapp.control.views import group_view
from infra.local.whatsapp.groups import communities, invitations, members, settings
from infra.local.whatsapp.groups.refusals import GroupRefused, find_group, require_admin
from infra.local.whatsapp.messages.group_chats import GroupChat
from infra.local.whatsapp.messages.group_settings import GroupSettings
from infra.local.whatsapp.network import Network
from infra.local.whatsapp.people.picture_changes import NoJpeg, set_picture
from infra.local.whatsapp.phones.destinations import find_account
from infra.local.whatsapp.wire.jid import Jid

_GROUP = r"/groups/{id:[0-9-]+@g\.us}"
_CHANGES = {"add": members.add, "remove": members.remove, "promote": members.promote, "demote": members.demote}
_SENTENCES = {
    401: "Only admins can do this.",
    403: "Only members can do this.",
    404: "There is no such group.",
    406: "WhatsApp does not accept this.",
    409: "It is so already, or was changed meanwhile.",
    410: "That invitation was revoked.",
}


def refusal(error: GroupRefused) -> ControlError:
    """Return how the control API says that something is not done in a group."""
    status = error.code if error.code in (400, 404, 410) else 409
    return ControlError(status, _SENTENCES.get(error.code, "WhatsApp refuses this."))


class GroupRoutes:
    """One handler a route."""

    def __init__(self, network: Network) -> None:
        self._network = network

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/groups", self._create),
            web.get("/groups", self._list),
            web.post("/groups/join", self._join),
            web.get(_GROUP, self._show),
            web.patch(_GROUP, self._change),
            web.post(f"{_GROUP}/members", self._change_members),
            web.post(f"{_GROUP}/invite", self._invite),
            web.post(f"{_GROUP}/leave", self._leave),
        ]

    async def _create(self, request: web.Request) -> web.Response:
        body = await read_body(request, NewGroup)
        owner, *others = [find_account(self._network, number) for number in (body.owner, *body.members)]
        if body.community:
            return self._view(communities.create_community(self._network, owner, body.subject), 201)
        parent = find_group(self._network, Jid.parse(body.parent)) if body.parent else None
        if parent:
            require_admin(parent, owner)
        wanted = [(other.lid, other) for other in others]
        chosen = GroupSettings(parent=parent.jid.user if parent else "")
        group, outcomes = members.create(
            self._network, owner, body.subject, wanted, hides_numbers=body.hides_numbers, settings=chosen
        )
        refused = {f"+{found.account.number}": found.status for found in outcomes if found.account}
        return web.json_response({**group_view(self._network, group), "outcomes": refused}, status=201)

    async def _list(self, request: web.Request) -> web.Response:
        groups = self._network.group_chats.groups()
        return web.json_response({"groups": [group_view(self._network, group) for group in groups]})

    async def _show(self, request: web.Request) -> web.Response:
        return self._view(self._group(request))

    async def _change(self, request: web.Request) -> web.Response:
        """Make the changes one after another; each sees what the one before has made of the group."""
        body = await read_body(request, GroupChange)
        author = find_account(self._network, body.by)
        for name in filter(body.model_fields_set.__contains__, _SETTERS):
            _SETTERS[name](self._network, self._group(request), author, getattr(body, name))
        return self._view(self._group(request))

    async def _change_members(self, request: web.Request) -> web.Response:
        body = await read_body(request, MemberChange)
        author, group = find_account(self._network, body.by), self._group(request)
        wanted = [(account.lid, account) for account in (find_account(self._network, n) for n in body.members)]
        if body.change in ("approve", "reject"):
            outcomes = invitations.decide(self._network, group, author, wanted, approve=body.change == "approve")
        else:
            outcomes = _CHANGES[body.change](self._network, group, author, wanted)
        return web.json_response({"outcomes": {f"+{o.account.number}": o.status for o in outcomes if o.account}})

    async def _invite(self, request: web.Request) -> web.Response:
        body = await read_body(request, Invitation)
        make = invitations.revoke_code if body.revoke else invitations.invite_code
        code = make(self._network, self._group(request), find_account(self._network, body.by))
        return web.json_response({"link": invitations.LINK_PREFIX + code})

    async def _join(self, request: web.Request) -> web.Response:
        body = await read_body(request, Joining)
        code = body.link.removeprefix(invitations.LINK_PREFIX)
        group, joined = invitations.join(self._network, find_account(self._network, body.by), code)
        return web.json_response({"id": str(group.jid), "joined": joined})

    async def _leave(self, request: web.Request) -> web.Response:
        body = await read_body(request, ByMember)
        members.leave(self._network, self._group(request), find_account(self._network, body.by))
        return web.json_response({})

    def _group(self, request: web.Request) -> GroupChat:
        return find_group(self._network, Jid.parse(request.match_info["id"]))

    def _view(self, group: GroupChat, status: int = 200) -> web.Response:
        return web.json_response(group_view(self._network, group), status=status)


def _describe(network: Network, group: GroupChat, author: Account, text: str) -> None:
    id = secrets.token_hex(10).upper()
    settings.set_description(network, group, author, text, id, group.settings.description_id)


def _set_picture(network: Network, group: GroupChat, author: Account, image: bytes) -> None:
    settings.require_editor(group, author)
    try:
        set_picture(network, group, author, image)
    except NoJpeg as error:
        raise ControlError(400, "picture: A picture is a JPEG.") from error


_SETTERS: dict[str, Callable[[Network, GroupChat, Account, Any], None]] = {
    "subject": settings.set_subject,
    "description": _describe,
    "announcement": lambda network, group, author, on: settings.set_announcement(network, group, author, on=on),
    "locked": lambda network, group, author, on: settings.set_locked(network, group, author, on=on),
    "timer": settings.set_timer,
    "approval": lambda network, group, author, on: settings.set_approval(network, group, author, on=on),
    "only_admins_add": lambda network, group, author, only: settings.set_adders(
        network, group, author, only_admins=only
    ),
    "picture": _set_picture,
}

"""xmlns w:profile:picture, status, blocklist and privacy: what accounts show, and to whom."""

from __future__ import annotations

from dataclasses import replace

from infra.local.whatsapp.accounts import Account
from infra.local.whatsapp.groups.refusals import find_group, require_member
from infra.local.whatsapp.groups.settings import require_editor
from infra.local.whatsapp.iq.request import IqError, NoReply, Request
from infra.local.whatsapp.messages.group_chats import GroupChat
from infra.local.whatsapp.messages.media_store import MEDIA_HOST
from infra.local.whatsapp.people.about import set_about
from infra.local.whatsapp.people.blocking import change_block_list, list_node
from infra.local.whatsapp.people.picture_changes import NoJpeg, set_picture
from infra.local.whatsapp.people.profiles import CATEGORIES
from infra.local.whatsapp.wire.jid import GROUP, Jid
from infra.local.whatsapp.wire.node import Attributes, Node


def picture(request: Request) -> list[Node]:
    """Return where a picture is, nothing where the client has it already; raise IqError 401 where it is hidden."""
    return _picture(request, request.stanza.jid("target"), request.stanza.child("picture"))


def community_picture(request: Request) -> list[Node]:
    wanted = request.stanza.child("pictures", "picture")
    return [Node("pictures", {}, _picture(request, request.stanza.jid("to"), wanted))]


def _picture(request: Request, jid: Jid, wanted: Node) -> list[Node]:
    owner = _owner(request, jid)
    if isinstance(owner, Account) and not request.network.profiles.allows(
        owner.number, "profile", request.device.number
    ):
        raise IqError(401, "not-authorized")
    found = request.network.pictures.of(owner.lid if isinstance(owner, Account) else owner.jid)
    if found is None:
        raise IqError(404, "item-not-found")
    if wanted.text("id") == found.id:
        return []
    url = f"https://{MEDIA_HOST}{found.path}"
    attrs: Attributes = {"id": found.id, "type": wanted.text("type") or "image", "url": url, "direct_path": found.path}
    return [Node("picture", attrs)]


def _owner(request: Request, jid: Jid) -> Account | GroupChat:
    if jid.server == GROUP:
        group = find_group(request.network, jid)
        require_member(group, request.account)
        return group
    account = request.network.directory.account(jid)
    if account is None:
        raise IqError(404, "item-not-found")
    return account


def change_picture(request: Request) -> list[Node]:
    """Set the picture of a group, or of the account where none is named; without one it is removed."""
    target = request.stanza.attrs.get("target")
    owner = _owner(request, target) if isinstance(target, Jid) and target.user else request.account
    if isinstance(owner, GroupChat):
        require_editor(owner, request.account)
    elif owner.number != request.device.number:
        raise IqError(401, "not-authorized")
    given = request.stanza.find("picture")
    try:
        changed = set_picture(request.network, owner, request.account, given.data() if given else b"")
    except NoJpeg as error:
        raise IqError(406, "not-acceptable") from error
    return [Node("picture", {"id": changed.id})] if changed else []


def change_about(request: Request) -> list[Node]:
    wanted = request.stanza.child("status")
    set_about(request.network, request.account, wanted.data().decode() if wanted.content else "")
    return []


def block_list(request: Request) -> list[Node]:
    return [list_node(request.network, request.account)]


def change_blocked(request: Request) -> list[Node]:
    """Block or unblock somebody; the answer is the whole list."""
    item = request.stanza.child("item")
    other = request.network.directory.account(item.jid("jid"))
    if other is None or other.number == request.device.number or item.text("action") not in ("block", "unblock"):
        raise IqError(400, "bad-request")
    block, by = item.text("action") == "block", request.device.address
    change_block_list(request.network, request.account, other, block=block, by=by)
    return [list_node(request.network, request.account)]


def privacy_settings(request: Request) -> list[Node]:
    """Return what read receipts depend on: a client asks before its first one."""
    if request.network.faults.silent_privacy:
        raise NoReply
    return [_privacy(request)]


def change_privacy(request: Request) -> list[Node]:
    """Change who may see or do something; the answer is what holds now."""
    profiles, number = request.network.profiles, request.device.number
    changed = {node.text("name"): node.text("value") for node in request.stanza.child("privacy").children("category")}
    if not set(changed) <= set(CATEGORIES):
        raise IqError(400, "bad-request")
    profile = profiles.of(number)
    profiles.save(number, replace(profile, privacy={**profile.privacy, **changed}))
    return [_privacy(request)]


def _privacy(request: Request) -> Node:
    chosen = request.network.profiles.of(request.device.number).privacy
    listed = [Node("category", {"name": name, "value": chosen.get(name, "all")}) for name in CATEGORIES]
    return Node("privacy", {}, listed)

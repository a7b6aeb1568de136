"""xmlns usync: who is on WhatsApp, by which LID, with which devices."""

from __future__ import annotations

from infra.local.whatsapp.accounts import PHONE, Account
from infra.local.whatsapp.iq.request import IqError, NoReply, Request
from infra.local.whatsapp.look_ups import Named
from infra.local.whatsapp.people.about import business_node
from infra.local.whatsapp.wire.jid import LID, Jid
from infra.local.whatsapp.wire.node import Attributes, Node

_ECHOED = ("sid", "mode", "context", "index", "last")


def query(request: Request) -> list[Node]:
    """Return for each user the results of the protocols requested: contact, devices, lid, status, …"""
    usync = request.stanza.child("usync")
    protocols = usync.child("query").children()
    users = [_user(request, protocols, user) for user in usync.child("list").children("user")]
    echoed: Attributes = {name: usync.attrs.get(name) for name in _ECHOED}
    result = Node("result", {}, [Node(protocol.tag) for protocol in protocols])
    return [Node("usync", echoed, [result, Node("list", {}, users)])]


def _user(request: Request, protocols: list[Node], user: Node) -> Node:
    contact = user.data("contact") if user.find("contact") else b""
    number = contact.decode().split("@")[0].lstrip("+")
    _fail(request, number)
    given = user.attrs.get("jid")
    jid = given if isinstance(given, Jid) else Jid(request.network.look_ups.account_number(number))
    account = request.network.directory.account(jid)
    results = [result for protocol in protocols if (result := _result(request, protocol.tag, account, contact))]
    if given is None and account is not None:
        return Node("user", _addresses(request, protocols, account), results)
    return Node("user", {"jid": jid}, results)


def _fail(request: Request, number: str) -> None:
    """Fail a look-up of the number where a fault says so: with a code, or without an answer."""
    failures = request.network.faults.failed_lookups
    if number not in failures:
        return
    if (code := failures[number]) is None:
        raise NoReply
    raise IqError(code, "rate-overlimit" if code == 429 else "internal-server-error")


def _addresses(request: Request, protocols: list[Node], account: Account) -> Attributes:
    """Return the addresses of an account that was looked up by a number, which may be another than its own."""
    named = request.network.look_ups.named(account.number)
    by_lid = any(protocol.text("addressing_mode") == LID for protocol in protocols if protocol.tag == "contact")
    if named is Named.LID:
        return {"jid": account.lid}
    return {"jid": account.lid if by_lid and named is Named.BOTH else account.pn, "pn_jid": account.pn}


def _result(request: Request, protocol: str, account: Account | None, contact: bytes) -> Node | None:
    if protocol == "contact":
        return Node("contact", {"type": "in" if account else "out"}, contact or None)
    if account is None:
        return None
    match protocol:
        case "devices":
            request.network.contacts.watch(account.number, request.device.number)
            return _devices(request, account)
        case "lid":
            named = request.network.look_ups.named(account.number)
            return None if named is Named.NONE else Node("lid", {"val": account.lid})
        case "status":
            return _about(request, account)
        case "picture":
            return _picture(request, account)
        case "business":
            business = request.network.profiles.of(account.number).business
            return business_node(business) if business else None
        case "disappearing_mode":
            return Node("disappearing_mode", {"duration": 0, "t": 0})
    return None  # a username is left out when not set


def _about(request: Request, account: Account) -> Node:
    profiles = request.network.profiles
    if not profiles.allows(account.number, "status", request.device.number):
        return Node("status", {"code": 401})
    profile = profiles.of(account.number)
    return Node("status", {"t": profile.about_at or account.created_at}, profile.about.encode())


def _picture(request: Request, account: Account) -> Node | None:
    picture = request.network.pictures.of(account.lid)
    seen = picture and request.network.profiles.allows(account.number, "profile", request.device.number)
    return Node("picture", {"id": picture.id}) if picture and seen else None


def _devices(request: Request, account: Account) -> Node:
    listed = [
        Node("device", {"id": device.id, "key-index": None if device.id == PHONE else device.id})
        for device in request.network.directory.devices(account.number)
    ]
    return Node("devices", {}, [Node("device-list", {}, listed)])

"""The commands and events of the neonize process that are about people: profiles, block lists, presence, history."""

from __future__ import annotations

import base64
import urllib.request
from typing import Any

import neonize.events as ev
from neonize.client import NewClient
from neonize.proto.Neonize_pb2 import GetProfilePictureParams
from neonize.proto.waCompanionReg.WAWebProtobufsCompanionReg_pb2 import DeviceProps
from neonize.utils.enum import BlocklistAction, Presence
from neonize.utils.jid import Jid2String

from tests.integration.local_whatsapp.neonize_groups import address


def history_props(full_days: int) -> DeviceProps | None:
    """Return what makes a client ask for the whole history of so many days; None to ask for what it does by itself."""
    if not full_days:
        return None
    wanted = DeviceProps.HistorySyncConfig(fullSyncDaysLimit=full_days)
    return DeviceProps(os="Test", requireFullSync=True, historySyncConfig=wanted)


def _history(m: Any) -> dict[str, Any]:
    chats = [
        {
            "id": chat.ID,
            "name": chat.name,
            "unread": chat.unreadCount,
            "messages": [_message(entry.message) for entry in chat.messages],
        }
        for chat in m.Data.conversations
    ]
    names = {entry.ID: entry.pushname for entry in m.Data.pushnames}
    return {"kind": int(m.Data.syncType), "progress": m.Data.progress, "chats": chats, "names": names}


def _message(message: Any) -> dict[str, Any]:
    return {
        "id": message.key.ID,
        "fromMe": message.key.fromMe,
        "author": message.participant or message.key.participant,
        "at": message.messageTimestamp,
        "text": message.message.conversation or message.message.extendedTextMessage.text,
        "kinds": [field.name for field, _ in message.message.ListFields() if field.name != "messageContextInfo"],
        "reactions": [reaction.text for reaction in message.reactions],
    }


PEOPLE_EVENTS: dict[type, Any] = {
    ev.PictureEv: lambda m: {"of": Jid2String(m.JID), "by": Jid2String(m.Author), "removed": m.Remove},
    ev.PresenceEv: lambda m: {"of": Jid2String(m.From), "unavailable": m.Unavailable, "seen": m.LastSeen},
    ev.BlocklistEv: lambda m: {"changes": [[Jid2String(change.JID), int(change.BlockAction)] for change in m.Changes]},
    ev.HistorySyncEv: _history,
}


def _picture(client: NewClient, of: str, known: str = "", community: bool = False) -> dict[str, Any]:
    wanted = GetProfilePictureParams(Preview=False, ExistingID=known, IsCommunity=community)
    found = client.get_profile_picture(address(of), wanted)
    if not found.URL:
        return {"id": ""}
    with urllib.request.urlopen(found.URL) as response:
        return {"id": found.ID, "jpeg": base64.b64encode(response.read()).decode()}


def _user_info(client: NewClient, of: str) -> dict[str, Any]:
    found = client.get_user_info(address(of))[0].UserInfo
    known = client.contact.get_contact(address(of))
    return {"about": found.Status, "pictureId": found.PictureID, "business": known.BusinessName}


def _block(client: NewClient, of: str, blocked: bool) -> dict[str, Any]:
    action = BlocklistAction.BLOCK if blocked else BlocklistAction.UNBLOCK
    return {"blocked": [Jid2String(jid) for jid in client.update_blocklist(address(of), action).JIDs]}


PEOPLE_COMMANDS: dict[str, Any] = {
    "picture": _picture,
    "set_own_picture": lambda client, jpeg: {"id": client.set_profile_photo(base64.b64decode(jpeg))},
    "user_info": _user_info,
    "saved_name": lambda client, of: {"name": client.contact.get_contact(address(of)).FullName},
    "set_about": lambda client, text: client.set_status_message(text) or {},
    "block": _block,
    "blocked": lambda client: {"blocked": [Jid2String(jid) for jid in client.get_blocklist().JIDs]},
    "watch": lambda client, of: client.subscribe_presence(address(of)) or {},
    "unavailable": lambda client: client.send_presence(Presence.UNAVAILABLE) and {},
}

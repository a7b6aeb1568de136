"""The operations of a running client, called directly on neonize's Go functions."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from connector.whatsapp.client_lifecycle import Callbacks, ClientLifecycle, device_props
from connector.whatsapp.errors import parse_error, parse_send_error
from connector.whatsapp.jids import combine_jids, phone_number_of, to_proto, to_text
from connector.whatsapp.library import gocode, neonize_pb2

__all__ = ["Callbacks", "Client", "Registration", "SendResult", "device_props"]

# WhatsApp accepts only "Browser (System)" here; 1 is Chrome.
PAIRING_CODE_CLIENT = ("Chrome (Linux)", 1)
READ_RECEIPT = b"read"


@dataclass(frozen=True, slots=True)
class SendResult:
    message_id: str
    timestamp: datetime


@dataclass(frozen=True, slots=True)
class Registration:
    """Whether a number has WhatsApp, and its addresses there."""

    registered: bool
    jid: str | None = None
    lid: str | None = None


class Client(ClientLifecycle):
    """Starts once and ends once; linking or resuming again needs a new client."""

    def send_message(self, to_jid: str, message: bytes) -> SendResult:
        """Send a serialised WhatsApp Message to a JID without device; blocks up to 75 s for the server's ack.

        Raise OutcomeUnknown (or its AckTimeout) when it may have been sent; any other WhatsAppError (NotConnected,
        SendRefused, NoWhatsAppAddress, …) means that nothing was sent.
        """
        jid = to_proto(to_jid).SerializeToString()
        response = neonize_pb2.SendMessageReturnFunction.FromString(
            self._call(gocode.SendMessage, jid, len(jid), message, len(message))
        )
        if response.Error:
            raise parse_send_error(response.Error)
        sent = response.SendResponse
        return SendResult(sent.ID, datetime.fromtimestamp(sent.Timestamp, UTC))

    def mark_read(self, message_ids: Sequence[str], chat_jid: str, sender_jid: str) -> None:
        """Send read receipts for messages of one sender in one chat, by the addresses they came with."""
        chat, sender = (to_proto(jid).SerializeToString() for jid in (chat_jid, sender_jid))
        ids = " ".join(message_ids).encode()
        self._call_or_raise(gocode.MarkRead, ids, int(time.time()), chat, len(chat), sender, len(sender), READ_RECEIPT)

    def is_on_whatsapp(self, phone_numbers: Sequence[str]) -> dict[str, Registration]:
        """Look up E.164 numbers, which are the keys of the result; one that WhatsApp leaves out is not registered."""
        query = " ".join(phone_numbers).encode()
        response = neonize_pb2.IsOnWhatsAppReturnFunction.FromString(self._call(gocode.IsOnWhatsApp, query, len(query)))
        if response.Error:
            raise parse_error(response.Error)
        found = {f"+{row.Query.removeprefix('+')}": _registration(row) for row in response.IsOnWhatsAppResponse}
        return {number: found.get(number, Registration(registered=False)) for number in phone_numbers}

    def group_admins(self, group_jid: str) -> frozenset[str]:
        """Return the LIDs and E.164 numbers of a group's admins, where WhatsApp tells them."""
        jid = to_proto(group_jid).SerializeToString()
        response = neonize_pb2.GetGroupInfoReturnFunction.FromString(self._call(gocode.GetGroupInfo, jid, len(jid)))
        if response.Error:
            raise parse_error(response.Error)
        members = response.GroupInfo.Participants
        admins = [combine_jids(each.LID, each.PhoneNumber, each.JID) for each in members if each.IsAdmin]
        return frozenset(name for admin in admins for name in (admin.lid, admin.phone_number) if name)

    def logout(self) -> None:
        """Unlink the device at WhatsApp and delete it from the store; call stop() afterwards."""
        self._call_or_raise(gocode.Logout)

    def pair_phone(self, phone_number: str) -> str:
        """Return the code to type on the phone, as XXXX-XXXX; only between on_qr and the end of pairing."""
        display, client_type = PAIRING_CODE_CLIENT
        params = neonize_pb2.PairPhoneParams(
            phone=phone_number.removeprefix("+"),
            showPushNotification=True,
            clientType=client_type,
            clientDisplayName=display,
        ).SerializeToString()
        response = neonize_pb2.PairPhoneReturnFunction.FromString(self._call(gocode.PairPhone, params, len(params)))
        if response.Error:
            raise parse_error(response.Error)
        return str(response.Code)

    def send_chat_presence(self, chat_jid: str, *, composing: bool) -> None:
        """Show or end "typing…" in a chat; WhatsApp ends it by itself after some seconds."""
        jid = to_proto(chat_jid).SerializeToString()
        self._call_or_raise(gocode.SendChatPresence, jid, len(jid), 0 if composing else 1, 0)


def _registration(row: neonize_pb2.IsOnWhatsAppResponse) -> Registration:
    if not row.IsIn:
        return Registration(registered=False)
    jid = to_text(row.JID)
    return Registration(registered=True, jid=jid, lid=None if phone_number_of(jid) else jid)

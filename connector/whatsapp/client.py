"""The operations of a running client, called directly on neonize's Go functions."""

from __future__ import annotations

import ctypes
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from connector.whatsapp.client_lifecycle import Callbacks, ClientLifecycle, device_props
from connector.whatsapp.errors import parse_error, parse_send_error, parse_upload_error
from connector.whatsapp.jids import combine_jids, to_proto
from connector.whatsapp.library import gocode, neonize_pb2
from gateway.domain.files import WhatsAppFile
from gateway.domain.sanitize import sanitize_text

__all__ = ["Callbacks", "Client", "GroupInfo", "Registration", "SendResult", "device_props"]

# WhatsApp accepts only "Browser (System)" here; 1 is Chrome.
PAIRING_CODE_CLIENT = ("Chrome (Linux)", 1)
READ_RECEIPT = b"read"
# WhatsApp passes it on to the account's own devices alone; phones send it whose owner hides what was read.
OWN_READ_RECEIPT = b"read-self"

NANOSECONDS = 1_000_000_000
# Only chats with one person have one.
NO_SETTING_TIME = 0


@dataclass(frozen=True, slots=True)
class SendResult:
    """`timestamp` is WhatsApp's, in whole seconds; ours where its ack has none.

    `lid` is the address it was sent to: whatsmeow sends to no person by number. None for a group.
    """

    message_id: str
    timestamp: datetime
    lid: str | None = None


@dataclass(frozen=True, slots=True)
class Registration:
    """Whether a number has WhatsApp, and what WhatsApp named for it: a LID, or a number, perhaps another."""

    registered: bool
    lid: str | None = None
    phone_number: str | None = None


@dataclass(frozen=True, slots=True)
class GroupInfo:
    """`admins` are the LIDs and E.164 numbers of a group's admins; `disappears_seconds` is 0 where messages stay."""

    subject: str | None
    admins: frozenset[str]
    disappears_seconds: int = 0


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
        # A time that is missing in the ack is Go's zero time, in the year 1.
        at = datetime.fromtimestamp(sent.Timestamp, UTC) if sent.Timestamp > 0 else datetime.now(UTC)
        return SendResult(sent.ID, at, combine_jids(sent.Chat).lid)

    def upload(self, data: bytearray, upload_type: int) -> WhatsAppFile:
        """Encrypt a file and store it at WhatsApp; blocks without any time limit. Raises WhatsAppError.

        The library holds it twice more meanwhile.
        """
        content = (ctypes.c_char * len(data)).from_buffer(data)
        response = neonize_pb2.UploadReturnFunction.FromString(
            self._call(gocode.Upload, content, len(data), upload_type)
        )
        if response.Error:
            raise parse_upload_error(response.Error)
        stored = response.UploadResponse
        return WhatsAppFile(
            stored.url,
            stored.DirectPath,
            stored.MediaKey,
            stored.FileSHA256,
            stored.FileEncSHA256,
            stored.FileLength,
        )

    def mark_read(self, message_ids: Sequence[str], chat_jid: str, sender_jid: str, *, to_sender: bool = True) -> None:
        """Send read receipts for messages of one sender in one chat, by the addresses they came with."""
        chat, sender = (to_proto(jid).SerializeToString() for jid in (chat_jid, sender_jid))
        ids = " ".join(message_ids).encode()
        kind = READ_RECEIPT if to_sender else OWN_READ_RECEIPT
        self._call_or_raise(gocode.MarkRead, ids, int(time.time()), chat, len(chat), sender, len(sender), kind)

    def look_up(self, phone_number: str) -> Registration:
        """Ask WhatsApp for an E.164 number; one that it leaves out of its answer is not registered."""
        query = phone_number.encode()
        response = neonize_pb2.IsOnWhatsAppReturnFunction.FromString(self._call(gocode.IsOnWhatsApp, query, len(query)))
        if response.Error:
            raise parse_error(response.Error)
        found = [_registration(row) for row in response.IsOnWhatsAppResponse]
        return next((one for one in found if one.registered), Registration(registered=False))

    def group(self, group_jid: str) -> GroupInfo:
        """Return a group's subject and its admins, where WhatsApp tells them."""
        jid = to_proto(group_jid).SerializeToString()
        response = neonize_pb2.GetGroupInfoReturnFunction.FromString(self._call(gocode.GetGroupInfo, jid, len(jid)))
        if response.Error:
            raise parse_error(response.Error)
        members = response.GroupInfo.Participants
        admins = [combine_jids(each.LID, each.PhoneNumber, each.JID) for each in members if each.IsAdmin]
        names = frozenset(name for admin in admins for name in (admin.lid, admin.phone_number) if name)
        timer = response.GroupInfo.GroupEphemeral
        seconds = timer.DisappearingTimer if timer.IsEphemeral else 0
        return GroupInfo(sanitize_text(response.GroupInfo.GroupName.Name) or None, names, seconds)

    def set_group_timer(self, group_jid: str, seconds: int) -> None:
        """Let messages of a group disappear after so many seconds, for all who are in it; 0 ends that."""
        jid = to_proto(group_jid).SerializeToString()
        self._call_or_raise(gocode.SetDisappearingTimer, jid, len(jid), seconds * NANOSECONDS, NO_SETTING_TIME)

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
    """Read the answer for the one number that was asked for, whatever number the answer repeats."""
    named = combine_jids(row.JID)
    return Registration(row.IsIn, named.lid, named.phone_number) if row.IsIn else Registration(registered=False)

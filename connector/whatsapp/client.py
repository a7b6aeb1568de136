"""The operations of a running client, called directly on neonize's Go functions."""

from __future__ import annotations

import ctypes
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from connector.whatsapp.client_lifecycle import Callbacks
from connector.whatsapp.device_props import device_props
from connector.whatsapp.errors import parse_error, parse_send_error, parse_upload_error
from connector.whatsapp.group_client import GroupClient
from connector.whatsapp.jids import combine_jids, to_proto
from connector.whatsapp.library import gocode, neonize_pb2
from connector.whatsapp.people_client import PeopleClient, Registration
from gateway.domain.files import WhatsAppFile
from gateway.domain.presence import TypingState

__all__ = ["Callbacks", "Client", "Registration", "SendResult", "device_props"]

# WhatsApp accepts only "Browser (System)" here; 1 is Chrome.
PAIRING_CODE_CLIENT = ("Chrome (Linux)", 1)
READ_RECEIPT = b"read"
# WhatsApp passes it on to the account's own devices alone; phones send it whose owner hides what was read.
OWN_READ_RECEIPT = b"read-self"


@dataclass(frozen=True, slots=True)
class SendResult:
    """`timestamp` is WhatsApp's, in whole seconds; ours where its ack has none.

    `lid` is the address it was sent to: whatsmeow sends to no person by number. None for a group.
    """

    message_id: str
    timestamp: datetime
    lid: str | None = None


class Client(GroupClient, PeopleClient):
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

    def send_chat_presence(self, chat_jid: str, state: TypingState) -> None:
        """Show that the number types or records, or end that; phones end it by themselves after some seconds."""
        jid = to_proto(chat_jid).SerializeToString()
        ended, is_voice = state is TypingState.PAUSED, state is TypingState.RECORDING
        self._call_or_raise(gocode.SendChatPresence, jid, len(jid), int(ended), int(is_voice))

    def set_available(self, available: bool) -> None:
        """Be available, which others see, or not any more; fails before the phone has told the account's name."""
        self._call_or_raise(gocode.SendPresence, b"available" if available else b"unavailable")

    def subscribe_presence(self, jid: str) -> None:
        """Ask for the presence of a person; it comes as long as this connection lasts, and while it is available."""
        person = to_proto(jid).SerializeToString()
        self._call_or_raise(gocode.SubscribePresence, person, len(person))

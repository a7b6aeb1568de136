"""Events as neonize would deliver them."""

from __future__ import annotations

from connector.whatsapp.jids import to_proto
from connector.whatsapp.library import e2e_pb2, neonize_pb2

MARIA_LID = "100000000000002@lid"
MARIA_NUMBER = "4915112345678@s.whatsapp.net"
OWN_LID = "100000000000001:3@lid"
GROUP = "120363000000000001@g.us"
EMPTY = neonize_pb2.JID(User="", RawAgent=0, Device=0, Integrator=0, Server="", IsEmpty=True)


def jid(text: str | None) -> neonize_pb2.JID:
    return to_proto(text) if text else EMPTY


def source(
    chat: str = MARIA_LID,
    sender: str = MARIA_LID,
    sender_alt: str | None = None,
    recipient_alt: str | None = None,
    *,
    from_me: bool = False,
    group: bool = False,
) -> neonize_pb2.MessageSource:
    return neonize_pb2.MessageSource(
        Chat=jid(chat),
        Sender=jid(sender),
        SenderAlt=jid(sender_alt),
        RecipientAlt=jid(recipient_alt),
        BroadcastListOwner=EMPTY,
        IsFromMe=from_me,
        IsGroup=group,
    )


def info(
    of: neonize_pb2.MessageSource,
    message_id: str = "3EB0",
    push_name: str = "Maria",
    milliseconds: int = 1_795_360_447_500,
) -> neonize_pb2.MessageInfo:
    return neonize_pb2.MessageInfo(
        MessageSource=of,
        ID=message_id,
        ServerID=0,
        Type="text",
        Pushname=push_name,
        Timestamp=milliseconds,
        Category="",
        Multicast=False,
        MediaType="",
        Edit="",
    )


def message_event(header: neonize_pb2.MessageInfo, message: e2e_pb2.Message) -> bytes:
    flags = dict.fromkeys(
        ("IsEphemeral", "IsViewOnce", "IsViewOnceV2", "IsViewOnceV2Extension", "IsDocumentWithCaption"), False
    )
    event = neonize_pb2.Message(
        Info=header,
        Message=message,
        Raw=message,
        IsLottieSticker=False,
        IsEdit=False,
        UnavailableRequestID="",
        RetryCount=0,
        **flags,
    )
    return bytes(event.SerializeToString())

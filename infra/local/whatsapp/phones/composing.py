"""From the control API's request to send to the recipient and content the phone sends."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, TypeAlias

from pydantic import Discriminator, Tag

from infra.local.whatsapp.accounts import Account
from infra.local.whatsapp.control import kinds
from infra.local.whatsapp.control.media import (
    AlbumMessage,
    AlbumPart,
    AudioMessage,
    DocumentMessage,
    FileBody,
    FileMessage,
    ImageMessage,
    StickerMessage,
    VideoMessage,
    VoiceMessage,
)
from infra.local.whatsapp.control.models import (
    Delete,
    Edit,
    LiveLocation,
    LocationMessage,
    Reaction,
    TextMessage,
    Vote,
)
from infra.local.whatsapp.messages.group_chats import GroupChat, Newsletter
from infra.local.whatsapp.messages.routing import Recipient
from infra.local.whatsapp.network import Network
from infra.local.whatsapp.phones import contents
from infra.local.whatsapp.phones.contents import Content, Target
from infra.local.whatsapp.phones.destinations import ComposeError, UnknownTarget, destination, find_account
from infra.local.whatsapp.phones.kinds import KindBody, content_of
from infra.local.whatsapp.phones.media import file_content
from infra.local.whatsapp.phones.message_history import MessageHistory, StoredMessage
from infra.local.whatsapp.phones.sealing import seal_edit, seal_vote, secret_of
from infra.local.whatsapp.phones.wrappers import CAPTIONED_DOCUMENT, VIEW_ONCE, Context, in_context, wrapped


def _kind(body: object) -> str:
    kind = body.get("kind", "text") if isinstance(body, dict) else getattr(body, "kind", "text")
    return str(kind)


MessageBody: TypeAlias = Annotated[
    Annotated[TextMessage, Tag("text")]
    | Annotated[ImageMessage, Tag("image")]
    | Annotated[VideoMessage, Tag("video")]
    | Annotated[AudioMessage, Tag("audio")]
    | Annotated[VoiceMessage, Tag("voice")]
    | Annotated[DocumentMessage, Tag("document")]
    | Annotated[StickerMessage, Tag("sticker")]
    | Annotated[AlbumMessage, Tag("album")]
    | Annotated[LocationMessage, Tag("location")]
    | Annotated[LiveLocation, Tag("live_location")]
    | Annotated[kinds.Contacts, Tag("contact")]
    | Annotated[kinds.Poll, Tag("poll")]
    | Annotated[kinds.GroupInvite, Tag("group_invite")]
    | Annotated[kinds.Order, Tag("order")]
    | Annotated[kinds.Template, Tag("template")]
    | Annotated[kinds.Interactive, Tag("interactive")]
    | Annotated[kinds.ListMenu, Tag("list")]
    | Annotated[kinds.ListReply, Tag("list_reply")]
    | Annotated[kinds.InteractiveReply, Tag("interactive_reply")]
    | Annotated[Reaction, Tag("reaction")]
    | Annotated[Vote, Tag("vote")]
    | Annotated[Edit, Tag("edit")]
    | Annotated[Delete, Tag("delete")],
    Discriminator(_kind),
]


def compose(
    network: Network, history: MessageHistory, account: Account, body: MessageBody
) -> tuple[Recipient, Content]:
    """Return whom to send to and what; raise ComposeError."""
    if isinstance(body, (Reaction, Vote, Edit, Delete)):
        return _about_message(network, history, account, body)
    recipient, content = destination(network, account, body.to, body.recipients), _new_content(network, body)
    if isinstance(body, AlbumPart) and (parent_id := body.album or getattr(body, "hd_of", None)):
        parent = _known(history, account, parent_id)
        kind = "MEDIA_ALBUM" if body.album else "HD_IMAGE_DUAL_UPLOAD"
        contents.associate(content.message, kind, _target(network, _chat(recipient), parent))
    quoted = _quoted(network, history, account, body.quotes) if body.quotes is not None else None
    mentioned = [find_account(network, number) for number in body.mentions]
    content = in_context(content, Context(quoted, mentioned, body.forwarded, body.expires))
    if isinstance(body, DocumentMessage) and body.caption:
        content = wrapped(content, CAPTIONED_DOCUMENT)
    if isinstance(body, FileMessage) and body.view_once:
        content = replace(wrapped(content, VIEW_ONCE), withheld=True)
    return recipient, content


def _quoted(network: Network, history: MessageHistory, account: Account, id: str) -> tuple[Account, StoredMessage]:
    """Return the author of a message that the phone knows, and the message."""
    message = _known(history, account, id)
    return _author(network, account, message), message


def _author(network: Network, account: Account, message: StoredMessage) -> Account:
    return find_account(network, account.number if message.from_me else message.author or message.peer)


def _new_content(
    network: Network, body: TextMessage | FileBody | AlbumMessage | LocationMessage | LiveLocation | KindBody
) -> Content:
    match body:
        case TextMessage():
            return contents.text(body.text)
        case AlbumMessage():
            return contents.album(body.images, body.videos)
        case LocationMessage():
            return contents.location(body)
        case LiveLocation():
            return contents.live_location(body)
        case FileMessage():
            return file_content(network.media, body)
    return content_of(body)


def _about_message(
    network: Network, history: MessageHistory, account: Account, body: Reaction | Vote | Edit | Delete
) -> tuple[Recipient, Content]:
    message = _known(history, account, body.message_id)
    recipient = _chat(destination(network, account, message.peer, None))
    target = _target(network, recipient, message)
    if isinstance(body, Reaction):
        return recipient, contents.reaction(target, body.emoji)
    if isinstance(body, Vote):
        return recipient, _vote(network, account, message, target, body)
    claimed = replace(target, from_me=True, author=None) if body.forged in (True, "author") else target
    if isinstance(body, Delete):
        return recipient, _deletion(account, recipient, message, claimed, body)
    if not body.forged:
        _require_own(message)
    content = contents.edit(claimed, body.text)
    if body.sealed:
        sealed = seal_edit(content.message, secret_of(message.payload), account.lid)
        content = replace(content, message=sealed)
    return recipient, content


def _vote(network: Network, account: Account, poll: StoredMessage, target: Target, body: Vote) -> Content:
    """Return the vote in a poll that the phone knows; raise ComposeError for what cannot be chosen in it."""
    if poll.kind != "poll" or not set(body.options) <= set(poll.details.get("options", [])):
        raise ComposeError("That is no poll with these options.")
    if 0 < poll.details["selectable"] < len(body.options):
        raise ComposeError("So many cannot be chosen in this poll.")
    creator = _author(network, account, poll)
    return contents.vote(target, *seal_vote(body.options, secret_of(poll.payload), poll.id, creator.lid, account.lid))


def _deletion(
    account: Account, recipient: Account | GroupChat, message: StoredMessage, claimed: Target, body: Delete
) -> Content:
    """Return the deletion by the author, or, of what another wrote in a group, by its admin."""
    if claimed.from_me:
        return contents.delete(claimed)
    if isinstance(recipient, Account) or not (body.forged or recipient.is_admin(account)):
        _require_own(message)
    return contents.delete(claimed, by_admin=True)


def _known(history: MessageHistory, account: Account, id: str) -> StoredMessage:
    message = history.find(account.number, id)
    if message is None:
        raise UnknownTarget("This phone knows no such message.")
    return message


def _chat(recipient: Recipient) -> Account | GroupChat:
    if isinstance(recipient, Newsletter):
        raise ComposeError("A newsletter is only read.")
    return recipient


def _target(network: Network, recipient: Account | GroupChat, message: StoredMessage) -> Target:
    if isinstance(recipient, Account):
        return Target(recipient.lid, message.id, message.from_me)
    author = None if message.from_me else find_account(network, message.author).lid
    return Target(recipient.jid, message.id, message.from_me, author)


def _require_own(message: StoredMessage) -> None:
    if not message.from_me:
        raise ComposeError("Only who wrote a message can change it.")

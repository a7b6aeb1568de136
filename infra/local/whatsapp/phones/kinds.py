"""Messages to choose from and the answers to them, contacts, polls, invitations and orders: their protobuf."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, TypeAlias

from infra.local.whatsapp.control import kinds
from infra.local.whatsapp.phones.contents import Content, Message
from infra.local.whatsapp.wire import proto

KindBody: TypeAlias = (
    kinds.Contacts
    | kinds.Poll
    | kinds.GroupInvite
    | kinds.Order
    | kinds.Template
    | kinds.Interactive
    | kinds.ListMenu
    | kinds.ListReply
    | kinds.InteractiveReply
)


def content_of(body: KindBody) -> Content:
    """Return what the phone sends for a request."""
    message = proto.Message()
    _BUILDERS[body.kind](message, body)
    stanza_type = {"contact": "media", "poll": "poll"}.get(body.kind, "text")
    return Content(message, stanza_type, "contact" if body.kind == "contact" else None)


def _contacts(message: Message, body: kinds.Contacts) -> None:
    if len(body.contacts) == 1:
        message.contactMessage.displayName, message.contactMessage.vcard = body.contacts[0].name, body.contacts[0].vcard
        return
    several = message.contactsArrayMessage
    several.displayName = f"{len(body.contacts)} contacts"
    for card in body.contacts:
        several.contacts.add(displayName=card.name, vcard=card.vcard)


def _poll(message: Message, body: kinds.Poll) -> None:
    poll = message.pollCreationMessageV3 if body.selectable == 1 else message.pollCreationMessage
    poll.name, poll.selectableOptionsCount = body.question, body.selectable
    for option in body.options:
        poll.options.add(optionName=option)


def _group_invite(message: Message, body: kinds.GroupInvite) -> None:
    invite = message.groupInviteMessage
    invite.groupJid, invite.groupName, invite.inviteCode = body.group, body.name, body.code
    invite.caption, invite.inviteExpiration = body.caption, body.expires_at


def _order(message: Message, body: kinds.Order) -> None:
    order = message.orderMessage
    order.orderTitle, order.itemCount, order.message = body.title, body.items, body.text
    order.totalAmount1000, order.totalCurrencyCode = body.thousandths, body.currency


def _template(message: Message, body: kinds.Template) -> None:
    shown = message.templateMessage.hydratedTemplate
    shown.hydratedTitleText, shown.hydratedContentText, shown.hydratedFooterText = body.header, body.body, body.footer
    for index, button in enumerate(body.buttons):
        made = shown.hydratedButtons.add(index=index)
        if button.url:
            made.urlButton.displayText, made.urlButton.url = button.text, button.url
        elif button.phone:
            made.callButton.displayText, made.callButton.phoneNumber = button.text, button.phone
        else:
            made.quickReplyButton.displayText, made.quickReplyButton.id = button.text, button.id


def _interactive(message: Message, body: kinds.Interactive) -> None:
    shown = message.interactiveMessage
    shown.header.title, shown.body.text, shown.footer.text = body.header, body.body, body.footer
    for button in body.buttons:
        shown.nativeFlowMessage.buttons.add(name=button.name, buttonParamsJson=json.dumps(button.parameters))


def _list(message: Message, body: kinds.ListMenu) -> None:
    menu = message.listMessage
    menu.title, menu.description, menu.footerText, menu.buttonText = body.header, body.body, body.footer, body.button
    for section in body.sections:
        made = menu.sections.add(title=section.title)
        for row in section.rows:
            made.rows.add(rowId=row.id, title=row.title, description=row.description)


def _list_reply(message: Message, body: kinds.ListReply) -> None:
    reply = message.listResponseMessage
    reply.title, reply.description, reply.singleSelectReply.selectedRowId = (
        body.row.title,
        body.row.description,
        body.row.id,
    )


def _interactive_reply(message: Message, body: kinds.InteractiveReply) -> None:
    reply = message.interactiveResponseMessage
    reply.body.text = body.body
    reply.nativeFlowResponseMessage.name = body.name
    reply.nativeFlowResponseMessage.paramsJson = json.dumps(body.parameters)


_BUILDERS: dict[str, Callable[[Message, Any], None]] = {
    "contact": _contacts,
    "poll": _poll,
    "group_invite": _group_invite,
    "order": _order,
    "template": _template,
    "interactive": _interactive,
    "list": _list,
    "list_reply": _list_reply,
    "interactive_reply": _interactive_reply,
}

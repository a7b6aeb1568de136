"""Which field of a Message is described by what."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from connector.whatsapp.content import appointments, commerce, invites, menus, others, polls, vcards
from connector.whatsapp.content.described import Described

KINDS: dict[str, Callable[[Any], Described]] = {
    "templateMessage": menus.template,
    "highlyStructuredMessage": menus.structured,
    "buttonsMessage": menus.buttons,
    "listMessage": menus.list_menu,
    "interactiveMessage": menus.interactive,
    "buttonsResponseMessage": menus.buttons_reply,
    "listResponseMessage": menus.list_reply,
    "templateButtonReplyMessage": menus.template_reply,
    "interactiveResponseMessage": menus.interactive_reply,
    "contactMessage": vcards.contact,
    "contactsArrayMessage": vcards.contacts,
    **{f"pollCreationMessage{version}": polls.poll for version in ("", "V2", "V3", "V5", "V6")},
    **{f"pollResultSnapshotMessage{version}": polls.poll_results for version in ("", "V3")},
    "groupInviteMessage": invites.group_invite,
    "newsletterAdminInviteMessage": invites.newsletter_admin_invite,
    "newsletterFollowerInviteMessageV2": invites.newsletter_invite,
    "orderMessage": commerce.order,
    "productMessage": commerce.product,
    "sendPaymentMessage": commerce.payment_sent,
    "requestPaymentMessage": commerce.payment_requested,
    "declinePaymentRequestMessage": commerce.payment_declined,
    "cancelPaymentRequestMessage": commerce.payment_canceled,
    "paymentInviteMessage": commerce.payment_invite,
    "invoiceMessage": commerce.invoice,
    "splitPaymentMessage": commerce.split_payment,
    "paymentReminderMessage": commerce.payment_reminder,
    "eventMessage": appointments.event,
    "eventInviteMessage": appointments.event_invite,
    "callLogMesssage": appointments.call,
    "scheduledCallCreationMessage": appointments.scheduled_call,
    "albumMessage": others.album,
    "stickerPackMessage": others.sticker_pack,
    "pinInChatMessage": others.pin,
    "requestPhoneNumberMessage": others.phone_number_request,
    "richResponseMessage": others.rich_text,
}

"""One message of every kind that people see as more than a text: the protobuf's fields, and what they are read as."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from gateway.domain.commerce import Amount, Order, Payment, Product
from gateway.domain.content import (
    Album,
    Button,
    CalendarEvent,
    Call,
    Card,
    Choice,
    ContactCard,
    Contacts,
    Details,
    GroupInvite,
    Header,
    ListMenu,
    NewsletterInvite,
    Phone,
    Pin,
    Poll,
    PollResult,
    PollResults,
    Row,
    Section,
    StickerPack,
    Template,
)

AT = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
SECONDS = int(AT.timestamp())
KEY = {"remoteJID": "100000000000002@lid", "ID": "3EB0TARGET"}

URL = {"urlButton": {"displayText": "Track", "URL": "https://shop.example/1"}}
CALL = {"callButton": {"displayText": "Call us", "phoneNumber": "+4915112345678"}}
REPLY = {"quickReplyButton": {"displayText": "Stop", "ID": "stop"}}
HYDRATED = {
    "hydratedTitleText": "Order 7",
    "hydratedContentText": "It is on its way.",
    "hydratedFooterText": "Shop",
    "hydratedButtons": [URL, CALL, REPLY],
}
SHOWN = {
    "header": Header(type="text", text="Order 7"),
    "body": "It is on its way.",
    "footer": "Shop",
    "buttons": (
        Button(action="url", text="Track", value="https://shop.example/1"),
        Button(action="call", text="Call us", value="+4915112345678"),
        Button(action="reply", text="Stop", id="stop"),
    ),
}
NATIVE = {
    "header": {"title": "Order 7"},
    "body": {"text": "It is on its way."},
    "footer": {"text": "Shop"},
    "nativeFlowMessage": {
        "buttons": [
            {"name": "cta_url", "buttonParamsJSON": '{"display_text": "Track", "url": "https://shop.example/1"}'},
            {"name": "cta_call", "buttonParamsJSON": '{"display_text": "Call us", "phone_number": "+4915112345678"}'},
            {"name": "quick_reply", "buttonParamsJSON": '{"display_text": "Stop", "id": "stop"}'},
        ]
    },
}
SELECT = {
    "title": "Days",
    "sections": [{"title": "Week", "rows": [{"id": "mon", "title": "Monday", "description": "early"}, 7]}, "x"],
}
DAYS = (Section(title="Week", rows=(Row(id="mon", title="Monday", description="early"),)),)
VCARD = (
    "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Silva;Ana;;;\r\nFN:Ana Silva\r\nORG:Acme\\, Inc;Sales\r\nTITLE:Agent\r\n"
    "TEL;type=CELL;type=VOICE;waid=4915112345678:+49 151 12\r\n 345678\r\nitem1.TEL:030 1\r\n"
    "item1.X-ABLabel:_$!<Home>!$_\r\nEMAIL;type=INTERNET:ana@acme.example\r\nURL:https://acme.example\r\n"
    "ADR;type=HOME:;;Street 1;Berlin;;10115;DE\r\nBDAY:1990-01-31\r\nNOTE:first\\nsecond\r\nEND:VCARD\r\n"
)
ANA = ContactCard(
    name="Ana Silva",
    organisation="Acme, Inc, Sales",
    title="Agent",
    phones=(
        Phone(number="+49 151 12345678", label="cell", whatsapp="+4915112345678"),
        Phone(number="030 1", label="Home"),
    ),
    emails=("ana@acme.example",),
    urls=("https://acme.example",),
    addresses=("Street 1, Berlin, 10115, DE",),
    birthday="1990-01-31",
    note="first\nsecond",
)

KINDS_READ: list[tuple[dict[str, Any], str, str | None, Details]] = [
    ({"templateMessage": {"hydratedTemplate": HYDRATED}}, "template", "It is on its way.", Template(kind="template", **SHOWN)),  # type: ignore[arg-type]  # noqa: E501
    ({"templateMessage": {"hydratedFourRowTemplate": HYDRATED}}, "template", "It is on its way.", Template(kind="template", **SHOWN)),  # type: ignore[arg-type]  # noqa: E501
    ({"templateMessage": {"interactiveMessageTemplate": NATIVE}}, "template", "It is on its way.", Template(kind="template", **SHOWN)),  # type: ignore[arg-type]  # noqa: E501
    ({"highlyStructuredMessage": {"hydratedHsm": {"hydratedTemplate": HYDRATED}}}, "template", "It is on its way.", Template(kind="template", **SHOWN)),  # type: ignore[arg-type]  # noqa: E501
    ({"interactiveMessage": NATIVE}, "interactive", "It is on its way.", Template(kind="interactive", **SHOWN)),  # type: ignore[arg-type]
    (
        {"templateMessage": {"fourRowTemplate": {"content": {"params": ["Hello", "Ana"]}, "buttons": [{"quickReplyButton": {"displayText": {"params": ["Yes"]}, "ID": "y"}}]}}},  # noqa: E501
        "template",
        "Hello Ana",
        Template(kind="template", body="Hello Ana", buttons=(Button(action="reply", text="Yes", id="y"),)),
    ),
    (
        {"buttonsMessage": {"contentText": "Pick", "footerText": "Shop", "buttons": [{"buttonID": "1", "buttonText": {"displayText": "Yes"}}]}},  # noqa: E501
        "buttons",
        "Pick",
        Template(kind="buttons", body="Pick", footer="Shop", buttons=(Button(action="reply", text="Yes", id="1"),)),
    ),
    (
        {"buttonsMessage": {"contentText": "Pick", "buttons": [{"nativeFlowInfo": {"name": "single_select", "paramsJSON": json.dumps(SELECT)}}]}},  # noqa: E501
        "buttons",
        "Pick",
        Template(kind="buttons", body="Pick", buttons=(Button(action="list", text="Days", sections=DAYS),)),
    ),
    (
        {"interactiveMessage": {"body": {"text": "Look"}, "carouselMessage": {"cards": [{"header": {"imageMessage": {"mimetype": "image/jpeg"}}, "body": {"text": "A lamp"}, "nativeFlowMessage": {"buttons": [{"name": "flow"}]}}]}}},  # noqa: E501
        "interactive",
        "Look",
        Template(
            kind="interactive",
            body="Look",
            cards=(Card(header=Header(type="image"), body="A lamp", buttons=(Button(action="flow"),)),),
        ),
    ),
    (
        {"listMessage": {"title": "Viewing", "description": "Pick a day", "buttonText": "Days", "footerText": "Shop", "sections": [{"title": "Week", "rows": [{"rowID": "mon", "title": "Monday", "description": "early"}]}]}},  # noqa: E501
        "list",
        "Pick a day",
        ListMenu(title="Viewing", body="Pick a day", footer="Shop", button="Days", sections=DAYS),
    ),
    (
        {"buttonsResponseMessage": {"selectedDisplayText": "Yes", "selectedButtonID": "1"}},
        "buttons_reply",
        "Yes",
        Choice(kind="buttons_reply", selected_id="1", text="Yes"),
    ),
    (
        {"listResponseMessage": {"title": "Monday", "description": "early", "singleSelectReply": {"selectedRowID": "mon"}}},  # noqa: E501
        "list_reply",
        "Monday",
        Choice(kind="list_reply", selected_id="mon", text="Monday", description="early"),
    ),
    (
        {"templateButtonReplyMessage": {"selectedDisplayText": "Stop", "selectedID": "stop"}},
        "template_reply",
        "Stop",
        Choice(kind="template_reply", selected_id="stop", text="Stop"),
    ),
    (
        {"interactiveResponseMessage": {"body": {"text": "Sent"}, "nativeFlowResponseMessage": {"name": "flow", "paramsJSON": '{"flow_token": "t", "day": {"id": 3}}'}}},  # noqa: E501
        "interactive_reply",
        "Sent",
        Choice(kind="interactive_reply", text="Sent", flow="flow", parameters={"flow_token": "t", "day": {"id": 3}}),
    ),
    (
        {"interactiveResponseMessage": {"nativeFlowResponseMessage": {"name": "menu_options", "paramsJSON": '{"id": "mon"}'}}},  # noqa: E501
        "interactive_reply",
        None,
        Choice(kind="interactive_reply", selected_id="mon", flow="menu_options", parameters={"id": "mon"}),
    ),
    ({"contactMessage": {"displayName": "Ana", "vcard": VCARD}}, "contact", "Ana", Contacts(kind="contact", contacts=(ANA,))),  # noqa: E501
    (
        {"contactsArrayMessage": {"displayName": "2 contacts", "contacts": [{"displayName": "Ana", "vcard": VCARD}, {"displayName": "Ben", "vcard": "not a card"}]}},  # noqa: E501
        "contacts",
        "2 contacts",
        Contacts(kind="contacts", contacts=(ANA, ContactCard(name="Ben"))),
    ),
    (
        {"pollCreationMessageV3": {"name": "When?", "options": [{"optionName": "Mon"}, {"optionName": "Tue"}], "selectableOptionsCount": 1}},  # noqa: E501
        "poll",
        "When?",
        Poll(question="When?", options=("Mon", "Tue"), selectable=1),
    ),
    (
        {"pollResultSnapshotMessage": {"name": "When?", "pollVotes": [{"optionName": "Mon", "optionVoteCount": 3}]}},
        "poll_results",
        "When?",
        PollResults(question="When?", results=(PollResult(option="Mon", votes=3),)),
    ),
    (
        {"groupInviteMessage": {"groupJID": "1@g.us", "groupName": "House", "inviteCode": "c", "caption": "Join", "inviteExpiration": SECONDS}},  # noqa: E501
        "group_invite",
        "Join",
        GroupInvite(group="1@g.us", name="House", code="c", text="Join", expires_at=AT),
    ),
    (
        {"newsletterAdminInviteMessage": {"newsletterJID": "1@newsletter", "newsletterName": "News", "inviteExpiration": SECONDS}},  # noqa: E501
        "newsletter_invite",
        None,
        NewsletterInvite(newsletter="1@newsletter", name="News", role="admin", expires_at=AT),
    ),
    (
        {"newsletterFollowerInviteMessageV2": {"newsletterJID": "1@newsletter", "newsletterName": "News", "caption": "Read"}},  # noqa: E501
        "newsletter_invite",
        "Read",
        NewsletterInvite(newsletter="1@newsletter", name="News", role="follower", text="Read"),
    ),
    (
        {"orderMessage": {"orderID": "7", "orderTitle": "Lamps", "itemCount": 2, "status": 1, "message": "Please", "totalAmount1000": 45500, "totalCurrencyCode": "EUR", "sellerJID": "1@lid"}},  # noqa: E501
        "order",
        "Lamps",
        Order(id="7", title="Lamps", text="Please", item_count=2, total=Amount(value="45.50", currency="EUR"), status="inquiry", seller="1@lid"),  # noqa: E501
    ),
    (
        {"productMessage": {"product": {"productID": "9", "title": "Lamp", "description": "Bright", "currencyCode": "EUR", "priceAmount1000": 19995, "URL": "https://shop.example/9", "retailerID": "L9"}, "body": "Look", "businessOwnerJID": "1@lid"}},  # noqa: E501
        "product",
        "Lamp",
        Product(id="9", retailer_id="L9", title="Lamp", description="Bright", price=Amount(value="19.995", currency="EUR"), url="https://shop.example/9", text="Look", seller="1@lid"),  # noqa: E501
    ),
    (
        {"sendPaymentMessage": {"noteMessage": {"extendedTextMessage": {"text": "Rent"}}}},
        "payment",
        "Rent",
        Payment(action="sent", note="Rent"),
    ),
    (
        {"requestPaymentMessage": {"amount": {"value": 1250, "offset": 100, "currencyCode": "INR"}, "expiryTimestamp": SECONDS, "noteMessage": {"conversation": "Tea"}}},  # noqa: E501
        "payment",
        "Tea",
        Payment(action="requested", amount=Amount(value="12.50", currency="INR"), note="Tea", expires_at=AT),
    ),
    (
        {"requestPaymentMessage": {"amount1000": 3000, "currencyCodeIso4217": "BRL"}},
        "payment",
        None,
        Payment(action="requested", amount=Amount(value="3.00", currency="BRL")),
    ),
    ({"paymentInviteMessage": {"expiryTimestamp": SECONDS}}, "payment", None, Payment(action="invited", expires_at=AT)),
    ({"declinePaymentRequestMessage": {"key": KEY}}, "payment", None, Payment(action="declined")),
    ({"cancelPaymentRequestMessage": {"key": KEY}}, "payment", None, Payment(action="canceled")),
    ({"invoiceMessage": {"note": "May"}}, "payment", "May", Payment(action="invoiced", note="May")),
    (
        {"splitPaymentMessage": {"totalAmount": {"value": 9, "offset": 1, "currencyCode": "INR"}, "description": "Taxi"}},  # noqa: E501
        "payment",
        "Taxi",
        Payment(action="split", amount=Amount(value="9.00", currency="INR"), note="Taxi"),
    ),
    ({"paymentReminderMessage": {"description": "Rent"}}, "payment", "Rent", Payment(action="reminded", note="Rent")),
    (
        {"eventMessage": {"name": "Viewing", "description": "Flat 3", "startTime": SECONDS, "joinLink": "https://call.example/x", "location": {"name": "Here"}}},  # noqa: E501
        "event",
        "Viewing",
        CalendarEvent(name="Viewing", description="Flat 3", starts_at=AT, link="https://call.example/x"),
    ),
    (
        {"eventInviteMessage": {"eventTitle": "Viewing", "startTime": SECONDS, "isCanceled": True}},
        "event",
        "Viewing",
        CalendarEvent(name="Viewing", starts_at=AT, canceled=True),
    ),
    (
        {"callLogMesssage": {"isVideo": True, "callOutcome": 1, "durationSecs": 0}},
        "call",
        None,
        Call(kind="call", video=True, outcome="missed", seconds=0),
    ),
    (
        {"scheduledCallCreationMessage": {"title": "Talk", "callType": 2, "scheduledTimestampMS": SECONDS * 1000}},
        "scheduled_call",
        "Talk",
        Call(kind="scheduled_call", video=True, title="Talk", starts_at=AT),
    ),
    ({"albumMessage": {"expectedImageCount": 2, "expectedVideoCount": 1}}, "album", None, Album(images=2, videos=1)),
    (
        {"stickerPackMessage": {"name": "Cats", "publisher": "Ana"}},
        "sticker_pack",
        "Cats",
        StickerPack(name="Cats", publisher="Ana"),
    ),
    ({"pinInChatMessage": {"key": KEY, "type": 1}}, "pin", None, Pin(pinned=True)),
    ({"pinInChatMessage": {"key": KEY, "type": 2}}, "pin", None, Pin(pinned=False)),
]  # fmt: skip

"""What businesses send to choose from: templates, buttons, lists, native flows; and the answers to them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from google.protobuf.message import Message as Protobuf

from connector.whatsapp.attachments import location_of, media_of
from connector.whatsapp.content.described import Described
from connector.whatsapp.content.values import json_of, object_of, string
from connector.whatsapp.library import e2e_pb2
from gateway.domain.content import Button, Card, Choice, Header, ListMenu, Row, Section, Template

# A header's attachment, by the field that holds it.
_ATTACHMENTS = {
    "imageMessage": "image",
    "videoMessage": "video",
    "documentMessage": "document",
    "locationMessage": "location",
    "productMessage": "product",
}
# Our name of what a native flow's button does, by WhatsApp's.
_ACTIONS = {"quick_reply": "reply", "cta_url": "url", "cta_call": "call", "cta_copy": "copy", "single_select": "list"}
# Where a native flow's button says what it leads to.
_VALUES = ("url", "phone_number", "copy_code")


def template(value: e2e_pb2.TemplateMessage) -> Described:
    """A template comes in one of four formats; they show the same."""
    for name in ("hydratedTemplate", "hydratedFourRowTemplate"):
        if value.HasField(name):
            return _hydrated(getattr(value, name))
    if value.HasField("fourRowTemplate"):
        return _four_rows(value.fourRowTemplate)
    return interactive(value.interactiveMessageTemplate, "template")


def structured(value: e2e_pb2.HighlyStructuredMessage) -> Described:
    """An older template, whose text may be in the recipient's app only; then its parameters are all there is."""
    if value.HasField("hydratedHsm"):
        return template(value.hydratedHsm)
    body = _structured_text(value)
    return Described("template", body, Template(kind="template", body=body))


def buttons(value: e2e_pb2.ButtonsMessage) -> Described:
    made = [_plain_button(button) for button in value.buttons]
    return _menu("buttons", value, value.text, value.contentText, value.footerText, made)


def interactive(value: e2e_pb2.InteractiveMessage, kind: str = "interactive") -> Described:
    cards = tuple(_card(card) for card in value.carouselMessage.cards)
    made = [_flow_button(button) for button in value.nativeFlowMessage.buttons]
    title = " · ".join(text for text in (value.header.title, value.header.subtitle) if text)
    return _menu(kind, value.header, title, value.body.text, value.footer.text, made, cards)


def list_menu(value: e2e_pb2.ListMessage) -> Described:
    sections = [_section(section.title, section.rows) for section in value.sections]
    sections += [
        Section(title=products.title or None, rows=tuple(Row(id=item.productID) for item in products.products))
        for products in value.productListInfo.productSections
    ]
    details = ListMenu(
        title=value.title or None,
        body=value.description or None,
        footer=value.footerText or None,
        button=value.buttonText or None,
        sections=tuple(sections),
    )
    return Described("list", value.description or value.title or None, details)


def buttons_reply(value: e2e_pb2.ButtonsResponseMessage) -> Described:
    return _choice("buttons_reply", value.selectedButtonID, value.selectedDisplayText)


def template_reply(value: e2e_pb2.TemplateButtonReplyMessage) -> Described:
    return _choice("template_reply", value.selectedID, value.selectedDisplayText)


def list_reply(value: e2e_pb2.ListResponseMessage) -> Described:
    return _choice("list_reply", value.singleSelectReply.selectedRowID, value.title, description=value.description)


def interactive_reply(value: e2e_pb2.InteractiveResponseMessage) -> Described:
    """A native flow returns JSON; in that of a button or a row `id` is the one that was chosen."""
    flow = value.nativeFlowResponseMessage
    chosen = string(object_of(flow.paramsJSON).get("id"))
    parameters = json_of(flow.paramsJSON)
    return _choice("interactive_reply", chosen, value.body.text, flow=flow.name or None, parameters=parameters)


def _choice(kind: Any, id: str | None, text: str, **more: Any) -> Described:  # noqa: ANN401
    given = {name: value if value != "" else None for name, value in more.items()}
    return Described(kind, text or None, Choice(kind=kind, selected_id=id or None, text=text or None, **given))


def _menu(
    kind: Any,  # noqa: ANN401
    holder: Protobuf,
    title: str,
    body: str,
    footer: str,
    buttons: Iterable[Button],
    cards: tuple[Card, ...] = (),
) -> Described:
    """Describe a message with buttons; `holder` has the attachment of its header."""
    details = Template(
        kind=kind,
        header=_header(holder, title),
        body=body or None,
        footer=footer or None,
        buttons=tuple(buttons),
        cards=cards,
    )
    place = getattr(holder, "locationMessage") if _attachment(holder) == "locationMessage" else None  # noqa: B009
    return Described(kind, body or title or None, details, _media(holder), location_of(place) if place else None)


def _hydrated(value: Any) -> Described:  # noqa: ANN401 - nested protobuf classes carry no types
    made = [_hydrated_button(button) for button in value.hydratedButtons]
    return _menu("template", value, value.hydratedTitleText, value.hydratedContentText, value.hydratedFooterText, made)


def _four_rows(value: Any) -> Described:  # noqa: ANN401
    title, body, footer = map(_structured_text, (value.highlyStructuredMessage, value.content, value.footer))
    made = [_structured_button(button) for button in value.buttons]
    return _menu("template", value, title or "", body or "", footer or "", made)


def _structured_text(value: e2e_pb2.HighlyStructuredMessage) -> str | None:
    parameters = [*value.params] or [parameter.default for parameter in value.localizableParams]
    return " ".join(parameters) or value.elementName or None


def _header(holder: Protobuf, title: str) -> Header | None:
    if attachment := _attachment(holder):
        return Header(type=_ATTACHMENTS[attachment], text=title or None)
    return Header(type="text", text=title) if title else None


def _attachment(holder: Protobuf) -> str | None:
    return next((field.name for field, _ in holder.ListFields() if field.name in _ATTACHMENTS), None)


def _media(holder: Protobuf) -> dict[str, Any] | None:
    attachment = _attachment(holder)
    if attachment == "productMessage":
        return media_of(getattr(holder, attachment).product.productImage) or None
    return media_of(getattr(holder, attachment)) or None if attachment and attachment != "locationMessage" else None


def _card(value: e2e_pb2.InteractiveMessage) -> Card:
    return Card(
        header=_header(value.header, value.header.title),
        body=value.body.text or None,
        footer=value.footer.text or None,
        buttons=tuple(_flow_button(button) for button in value.nativeFlowMessage.buttons),
    )


def _plain_button(value: Any) -> Button:  # noqa: ANN401
    if value.nativeFlowInfo.name:
        return _named_button(value.nativeFlowInfo.name, value.nativeFlowInfo.paramsJSON)
    return Button(action="reply", text=value.buttonText.displayText or None, id=value.buttonID or None)


def _hydrated_button(value: e2e_pb2.HydratedTemplateButton) -> Button:
    if value.HasField("urlButton"):
        return Button(action="url", text=value.urlButton.displayText or None, value=value.urlButton.URL or None)
    if value.HasField("callButton"):
        return Button(action="call", text=value.callButton.displayText or None, value=value.callButton.phoneNumber)
    reply = value.quickReplyButton
    return Button(action="reply", text=reply.displayText or None, id=reply.ID or None)


def _structured_button(value: e2e_pb2.TemplateButton) -> Button:
    if value.HasField("urlButton"):
        url = value.urlButton
        return Button(action="url", text=_structured_text(url.displayText), value=_structured_text(url.URL))
    if value.HasField("callButton"):
        call = value.callButton
        return Button(action="call", text=_structured_text(call.displayText), value=_structured_text(call.phoneNumber))
    reply = value.quickReplyButton
    return Button(action="reply", text=_structured_text(reply.displayText), id=reply.ID or None)


def _flow_button(value: Any) -> Button:  # noqa: ANN401
    return _named_button(value.name, value.buttonParamsJSON)


def _named_button(name: str, parameters: str) -> Button:
    given = object_of(parameters)
    return Button(
        action=_ACTIONS.get(name, name or "reply"),
        text=string(given.get("display_text")) or string(given.get("title")),
        id=string(given.get("id")),
        value=next((text for key in _VALUES if (text := string(given.get(key)))), None),
        sections=tuple(_flow_section(section) for section in _objects(given.get("sections"))),
    )


def _flow_section(given: dict[str, Any]) -> Section:
    rows = [Row(**{name: string(row.get(name)) for name in ("id", "title", "description")}) for row in _rows(given)]
    return Section(title=string(given.get("title")), rows=tuple(rows))


def _rows(section: dict[str, Any]) -> list[dict[str, Any]]:
    return _objects(section.get("rows"))


def _objects(value: object) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _section(title: str, rows: Iterable[Any]) -> Section:
    made = [Row(id=row.rowID or None, title=row.title or None, description=row.description or None) for row in rows]
    return Section(title=title or None, rows=tuple(made))

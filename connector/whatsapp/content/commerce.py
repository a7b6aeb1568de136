"""Orders, products and payments."""

from __future__ import annotations

from typing import Any

from connector.whatsapp.attachments import media_of
from connector.whatsapp.content.described import Described
from connector.whatsapp.content.values import amount, enum_name, moment
from connector.whatsapp.library import e2e_pb2
from gateway.domain.commerce import Amount, Order, Payment, Product


def order(value: e2e_pb2.OrderMessage) -> Described:
    details = Order(
        id=value.orderID or None,
        title=value.orderTitle or None,
        text=value.message or None,
        item_count=value.itemCount,
        total=amount(value.totalAmount1000, value.totalCurrencyCode),
        status=enum_name(value, "status"),
        seller=value.sellerJID or None,
    )
    return Described("order", value.orderTitle or value.message or None, details)


def product(value: e2e_pb2.ProductMessage) -> Described:
    shown, currency = value.product, value.product.currencyCode
    details = Product(
        id=shown.productID or None,
        retailer_id=shown.retailerID or None,
        title=shown.title or value.catalog.title or None,
        description=shown.description or value.catalog.description or None,
        price=amount(shown.priceAmount1000, currency),
        sale_price=amount(shown.salePriceAmount1000, currency) if shown.salePriceAmount1000 else None,
        url=shown.URL or None,
        text=value.body or None,
        footer=value.footer or None,
        seller=value.businessOwnerJID or None,
    )
    image = media_of(shown.productImage if shown.HasField("productImage") else value.catalog.catalogImage)
    return Described("product", details.title, details, image or None)


def payment_sent(value: e2e_pb2.SendPaymentMessage) -> Described:
    return _payment("sent", note=_note(value))


def payment_requested(value: e2e_pb2.RequestPaymentMessage) -> Described:
    asked = _money(value.amount) if value.HasField("amount") else amount(value.amount1000, value.currencyCodeIso4217)
    return _payment("requested", asked, _note(value), value.expiryTimestamp)


def payment_declined(value: e2e_pb2.DeclinePaymentRequestMessage) -> Described:
    return _payment("declined", target=value.key.ID)


def payment_canceled(value: e2e_pb2.CancelPaymentRequestMessage) -> Described:
    return _payment("canceled", target=value.key.ID)


def payment_invite(value: e2e_pb2.PaymentInviteMessage) -> Described:
    return _payment("invited", expires=value.expiryTimestamp)


def invoice(value: e2e_pb2.InvoiceMessage) -> Described:
    return _payment("invoiced", note=value.note)


def split_payment(value: e2e_pb2.SplitPaymentMessage) -> Described:
    return _payment("split", _money(value.totalAmount), value.description)


def payment_reminder(value: e2e_pb2.PaymentReminderMessage) -> Described:
    return _payment("reminded", _money(value.amount), value.description)


def _payment(
    action: Any,  # noqa: ANN401
    sum: Amount | None = None,
    note: str | None = None,
    expires: int = 0,
    target: str | None = None,
) -> Described:
    details = Payment(action=action, amount=sum, note=note or None, expires_at=moment(expires))
    return Described("payment", note or None, details, target_message_id=target or None)


def _note(value: Any) -> str | None:  # noqa: ANN401
    note = value.noteMessage
    return note.conversation or note.extendedTextMessage.text or None


def _money(value: e2e_pb2.Money) -> Amount | None:
    """`offset` is what the value is to be divided by, a power of ten."""
    return amount(value.value, value.currencyCode, max(len(str(value.offset)) - 1, 0))

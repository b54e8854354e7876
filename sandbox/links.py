"""Products, prices and payment links of the sandbox, and what happens when somebody pays one."""

from __future__ import annotations

from typing import Any

from sandbox import objects, payments
from sandbox.account import Account
from sandbox.api_errors import ApiError, invalid, missing, required, unknown
from sandbox.forms import positive, typed, whole, yes
from sandbox.objects import Object, Payer
from sandbox.payments import Terms

LINK_DEFAULTS: Object = {
    "after_completion": {
        "hosted_confirmation": {"custom_message": None},
        "type": "hosted_confirmation",
    },
    "allow_promotion_codes": False,
    "application_fee_amount": None,
    "automatic_tax": {"enabled": False, "liability": None},
    "billing_address_collection": "auto",
    "consent_collection": None,
    "custom_fields": [],
    "custom_text": {"after_submit": None, "shipping_address": None, "submit": None,
                    "terms_of_service_acceptance": None},
    "customer_creation": "if_required",
    "inactive_message": None,
    "invoice_creation": {"enabled": False, "invoice_data": None},
    "optional_items": None,
    "payment_method_collection": "always",
    "payment_method_types": None,
    "phone_number_collection": {"enabled": False},
    "shipping_address_collection": None,
    "submit_type": "auto",
    "subscription_data": None,
    "tax_id_collection": {"enabled": False, "required": "never"},
    "transfer_data": None,
}  # fmt: skip


def create_product(account: Account, params: dict[str, Any]) -> Object:
    """Return a new product."""
    if not params.get("name"):
        raise required("name")
    created = account.clock.timestamp
    product = {
        "id": params.get("id") or account.new_id("product"), "object": "product", "active": True,
        "created": created, "default_price": None, "description": params.get("description"),
        "images": [], "livemode": False, "marketing_features": [],
        "metadata": params.get("metadata") or {}, "name": params["name"],
        "package_dimensions": None, "shippable": None,
        "statement_descriptor": params.get("statement_descriptor"), "tax_code": None,
        "type": "service", "unit_label": None, "updated": created, "url": None,
    }  # fmt: skip
    if product["id"] in account.shelves["product"]:
        raise ApiError(400, "Product already exists.", code="resource_already_exists")
    return account.add("product", product, "product.created")


def create_price(account: Account, params: dict[str, Any]) -> Object:
    """Return a new price, fixed or open."""
    currency = payments.known_currency(params)
    custom = params.get("custom_unit_amount") or {}
    is_open = yes(custom.get("enabled"))
    amount = None if is_open else positive(params, "unit_amount")
    product = str(params.get("product"))
    if params.get("product_data"):
        product = str(create_product(account, params["product_data"])["id"])
    if product not in account.shelves["product"]:
        raise missing("product", product, "product")
    limits = {
        name: whole(custom, name) if custom.get(name) else None
        for name in ("minimum", "maximum", "preset")
    }
    price = {
        "id": account.new_id("price"), "object": "price", "active": True,
        "billing_scheme": "per_unit", "created": account.clock.timestamp,
        "currency": currency, "custom_unit_amount": limits if is_open else None,
        "livemode": False, "lookup_key": params.get("lookup_key"),
        "metadata": params.get("metadata") or {}, "nickname": params.get("nickname"),
        "product": product, "recurring": None, "tax_behavior": "unspecified", "tiers_mode": None,
        "transform_quantity": None, "type": "one_time", "unit_amount": amount,
        "unit_amount_decimal": None if amount is None else str(amount),
    }  # fmt: skip
    return account.add("price", price, "price.created")


def create_payment_link(account: Account, params: dict[str, Any]) -> Object:
    """Return a new payment link with the address of its page."""
    items = params.get("line_items")
    if not items:
        raise required("line_items")
    limit = (params.get("restrictions") or {}).get("completed_sessions")
    sessions = (
        {"completed_sessions": {"count": 0, "limit": positive(limit, "limit")}} if limit else None
    )
    lines = [_line(account, item) for item in items]
    code = account.new_id("link_code")
    given = {name: typed(value) for name, value in params.items() if name in LINK_DEFAULTS}
    link = {
        "id": account.new_id("payment_link"), "object": "payment_link", "active": True,
        **LINK_DEFAULTS, **given,
        "currency": lines[0]["price"]["currency"],
        "livemode": False,
        "metadata": params.get("metadata") or {},
        "payment_intent_data": _intent_data(params.get("payment_intent_data")),
        "restrictions": sessions,
        "url": account.pay_page(code),
    }  # fmt: skip
    account.link_of_code[code] = link["id"]
    account.line_items[link["id"]] = lines
    return account.add("payment_link", link, "payment_link.created")


def amount_asked(account: Account, link_id: str) -> int | None:
    """Return what the link asks for; None when the payer decides."""
    lines = account.line_items[link_id]
    if any(line["price"]["unit_amount"] is None for line in lines):
        return None
    return sum(int(line["price"]["unit_amount"]) * int(line["quantity"]) for line in lines)


def pay_link(
    account: Account,
    link_id: str,
    payer: Payer,
    amount: int | None = None,
    terms: Terms | None = None,
) -> Object:
    """Let somebody pay through a link; return the charge.

    ApiError when the link is closed, or when the amount is not what the link allows.
    """
    link = account.shelves["payment_link"][link_id]
    if not link["active"]:
        raise ApiError(400, "This payment link is no longer active.", code="payment_link_inactive")
    asked = amount_asked(account, link_id)
    if asked is None and not amount:
        raise required("amount")
    if asked is not None and amount not in (None, asked):
        raise invalid("amount", "This payment link asks for another amount.")
    session = objects.checkout_session(
        account.new_id("checkout_session"), account.clock.timestamp, link, payer
    )
    return _complete(account, link, session, payer, int(asked or amount or 0), terms or Terms())


def _complete(
    account: Account, link: Object, session: Object, payer: Payer, amount: int, terms: Terms
) -> Object:
    extra = link["payment_intent_data"] or {}
    customer = None
    if link["customer_creation"] == "always":
        customer = create_customer(
            account, {"name": payer.name, "email": payer.email, "phone": payer.phone}
        )["id"]
    intent = payments.new_intent(
        account, amount, link["currency"], extra.get("metadata") or {},
        extra.get("description"), customer,
    )  # fmt: skip
    charge = payments.confirm(account, intent, payer, terms)
    is_done = charge["status"] != "failed"
    session |= {
        "amount_subtotal": amount, "amount_total": amount, "customer": customer,
        "payment_intent": intent["id"], "status": "complete" if is_done else "open",
        "payment_status": "paid" if charge["status"] == "succeeded" else "unpaid",
    }  # fmt: skip
    account.line_items[session["id"]] = account.line_items[link["id"]]
    account.add("checkout_session", session)
    if is_done:
        account.session_of_intent[intent["id"]] = session["id"]
        account.emit("checkout.session.completed", session)
        _count_session(account, link)
    return charge


def create_customer(account: Account, params: dict[str, Any]) -> Object:
    """Return a new customer."""
    customer: Object = {
        "id": account.new_id("customer"), "object": "customer",
        "address": params.get("address"), "balance": 0, "created": account.clock.timestamp,
        "currency": None, "default_source": None, "delinquent": False,
        "description": params.get("description"), "email": params.get("email"),
        "invoice_prefix": "SANDBOX", "livemode": False, "metadata": params.get("metadata") or {},
        "name": params.get("name"), "phone": params.get("phone"), "preferred_locales": [],
        "shipping": None, "tax_exempt": "none",
    }  # fmt: skip
    return account.add("customer", customer, "customer.created")


def _count_session(account: Account, link: Object) -> None:
    if link["restrictions"] is None:
        return
    sessions = link["restrictions"]["completed_sessions"]
    sessions["count"] += 1
    if sessions["count"] >= sessions["limit"]:
        link["active"] = False
        account.emit("payment_link.updated", link)


def _line(account: Account, item: dict[str, Any]) -> Object:
    quantity = positive(item, "quantity", 1)
    price_id = str(item.get("price"))
    if item.get("price_data"):
        if "custom_unit_amount" in item["price_data"]:  # Stripe wants a price of its own
            raise unknown("line_items[0][price_data][custom_unit_amount]")
        price_id = str(create_price(account, item["price_data"])["id"])
    if price_id not in account.shelves["price"]:
        raise missing("price", price_id, "line_items[0][price]")
    price = account.shelves["price"][price_id]
    total = (price["unit_amount"] or 0) * quantity
    name = account.shelves["product"][price["product"]]["name"]
    return {
        "id": f"li_{price_id[6:]}", "object": "item", "amount_discount": 0,
        "amount_subtotal": total, "amount_tax": 0, "amount_total": total,
        "currency": price["currency"], "description": name, "price": price, "quantity": quantity,
    }  # fmt: skip


def _intent_data(given: Any) -> Object | None:
    if not given:
        return None
    names = ("capture_method", "description", "setup_future_usage", "statement_descriptor",
             "statement_descriptor_suffix", "transfer_group")  # fmt: skip
    return {"metadata": given.get("metadata") or {}, **{name: given.get(name) for name in names}}

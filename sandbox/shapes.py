"""Which parameters hold text, a list or an object: anything else is refused before it is read."""

from __future__ import annotations

from typing import Any

from sandbox.api_errors import invalid

CHECKED_OBJECTS = frozenset(
    {"price_data", "product_data", "restrictions", "completed_sessions", "custom_unit_amount",
     "parameters", "payment_intent_data", "metadata", "address"}
)  # fmt: skip
FREE_OBJECTS = frozenset(
    {"after_completion", "automatic_tax", "consent_collection", "custom_text", "evidence",
     "invoice_creation", "phone_number_collection", "shipping_address_collection",
     "subscription_data", "tax_id_collection", "transfer_data", "payment_method_options",
     "automatic_payment_methods", "shipping", "recurring"}
)  # fmt: skip
TEXT_LISTS = frozenset(
    {"expand", "types", "ids", "lookup_keys", "enabled_events", "payment_method_types", "columns"}
)
CHECKED_LISTS = frozenset({"line_items"})
FREE_LISTS = frozenset({"custom_fields", "optional_items", "images", "shipping_options"})


def check(params: dict[str, Any], inside: str = "") -> None:
    """Raise ApiError when a parameter has another shape than Stripe takes."""
    for name, value in params.items():
        full_name = f"{inside}[{name}]" if inside else name
        # Whoever calls a key of their metadata `expand` still means text.
        known = (
            _TAKES.get(name) if inside != "metadata" and not inside.endswith("[metadata]") else None
        )
        takes = known or _text
        takes(full_name, value)


def _text(name: str, value: Any) -> None:
    if not isinstance(value, str):
        raise invalid(name, f"Invalid string: {name} takes a single value.")


def _moment_or_range(name: str, value: Any) -> None:
    if isinstance(value, dict):
        check(value, name)
    else:
        _text(name, value)


def _object(name: str, value: Any) -> None:
    # An empty value takes the object away.
    if not isinstance(value, dict) and value != "":
        raise invalid(name, f"Invalid object: {name} takes named values.")


def _checked_object(name: str, value: Any) -> None:
    _object(name, value)
    if value:
        check(value, name)


def _list(name: str, value: Any) -> None:
    if not isinstance(value, list):
        raise invalid(name, f"Invalid array: {name} takes a list.")


def _texts(name: str, value: Any) -> None:
    _list(name, value)
    for one in value:
        _text(name, one)


def _checked_objects(name: str, value: Any) -> None:
    _list(name, value)
    for number, one in enumerate(value):
        if not isinstance(one, dict):
            raise invalid(name, f"Invalid object: {name}[{number}] takes named values.")
        check(one, f"{name}[{number}]")


_TAKES = {
    **dict.fromkeys(CHECKED_OBJECTS, _checked_object),
    **dict.fromkeys(FREE_OBJECTS, _object),
    **dict.fromkeys(TEXT_LISTS, _texts),
    **dict.fromkeys(CHECKED_LISTS, _checked_objects),
    **dict.fromkeys(FREE_LISTS, _list),
    "created": _moment_or_range,
    "arrival_date": _moment_or_range,
}

"""What the sandbox's Stripe answers to each request: lists, single objects, expansions.

What makes or changes objects is in `changes.py`; HTTP itself is in `stripe_server.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from sandbox import changes, forms, shapes
from sandbox.account import PREFIXES, Account
from sandbox.api_errors import ApiError, invalid, missing, unknown
from sandbox.objects import Object
from sandbox.shelf import Query

Params = dict[str, Any]


@dataclass(frozen=True)
class Collection:
    """One kind of object under `/v1`: what can be filtered, made, changed and done."""

    kind: str
    filters: tuple[str, ...] = ()
    create: Callable[[Account, Params], Object] | None = None
    update: Callable[[Account, Object, Params], None] | None = None
    actions: dict[str, Callable[[Account, Object, Params], Object]] = field(default_factory=dict)


COLLECTIONS = {
    "products": Collection("product", ("active", "ids"), changes.create_product, changes.update),
    "prices": Collection("price", ("active", "product", "currency", "type", "lookup_keys"),
                         changes.create_price, changes.update),
    "payment_links": Collection("payment_link", ("active",), changes.create_payment_link,
                                changes.update, {"line_items": changes.line_items}),
    "checkout/sessions": Collection(
        "checkout_session", ("payment_link", "payment_intent", "customer", "status"),
        None, changes.update, {"line_items": changes.line_items}),
    "customers": Collection("customer", ("email",), changes.create_customer, changes.update),
    "payment_intents": Collection("payment_intent", ("customer",), changes.create_payment_intent,
                                  changes.update, {"confirm": changes.confirm_payment_intent,
                                                   "capture": changes.capture_payment_intent,
                                                   "cancel": changes.cancel_payment_intent}),
    "charges": Collection("charge", ("customer", "payment_intent", "transfer_group"),
                          None, changes.update, {"refunds": changes.refunds_of_charge}),
    "balance_transactions": Collection("balance_transaction",
                                       ("type", "source", "currency", "payout", "balance_type")),
    "refunds": Collection("refund", ("charge", "payment_intent"), changes.create_refund,
                          changes.update),
    "disputes": Collection("dispute", ("charge", "payment_intent"), None,
                           changes.update_dispute, {"close": changes.close_dispute}),
    "payouts": Collection("payout", ("status", "destination", "arrival_date"),
                          changes.create_payout, changes.update,
                          {"cancel": changes.cancel_payout}),
    "events": Collection("event", ("type", "types", "delivery_success")),
    "reporting/report_runs": Collection("report_run", (), changes.create_report_run),
    "webhook_endpoints": Collection("webhook_endpoint", (), changes.create_webhook_endpoint,
                                    changes.update),
    "files": Collection("file", ("purpose",), None, None, {"contents": changes.contents_of_file}),
}  # fmt: skip
LIST_PARAMS = frozenset({"limit", "starting_after", "ending_before", "created", "expand"})
KIND_OF_PREFIX = {
    prefix: "charge" if kind == "payment" else kind for kind, prefix in PREFIXES.items()
}


def answer(account: Account, method: str, path: str, params: Params) -> Object:
    """Return the answer to one request; ApiError when it is refused."""
    shapes.check(params)
    reply = _single(account, path) if method == "GET" else None
    if reply is None:
        reply = _from_collection(account, method, path, params)
    for expansion in params.get("expand", []):
        reply = expand(account, reply, expansion.split("."), expansion)
    return reply


def _single(account: Account, path: str) -> Object | None:
    if path in ("account", f"accounts/{account.account['id']}"):
        return account.account
    if path == "balance":
        return account.balance()
    if path == "accounts":
        return _list(path, [], False)
    return None


def _from_collection(account: Account, method: str, path: str, params: Params) -> Object:
    name, rest = _split(method, path)
    collection = COLLECTIONS[name]
    if not rest:
        if method == "GET":
            return list_objects(account, name, collection, params)
        if collection.create is not None:
            return collection.create(account, params)
        raise _unrecognised(method, path)
    thing = _find(account, collection.kind, rest[0])
    if len(rest) == 2 and rest[1] in collection.actions:
        return collection.actions[rest[1]](account, thing, params)
    if len(rest) > 1:
        raise _unrecognised(method, path)
    if method == "POST":
        if collection.update is None:
            raise _unrecognised(method, path)
        collection.update(account, thing, params)
    return thing


def list_objects(account: Account, name: str, collection: Collection, params: Params) -> Object:
    """Return one page of a collection."""
    for param in params:
        if param not in LIST_PARAMS and param not in collection.filters:
            raise unknown(param)
    limit = forms.whole(params, "limit", 10)
    if not 1 <= limit <= 100:
        raise invalid("limit", "This value must be between 1 and 100 (inclusive).")
    shelf = account.shelves[collection.kind]
    for cursor in ("starting_after", "ending_before"):
        if cursor in params and params[cursor] not in shelf:
            raise missing(collection.kind, params[cursor], cursor)
    payout = params.get("payout")
    query = Query(
        limit,
        params.get("starting_after"),
        params.get("ending_before"),
        _range(params.get("created")),
        _wanted({name: params[name] for name in collection.filters if name in params}),
    )
    among = None if payout is None else _rows_of(account, payout)
    found, has_more = shelf.page(query, among)
    return _list(name, found, has_more)


def expand(account: Account, thing: Any, path: list[str], whole: str) -> Any:
    """Return the object with the id at the path replaced by what it names."""
    if isinstance(thing, list):
        return [expand(account, one, path, whole) for one in thing]
    if not path or not isinstance(thing, dict):
        return thing
    name, rest = path[0], path[1:]
    if name not in thing:
        return _expand_included(account, thing, name, whole)
    value = thing[name]
    if isinstance(value, str):
        value = _resolve(account, value, whole)
    return {**thing, name: expand(account, value, rest, whole)}


def _expand_included(account: Account, thing: Object, name: str, whole: str) -> Object:
    """Return the object with a list that Stripe only includes when asked to."""
    if name == "refunds" and thing.get("object") == "charge":
        return {**thing, name: changes.refunds_of_charge(account, thing, {})}
    if name == "line_items" and thing.get("id") in account.line_items:
        return {**thing, name: changes.line_items(account, thing, {})}
    # One list holds objects of several kinds: what one lacks another may have.
    if thing.get("object") in KIND_OF_PREFIX.values() and whole.startswith("data.source."):
        return thing
    raise invalid("expand", f"This property cannot be expanded ({whole}).")


def _resolve(account: Account, object_id: str, whole: str) -> Any:
    if object_id == account.bank_id:
        return account.account["external_accounts"]["data"][0]
    for prefix, kind in KIND_OF_PREFIX.items():
        if object_id.startswith(prefix) and kind in account.shelves:
            shelf = account.shelves[kind]
            if object_id in shelf:
                return shelf[object_id]
    raise invalid("expand", f"This property cannot be expanded ({whole}).")


def _split(method: str, path: str) -> tuple[str, list[str]]:
    parts = path.strip("/").split("/")
    for length in (2, 1):
        name = "/".join(parts[:length])
        if name in COLLECTIONS:
            return name, parts[length:]
    raise _unrecognised(method, path)


def _unrecognised(method: str, path: str) -> ApiError:
    return ApiError(404, f"Unrecognized request URL ({method}: /v1/{path}).")


def _find(account: Account, kind: str, object_id: str) -> Object:
    shelf = account.shelves[kind]
    if object_id not in shelf:
        raise missing(kind.replace("_", " "), object_id)
    return shelf[object_id]


def _list(name: str, found: Iterable[Object], has_more: bool) -> Object:
    return {"object": "list", "data": list(found), "has_more": has_more, "url": f"/v1/{name}"}


def _range(created: Any) -> dict[str, int]:
    if created is None:
        return {}
    if isinstance(created, dict):
        if unknown_parts := set(created) - {"gte", "gt", "lte", "lt"}:
            raise unknown(f"created[{unknown_parts.pop()}]")
        return {name: forms.whole(created, name) for name in created}
    moment = forms.whole({"created": created}, "created")
    return {"gte": moment, "lte": moment}


def _wanted(filters: Params) -> dict[str, Any]:
    """Return which field must have which value."""
    wanted = {name: forms.typed(value) for name, value in filters.items() if name != "payout"}
    for plural, field_name in (("ids", "id"), ("types", "type"), ("lookup_keys", "lookup_key")):
        if plural in wanted:
            wanted[field_name] = frozenset(wanted.pop(plural))
    wanted.pop("delivery_success", None)
    if "arrival_date" in wanted:
        wanted["arrival_date"] = forms.whole(wanted, "arrival_date")
    return wanted


def _rows_of(account: Account, payout_id: str) -> list[str]:
    if payout_id not in account.shelves["payout"]:
        raise missing("payout", payout_id, "payout")
    if not account.shelves["payout"][payout_id]["automatic"]:
        raise invalid(
            "payout",
            "Balance transaction history can only be filtered on automatic transfers, not manual.",
        )
    return account.rows_of_payout[payout_id]

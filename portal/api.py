"""The API for machines: what pages show and do, as JSON, described by OpenAPI 3.1.

A machine shows a key (`Authorization: Bearer pl_…`) that its owner made under "My account". Lists
come in pages: `next` is the cursor of the page that follows, or null. Errors are problem+json.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal, TypeVar

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel

from campaign.accounts import clean_email
from campaign.errors import InputError
from campaign.lists.phones import to_e164
from campaign.roles import Permission
from config.clock import now, real_now
from portal import runs
from portal.access import Needs, NotFoundError, SignInNeededError, decided_by, sight_of
from portal.api_shapes import (
    AuditOut,
    BatchOut,
    CampaignOut,
    DecideIn,
    DecideOut,
    ExceptionOut,
    FunnelOut,
    Page,
    PlanOut,
    Problem,
    ReconciliationOut,
    ReportOut,
    ResolveIn,
    RunOut,
    StartIn,
    SuggestionOut,
    SuppressIn,
    SuppressOut,
    TeamOut,
)
from portal.director import start_publishing
from portal.forms import read
from portal.pages import render
from portal.startable import startable
from portal.treasurer import decide_about, resolve_all
from store import audit, portal_books, portal_campaigns, portal_guard, reports
from store.portal_sessions import Viewer, viewer_of_token
from store.session import unit_of_work
from store.suppressions import Subject, suppress_many

Row = TypeVar("Row", bound=BaseModel)
_PG_BIGINT = 2**63 - 1

_PROBLEM = {"$ref": "#/components/schemas/Problem"}
_PROBLEMS: dict[int | str, dict[str, Any]] = {
    code: {
        "description": text,
        "content": {"application/problem+json": {"schema": _PROBLEM}},
    }
    for code, text in {
        400: "The request cannot be read",
        401: "The key is missing, wrong or over",
        403: "The key does not allow this",
        404: "There is no such thing, or it is not yours to see",
        409: "Not in this state",
        422: "The values cannot be used",
        503: "A service that this needs does not answer",
    }.items()
}
router = APIRouter(prefix="/api/v1", responses=_PROBLEMS)
_bearer = HTTPBearer(auto_error=False, description="A key from My account")


def with_token(
    given: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> Viewer:
    """Return for whom a machine acts."""
    if given is not None:
        with unit_of_work() as session:
            viewer = viewer_of_token(session, given.credentials, real_now())
        if viewer is not None:
            return viewer
    raise SignInNeededError("Send a key that still holds: 'Authorization: Bearer pl_…'.")


class KeyNeeds(Needs):
    """What a machine's key must allow."""

    async def __call__(self, viewer: Annotated[Viewer, Depends(with_token)]) -> Viewer:
        """Return for whom the machine acts; refuse what the key does not allow."""
        return await super().__call__(viewer)


_P = Permission
CampaignKey = Annotated[Viewer, Depends(KeyNeeds(_P.VIEW_CAMPAIGNS))]
ListKey = Annotated[Viewer, Depends(KeyNeeds(_P.IMPORT_LISTS))]
PlanKey = Annotated[Viewer, Depends(KeyNeeds(_P.PLAN_CALLS))]
FlowKey = Annotated[Viewer, Depends(KeyNeeds(_P.TRIGGER_FLOWS))]
BookKey = Annotated[Viewer, Depends(KeyNeeds(_P.VIEW_BOOKS))]
KeepKey = Annotated[Viewer, Depends(KeyNeeds(_P.KEEP_BOOKS))]
SuppressKey = Annotated[Viewer, Depends(KeyNeeds(_P.SUPPRESS))]
AuditKey = Annotated[Viewer, Depends(KeyNeeds(_P.VIEW_AUDIT))]
Limit = Annotated[int, Query(ge=1, le=500, description="Rows a page")]
Cursor = Annotated[int | None, Query(ge=1, le=_PG_BIGINT, description="`next` of the last page")]
Number = Annotated[int, Path(ge=1, le=_PG_BIGINT)]


def _page(model: type[Row], rows: Sequence[Any], limit: int) -> Page[Row]:
    shown = rows[:limit]
    following = shown[-1].id if len(rows) > limit else None
    data = [model.model_validate(row) for row in shown]
    return Page[model](data=data, next=following)  # type: ignore[valid-type] # a model as a value


# Campaigns -------------------------------------------------------------------------------


@router.get("/campaigns")
def list_campaigns(viewer: CampaignKey) -> list[CampaignOut]:
    """Return every campaign, the newest first."""
    with sight_of(viewer) as session:
        return [CampaignOut.model_validate(card) for card in portal_campaigns.campaigns(session)]


@router.get("/campaigns/{code}/funnel")
def campaign_funnel(viewer: CampaignKey, code: str) -> FunnelOut:
    """Return how a campaign's donors came along."""
    with sight_of(viewer) as session:
        card = portal_campaigns.campaign_by_code(session, code)
        if card is None:
            raise NotFoundError("There is no such campaign.")
        return FunnelOut.model_validate(portal_campaigns.funnel(session, card.id))


@router.get("/teams")
def list_teams(viewer: CampaignKey) -> list[TeamOut]:
    """Return every team's scorecard."""
    with sight_of(viewer) as session:
        return [TeamOut.model_validate(card) for card in portal_campaigns.scorecards(session)]


@router.get("/lists")
def list_batches(viewer: ListKey, limit: Limit = 50, cursor: Cursor = None) -> Page[BatchOut]:
    """Return the lists that were brought in, the newest first."""
    with sight_of(viewer) as session:
        rows = portal_campaigns.batches(session, limit + 1, cursor)
    return _page(BatchOut, rows, limit)


@router.get("/plans")
def list_plans(viewer: PlanKey, limit: Limit = 50, cursor: Cursor = None) -> Page[PlanOut]:
    """Return the plans, the newest first."""
    with sight_of(viewer) as session:
        rows = portal_campaigns.plans(session, limit + 1, cursor)
    return _page(PlanOut, rows, limit)


@router.get("/plans/{plan_id}")
def one_plan(viewer: PlanKey, plan_id: Number) -> PlanOut:
    """Return one plan."""
    with sight_of(viewer) as session:
        found = portal_campaigns.plan(session, plan_id)
    if found is None:
        raise NotFoundError("There is no such plan.")
    return PlanOut.model_validate(found)


@router.post("/plans/{plan_id}/publication", status_code=202)
def publish_plan(viewer: PlanKey, plan_id: Number) -> RunOut:
    """Approve a plan in the name of the key's owner, and start handing it to the teams."""
    return RunOut.model_validate(runs.one(start_publishing(viewer, plan_id)))


# Flows -----------------------------------------------------------------------------------


@router.get("/runs")
def list_runs(viewer: FlowKey, limit: Annotated[int, Query(ge=1, le=200)] = 30) -> list[RunOut]:
    """Return the latest runs."""
    assert viewer.may(_P.TRIGGER_FLOWS)
    return [RunOut.model_validate(run) for run in runs.recent(limit)]


@router.post("/runs", status_code=202)
def start_run(viewer: FlowKey, asked: StartIn) -> RunOut:
    """Start a flow."""
    flow = startable(asked.flow)
    unknown = sorted(set(asked.request) - set(flow.request.model_fields))
    if unknown:
        raise InputError(f"The flow knows no {', '.join(unknown)[:80]!r}.")
    values = {name: value for name, value in asked.request.items() if value not in (None, False)}
    run_id = runs.start(flow, read(flow.request, values), viewer.actor)
    with decided_by(viewer) as session:
        audit.append(session, "flow.start", f"run:{run_id}", {"flow": flow.name})
    return RunOut.model_validate(runs.one(run_id))


@router.get("/runs/{run_id}")
def one_run(viewer: FlowKey, run_id: str) -> RunOut:
    """Return one run."""
    assert viewer.may(_P.TRIGGER_FLOWS)
    return RunOut.model_validate(runs.one(run_id))


# Books -----------------------------------------------------------------------------------


@router.get("/reconciliations")
def list_reconciliations(
    viewer: BookKey, limit: Limit = 20, cursor: Cursor = None
) -> Page[ReconciliationOut]:
    """Return the reconciliations, the newest first."""
    with sight_of(viewer) as session:
        rows = portal_books.reconciliations(session, limit + 1, cursor)
    return _page(ReconciliationOut, rows, limit)


@router.get("/exceptions")
def list_exceptions(
    viewer: BookKey,
    status: Literal["open", "resolved"] = "open",
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[ExceptionOut]:
    """Return what does not fit, in the order in which it was opened."""
    with sight_of(viewer) as session:
        rows = portal_books.exceptions(session, status, limit + 1, cursor or 0)
    return _page(ExceptionOut, rows, limit)


@router.post("/exceptions/{number}/resolution")
def resolve_exception(viewer: KeepKey, number: Number, asked: ResolveIn) -> ExceptionOut:
    """Decide about an exception; the next reconciliation keeps to it."""
    if (asked.answer == "pledge") != (asked.pledge is not None):
        raise InputError("Name a pledge with the answer 'pledge', and with no other.")
    with sight_of(viewer) as session:
        if portal_books.exception(session, number) is None:
            raise NotFoundError("There is no such exception.")
    answer = f"pledge:{asked.pledge}" if asked.pledge else asked.answer
    resolve_all(viewer, [(str(number), answer)], asked.because)
    with sight_of(viewer) as session:
        return ExceptionOut.model_validate(portal_books.exception(session, number))


@router.get("/suggestions")
def list_suggestions(viewer: BookKey, limit: Limit = 50) -> list[SuggestionOut]:
    """Return the payments that probably pay a pledge, the surest first."""
    with sight_of(viewer) as session:
        return [SuggestionOut(**row) for row in portal_books.suggestions(session, limit)]


@router.post("/suggestions/decisions")
def decide_suggestions(viewer: KeepKey, asked: DecideIn) -> DecideOut:
    """Confirm or refuse suggestions, all or none."""
    return DecideOut(decided=decide_about(viewer, asked.ids, asked.verdict, asked.because))


@router.get("/reports")
def list_reports(viewer: BookKey) -> list[ReportOut]:
    """Return packages and filings, the newest first."""
    with sight_of(viewer) as session:
        return [ReportOut.model_validate(one) for one in reports.all_reports(session)]


# Guard -----------------------------------------------------------------------------------


@router.post("/suppressions")
def suppress(viewer: SuppressKey, asked: SuppressIn) -> SuppressOut:
    """Suppress a number or an address at once, everywhere."""
    if (asked.phone is None) == (asked.email is None):
        raise InputError("Name a phone or an email, one of the two.")
    subject = Subject(email=clean_email(asked.email)) if asked.email is not None else None
    if asked.phone is not None:
        number = to_e164(asked.phone)
        if number is None:
            raise InputError("This is not a telephone number.")
        subject = Subject(phone_e164=number)
    assert subject is not None
    with decided_by(viewer) as session:
        effect = suppress_many(
            session, asked.kind, [subject], source="api", reason=asked.reason, now=now()
        )
    return SuppressOut(new=effect.new, donors=effect.donors, withdrawn=effect.withdrawn)


@router.get("/audit")
def list_audit(viewer: AuditKey, limit: Limit = 100, cursor: Cursor = None) -> Page[AuditOut]:
    """Return the audit log, the newest first."""
    with sight_of(viewer) as session:
        rows = portal_guard.audit_lines(session, before=cursor, limit=limit + 1)
    return _page(AuditOut, rows, limit)


# What it says of itself ------------------------------------------------------------------


@router.get("/openapi.json", include_in_schema=False)
def description() -> Response:
    """Return the API's description, OpenAPI 3.1."""
    return JSONResponse(openapi())


def openapi() -> dict[str, Any]:
    """Return what the API takes and answers."""
    schema = get_openapi(
        title="Pledgeline",
        version="1",
        openapi_version="3.1.0",
        description=(__doc__ or "").strip(),
        routes=router.routes,
    )
    schema["components"]["schemas"]["Problem"] = Problem.model_json_schema()
    return schema


@router.get("/docs", include_in_schema=False)
def docs(request: Request) -> Response:
    """Show the description to people."""
    return render(request, "api.html", None, schema=openapi())

"""Who may be one person: the pairs that wait, by why they wait, and what is decided of them."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form, Query, Request, Response

from campaign.roles import Permission
from config.clock import now
from portal.access import Needs, NotFoundError, decided_by, sight_of
from portal.pages import account_names, go, render
from portal.words import several
from store import audit, donor_pairs, unmerging
from store.portal_sessions import Viewer

router = APIRouter(prefix="/pairs")
Importer = Annotated[Viewer, Depends(Needs(Permission.IMPORT_LISTS))]
Verdict = Annotated[Literal["merged", "not_same"], Form()]
_SHOWN = 25


@router.get("")
def pairs_page(
    request: Request, viewer: Importer, after: Annotated[int, Query(ge=0, lt=2**63)] = 0
) -> Response:
    """Show what kinds of pairs wait, how many of each, and what was answered, the latest first."""
    with sight_of(viewer) as session:
        found = donor_pairs.kinds(session)
        answered = donor_pairs.answered(session, _SHOWN + 1, after)
    if answered:
        with decided_by(viewer) as session:
            audit.append(session, "pairs.look", "answered", {"pairs": len(answered[:_SHOWN])})
    return render(
        request,
        "pairs.html",
        viewer,
        kinds=found,
        answered=answered[:_SHOWN],
        has_more=len(answered) > _SHOWN,
        after=after,
        shown=_SHOWN,
        names=account_names(),
    )


@router.get("/{kind}")
def kind_page(
    request: Request, viewer: Importer, kind: str, after: Annotated[int, Query(ge=0)] = 0
) -> Response:
    """Show pairs of a kind side by side, the likeliest first."""
    with sight_of(viewer) as session:
        kinds = {
            each.code: (each, share, count) for each, share, count in donor_pairs.kinds(session)
        }
        if kind not in kinds:
            raise NotFoundError("No pair of this kind waits.")
        found = donor_pairs.waiting(session, kind, first=_SHOWN, after=after)
    told, share, count = kinds[kind]
    with decided_by(viewer) as session:
        audit.append(session, "pairs.look", f"kind:{kind}", {"pairs": len(found)})
    return render(
        request,
        "pairs_kind.html",
        viewer,
        kind=told,
        share=share,
        count=count,
        pairs=found,
        after=after,
        shown=_SHOWN,
    )


@router.post("/apart")
def part(viewer: Importer, donor: Annotated[int, Form(ge=1)]) -> Response:
    """Take it back that a donor and another are one person."""
    with decided_by(viewer) as session:
        done = unmerging.undo_merge(session, donor, by=viewer.actor, now=now())
    said = f"Taken back: {done['kept']} and {done['gone']} are two people again."
    return go("/pairs", f"{said} What came with each went back to it.")


@router.post("/{kind}")
def decide_one(
    viewer: Importer,
    kind: str,
    first: Annotated[int, Form(ge=1)],
    second: Annotated[int, Form(ge=1)],
    verdict: Verdict,
) -> Response:
    """Keep what is said of two people."""
    with decided_by(viewer) as session:
        donor_pairs.decide(session, first, second, verdict, by=viewer.actor, now=now())
        left = any(each.code == kind for each, _, _ in donor_pairs.kinds(session))
    said = "are one person" if verdict == "merged" else "are two people"
    return go(f"/pairs/{kind}" if left else "/pairs", f"Kept: {first} and {second} {said}.")


@router.post("/{kind}/all")
def decide_all(viewer: Importer, kind: str, verdict: Verdict) -> Response:
    """Keep one answer to every pair of a kind, each as a decision of its own."""
    return go("/pairs", answer_all(viewer, kind, verdict))


def answer_all(viewer: Viewer, kind: str, verdict: str, batch_id: int | None = None) -> str:
    """Answer all pairs of a kind, of every list or of one; return what was done, in a sentence."""
    with decided_by(viewer) as session:
        done = donor_pairs.answer_kind(
            session, kind, verdict, by=viewer.actor, now=now(), keep=True, batch_id=batch_id
        )
    said = "one person each" if verdict == "merged" else "two people each"
    kept = f"Kept: {several(done[verdict], 'pair', 'pairs')}, {said}."
    left = f" {several(done['left'], 'pair waits', 'pairs wait')} on." if done["left"] else ""
    return kept + left

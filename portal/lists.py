"""Donor lists: bring a file, look at what it is, map its columns, import, read the account."""

from __future__ import annotations

import hashlib
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, File, Form, Request, Response, UploadFile
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import FileResponse, HTMLResponse

from campaign.errors import FileError, InputError, PledgelineError, StateError
from campaign.lists.fields import IGNORE, KEEP, field_names
from campaign.lists.formats import Column, Mapping, known_formats
from campaign.lists.mapping_files import to_toml
from campaign.lists.recognise import names_people, recognise
from campaign.requests import ImportRequest
from campaign.roles import Permission
from config.clock import now
from config.scratch import scratch
from config.settings import settings
from gateways.donor_files import ListFile, open_list
from portal import runs
from portal.access import Needs, NotFoundError, decided_by, sight_of
from portal.pages import Before, go, render, static
from portal.pairs import Verdict, answer_all
from portal.startable import IMPORT
from store import audit, donor_pairs, lists, places, undoing
from store import portal_campaigns as figures
from store.portal_sessions import Viewer

router = APIRouter(prefix="/lists")
Importer = Annotated[Viewer, Depends(Needs(Permission.IMPORT_LISTS))]
_CODE = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,39}$")
_TOKEN = re.compile(r"^[0-9a-f]{24}$")
_SHOWN = 100  # lists
_SHOWN_ROWS = 5
# What Great Expectations' page brings from elsewhere, and its scripts.
_FOREIGN = re.compile(
    r"<script\b.*?</script>|<(?:script|link|img)\b[^>]*>|\son\w+=\"[^\"]*\"|<footer\b.*?</footer>",
    re.DOTALL | re.IGNORECASE,
)
_ELSEWHERE = re.compile(r"<a\b[^>]*href=\"(?!#)[^>]*>(.*?)</a>", re.DOTALL | re.IGNORECASE)
# What it leaves blank, of a run that has no name.
_BLANK = re.compile(r"<tr>(?:(?!<tr>).)*?__none__.*?</tr>|Data asset: None<br>", re.DOTALL)
_DOCS_POLICY = (
    "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src data:; font-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "sandbox allow-same-origin allow-top-navigation-by-user-activation"
)


@router.get("")
def lists_page(request: Request, viewer: Importer, before: Before = None) -> Response:
    """Show the lists that came in, and take another."""
    with sight_of(viewer) as session:
        found = figures.batches(session, _SHOWN + 1, before)
    return render(
        request,
        "lists.html",
        viewer,
        batches=found[:_SHOWN],
        has_more=len(found) > _SHOWN,
        before=before,
    )


@router.post("")
def take_list(viewer: Importer, file: Annotated[UploadFile, File()]) -> Response:
    """Keep an uploaded file, when it is a list; nothing is imported yet."""
    token = _keep(file)
    try:
        found, _ = _open(token)
    except PledgelineError:
        shutil.rmtree(_folder() / token, ignore_errors=True)
        raise
    with decided_by(viewer) as session:
        audit.append(session, "list.upload", f"file:{found.sha256[:16]}")
    return go(f"/lists/incoming/{token}")


def _folder() -> Path:
    return settings().folder("files", "lists")


def _keep(file: UploadFile) -> str:
    """Store the upload under its own hash, so that the same file is kept once."""
    name = re.sub(r"[^\w. -]+", "_", Path(file.filename or "list").name).strip(". ")[-100:]
    if not name:
        raise FileError("The file needs a name.")
    digest = hashlib.sha256()
    with scratch() as folder:
        kept = folder / name
        with kept.open("wb") as out:
            while piece := file.file.read(1 << 20):
                digest.update(piece)
                out.write(piece)
        token = digest.hexdigest()[:24]
        target = _folder() / token
        target.mkdir(exist_ok=True)
        for older in target.iterdir():
            older.unlink()
        kept.replace(target / name)
    return token


def _path(token: str) -> Path:
    folder = _folder() / token
    if not _TOKEN.match(token) or not folder.is_dir():
        raise NotFoundError("There is no such file; bring it again.")
    found = [path for path in folder.iterdir() if path.name != "mapping.toml"]
    if not found:
        raise NotFoundError("There is no such file; bring it again.")
    return found[0]


def _open(token: str) -> tuple[ListFile, Mapping]:
    with scratch() as workspace:
        found = open_list(_path(token), workspace)
        return found, recognise(found.headers, found.sample, None)


@router.get("/incoming/{token}")
def inspect_page(request: Request, viewer: Importer, token: str) -> Response:
    """Show what the file is, what each column holds, and its first rows."""
    found, mapping = _open(token)
    with sight_of(viewer) as session:
        campaigns = figures.campaign_codes(session)
        brought = {batch.source for batch in figures.batches(session)}
        sources = sorted(brought | lists.declared_sources(session).keys())
    with decided_by(viewer) as session:
        audit.append(session, "list.look", f"file:{found.sha256[:16]}", {"rows": _SHOWN_ROWS})
    form = known_formats().get(mapping.format)
    return render(
        request,
        "list_inspect.html",
        viewer,
        token=token,
        file=found,
        mapping=mapping,
        title=form.title if form else "A list of its own form",
        names_people=names_people(mapping),
        fields=sorted(field_names() - {IGNORE, KEEP}),
        samples=found.sample[:_SHOWN_ROWS],
        campaigns=campaigns,
        sources=sources,
    )


@router.post("/incoming/{token}/import")
async def import_now(
    request: Request,
    viewer: Importer,
    token: str,
    source: Annotated[str, Form(max_length=40)],
    campaign: Annotated[str, Form(max_length=40)] = "",
) -> Response:
    """Keep the mapping and start the import."""
    chosen = {k: str(v) for k, v in (await request.form()).items() if k.startswith("column-")}
    run_id = await run_in_threadpool(_start, viewer, token, source, campaign, chosen)
    return go(f"/runs/{run_id}", "The import was started.")


def _start(viewer: Viewer, token: str, source: str, campaign: str, chosen: dict[str, str]) -> str:
    if not _CODE.match(source):
        raise InputError("The source's code has letters, digits, dots and dashes: ACTBLUE-26.")
    found, mapping = _open(token)
    columns = tuple(
        _choice(column, chosen.get(f"column-{number}"))
        for number, column in enumerate(mapping.columns)
    )
    mapping = replace(mapping, columns=columns)
    if not names_people(mapping):
        raise InputError("Say which columns hold names, phones or e-mails: nobody is told by any.")
    mapping_path = _folder() / token / "mapping.toml"
    mapping_path.write_text(to_toml(mapping), encoding="utf-8")
    request = ImportRequest(
        path=str(found.path),
        source=source,
        campaign=campaign or None,
        mapping_path=str(mapping_path),
    )
    run_id = runs.start(IMPORT, request, viewer.actor)
    with decided_by(viewer) as session:
        audit.append(session, "flow.start", f"run:{run_id}", {"flow": IMPORT.name})
    return run_id


def _choice(column: Column, field: str | None) -> Column:
    """Return the column as a person mapped it; what was not sent stays as recognised."""
    if field is None:
        return column
    if field not in field_names() and field not in ("", IGNORE):
        raise InputError("A column was mapped to a field that does not exist.")
    return replace(column, field=field or None)


@router.get("/{batch_id}")
def batch_page(request: Request, viewer: Importer, batch_id: int) -> Response:
    """Show the account of a list: every row with its fate, and the quality gate's verdict."""
    found = _batch(viewer, batch_id)
    with sight_of(viewer) as session:
        reasons = figures.quarantine_reasons(session, batch_id)
        kinds = donor_pairs.kinds(session, batch_id)
    return render(
        request,
        "list.html",
        viewer,
        batch=found,
        reasons=reasons,
        kinds=kinds,
        columns=[tuple(pair) for pair in found.mapping.get("columns", ())],
        has_docs=_docs(batch_id).is_file(),
    )


def _docs(batch_id: int) -> Path:
    return settings().folder("files", "quality") / f"batch-{batch_id}.html"


@router.get("/{batch_id}/data-docs")
def data_docs(viewer: Importer, batch_id: int) -> Response:
    """Show Great Expectations' own page about a list: shares and counts, nobody's values.

    It is drawn for other hosts' styles and scripts: it gets ours, runs none and asks nobody.
    """
    _batch(viewer, batch_id)
    path = _docs(batch_id)
    if not path.is_file():
        raise NotFoundError("No Data Docs are kept of this list.")
    body = _BLANK.sub("", _FOREIGN.sub("", path.read_text(encoding="utf-8")))
    body = _ELSEWHERE.sub(r"\1", body)
    style = f'<link rel="stylesheet" href="{static("data-docs.css")}">'
    back = f'<p><a href="/lists/{batch_id}">Back to the list</a></p><h1>Data Docs</h1>'
    page = body.replace("</head>", f"{style}</head>", 1).replace("<body>", f"<body>{back}", 1)
    return HTMLResponse(
        page, headers={"Content-Security-Policy": _DOCS_POLICY, "Cache-Control": "no-store"}
    )


def _batch(viewer: Viewer, batch_id: int) -> lists.Batch:
    with sight_of(viewer) as session:
        found = figures.batch(session, batch_id)
    if found is None:
        raise NotFoundError("There is no such list.")
    return found


@router.get("/{batch_id}/rejects")
def rejects_file(viewer: Importer, batch_id: int) -> Response:
    """Hand out the rows that were set aside, to be mended and brought again."""
    found = _batch(viewer, batch_id)
    path = Path(places.found(found.rejects_file or "")).resolve()
    inside = settings().home in path.parents
    if not found.rejects_file or not inside or not path.is_file():
        raise NotFoundError("This list has no file of rejected rows.")
    with decided_by(viewer) as session:
        audit.append(session, "list.rejects", f"batch:{batch_id}", {"rows": found.quarantined})
    return FileResponse(path, filename=path.name, headers={"Cache-Control": "no-store"})


@router.post("/{batch_id}/pairs/{kind}")
def answer_pairs(viewer: Importer, batch_id: int, kind: str, verdict: Verdict) -> Response:
    """Keep one answer to all pairs of a kind that this list asked about."""
    _batch(viewer, batch_id)
    return go(f"/lists/{batch_id}", answer_all(viewer, kind, verdict, batch_id))


@router.post("/{batch_id}/undo")
def undo_list(viewer: Importer, batch_id: int) -> Response:
    """Take a list back; people whom other lists know stay."""
    _batch(viewer, batch_id)
    with decided_by(viewer) as session:
        found = lists.get_batch(session, batch_id)
        if found is None or found.status == "undone":
            raise StateError("This list was taken back before.")
        counts = undoing.undo(session, found, now())
    return go(f"/lists/{batch_id}", f"Taken back: {counts['donors']:,} people left with it.")

"""Steps of an import: open, normalise part by part, judge, admit. Each may be repeated."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from campaign.errors import FileError, InputError, UnknownCodeError
from campaign.lists import formats, quality
from campaign.lists.formats import Mapping
from campaign.lists.mapping_files import encoding_in, from_toml, places_in
from campaign.lists.normalise import DECIDING, decide, looks_american
from campaign.lists.provenance import Provenance, provenance_of, refusal
from campaign.lists.recognise import recognise, require_people
from campaign.requests import ImportRequest
from config.clock import now
from config.settings import settings
from gateways.donor_files import ListFile, open_list, read_parts
from gateways.list_workspace import Workspace, batch_of_label
from gateways.workers import Crew, Worker
from store import donor_pairs, lists
from store.committees import the_committee
from store.locks import Lock
from store.session import one_at_a_time, unit_of_work
from tasks.judges import take_judge
from tasks.judging import Terms, judge_parts, judge_tables
from tasks.parts import PartJob, normalise_one
from tasks.policies import in_flow_run, step

_WORTH_A_CREW = 4  # parts; fewer are done before a worker is ready
_BYTES_OF_A_PART = 5 << 20  # about
_MOST_WORKERS = 8

# The processes at work, by source; on another machine there are none.
_CREWS: dict[str, Crew] = {}
_JUDGES: dict[str, Worker] = {}

log = logging.getLogger(__name__)


def workspace(batch_id: int) -> Workspace:
    """Return the folder of a batch's parts."""
    return Workspace(settings().folder("files", "lists") / f"batch-{batch_id}")


@contextmanager
def importing(request: ImportRequest) -> Iterator[None]:
    """One import of a source at a time: two of the same file would share a batch's folder.

    Whoever will help is called now: it takes a worker seconds to get ready.
    """
    source = request.source
    with one_at_a_time(Lock.IMPORT, source):
        judge = take_judge()
        if judge is not None:
            _JUDGES[source] = judge
        if _is_long(Path(request.path)) and _has_processes():
            _CREWS[source] = Crew("tasks.parts", _MOST_WORKERS)
            if judge is not None:
                judge.be_modest()  # what it says is waited for last
        try:
            yield
            if judge is not None and source not in _JUDGES:  # it was asked, and writes its page
                judge.hear()
        finally:
            _JUDGES.pop(source, None)
            if judge is not None:
                judge.dismiss()
            _dismiss_crew(source)


def _is_long(path: Path) -> bool:
    return path.is_file() and path.stat().st_size >= _WORTH_A_CREW * _BYTES_OF_A_PART


def _dismiss_crew(source: str) -> None:
    crew = _CREWS.pop(source, None)
    if crew:
        crew.dismiss()


@step
def open_batch(request: ImportRequest) -> dict[str, Any]:
    """Recognise a file, give it a batch, and cut it into parts; return batch and parts.

    A file that was taken in before from this source is named as `repeated`.
    """
    incoming = settings().folder("files", "lists") / f"incoming-{request.source}"
    Workspace(incoming).remove()  # what one that was killed left behind
    incoming.mkdir()
    try:
        code = _text_format(request.format)
        file, mapping = open_mapped(Path(request.path), incoming, code, request.mapping_path)
        require_people(mapping)
        with unit_of_work() as session:
            the_committee(session)
            campaign_id, provenance = _terms(session, request, mapping)
            said = {donor_pairs.CHOICE: donor_pairs.choice(session, request.campaign)}
            current = lists.current_batch(session, file.sha256, request.source)
            if current and current.status == "admitted":
                return {"batch_id": current.id, "parts": 0, "repeated": True}
            batch_id = lists.begin_batch(
                session,
                file.sha256,
                request.source,
                campaign_id=campaign_id,
                file_name=file.name,
                format=mapping.format,
                mapping=mapping.as_json(),
                provenance=provenance.as_json() | said,
                continues_batch_id=_continued(file),
                created_at=now(),
            )
        return {
            "batch_id": batch_id,
            "parts": _cut_whole(file, mapping, batch_id),
            "repeated": False,
        }
    finally:
        Workspace(incoming).remove()


def _cut_whole(file: ListFile, mapping: Mapping, batch_id: int) -> int:
    """Cut a file, and leave nothing of one that changed while it was cut."""
    try:
        return cut(file, mapping, batch_id)
    except FileError:
        workspace(batch_id).remove()
        with unit_of_work() as session:
            lists.drop_batch(session, batch_id)
        raise


def _text_format(code: str | None) -> str | None:
    if code is not None and code != formats.PLAIN and code not in formats.known_formats():
        raise UnknownCodeError("list format", code, [*formats.known_formats(), formats.PLAIN])
    return code


def open_mapped(
    path: Path, folder: Path, code: str | None, mapping_path: str | None
) -> tuple[ListFile, Mapping]:
    """Return a list and what each of its columns holds: by a mapping file, or recognised."""
    text = _mapping_text(mapping_path) if mapping_path else ""
    file = open_list(path, folder, code, places_in(text), encoding_in(text))
    if mapping_path:
        return file, from_toml(text, file.headers, file.sample)
    return file, recognise(file.headers, file.sample, code)


def _mapping_text(mapping_path: str) -> str:
    path = Path(mapping_path)
    if not path.is_file():
        raise InputError(f"There is no mapping file {path}.")
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"The mapping file {path.name} is not UTF-8 text.") from error


def _terms(session: Any, request: ImportRequest, mapping: Mapping) -> tuple[int | None, Provenance]:
    terms = lists.campaign_terms(session, request.campaign)
    if terms is None:
        raise UnknownCodeError("campaign", request.campaign or "", lists.campaign_codes(session))
    declared = lists.declared_sources(session)
    if declared and request.source not in declared:
        raise UnknownCodeError("source", request.source, declared)
    provenance = provenance_of(declared.get(request.source), mapping.kind, now().date())
    return terms[0], provenance


def _continued(file: ListFile) -> int | None:
    """Return the batch whose rejected rows these are, as our own reject files name it."""
    if "Pledgeline row" not in file.headers or not file.sample:
        return None
    return batch_of_label(file.sample[0][file.headers.index("Pledgeline row")])


def cut(file: ListFile, mapping: Mapping, batch_id: int) -> int:
    """Write the file's rows as parts, and what its columns decide; return how many parts."""
    folder = workspace(batch_id)
    done = folder.note("cut.json")
    if done is not None:
        return int(json.loads(done)["parts"])
    try:
        parts, distinct = _write_parts(file, mapping, folder, strict=True)
    except pa.ArrowInvalid:  # a broken row: read again, row by row, and say which
        parts, distinct = _write_parts(file, mapping, folder, strict=False)
    file.require_unchanged()
    american = parts > 0 and looks_american(folder.read("raw", 1), mapping)
    folder.note("decisions.json", decide(mapping, distinct, looks_american=american).to_json())
    folder.note("cut.json", json.dumps({"parts": parts}))
    pa.default_memory_pool().release_unused()
    return parts


def _write_parts(
    file: ListFile, mapping: Mapping, folder: Workspace, *, strict: bool
) -> tuple[int, dict[str, list[str]]]:
    parts = 0
    seen: dict[str, set[str]] = {}
    for part in read_parts(file, strict=strict):
        parts += 1
        folder.write("raw", parts, part)
        for name, values in distinct_values(part, mapping).items():
            seen.setdefault(name, set()).update(values)
    return parts, {name: sorted(values) for name, values in seen.items()}


def distinct_values(part: pa.Table, mapping: Mapping) -> dict[str, list[str]]:
    """Return the different days, amounts and types of a part: the column decides what they are."""
    headers = {name: mapping.headers_of(name) for name in DECIDING}
    return {
        name: [
            value.strip()
            for header in found
            for value in pc.unique(part[header]).to_pylist()
            if value
        ]
        for name, found in headers.items()
        if found
    }


@step
def normalise_part(batch_id: int, number: int) -> int:
    """Normalise one part; return its rows. A part that is done already is left as it is."""
    folder = workspace(batch_id)
    if folder.has("normal", number):
        return folder.rows("normal", number)
    batch = _batch(batch_id)
    why_not = refusal(batch.provenance["kind"], batch.provenance["uses"])
    space = str(batch.mapping["space"] or batch.source)
    today = now().date().isoformat()
    job = PartJob(str(folder.folder), number, batch.mapping, today, why_not, space)
    crew = _CREWS.get(batch.source)
    rows = crew.ask(job.as_json()) if crew else None
    return normalise_one(job) if rows is None else int(rows)


def normalise_parts(batch_id: int, parts: int) -> int:
    """Normalise every part, several at once; return the rows of all.

    By the flow's task runner where Prefect watches, else by threads; what keeps the cores of one
    machine busy are processes that these hand their part to.
    """
    numbers = range(1, parts + 1)
    source = _batch(batch_id).source
    if parts >= _WORTH_A_CREW and source not in _CREWS and _has_processes():
        _CREWS[source] = Crew("tasks.parts", parts)
    crew = _CREWS.get(source)
    try:
        if in_flow_run():
            futures = [normalise_part.submit(batch_id, number) for number in numbers]
            return sum(future.result() for future in futures)
        with ThreadPoolExecutor(max_workers=crew.size if crew else 2) as pool:
            return sum(pool.map(lambda number: normalise_part.fn(batch_id, number), numbers))
    finally:
        _dismiss_crew(source)


def _has_processes() -> bool:
    return settings().task_runner == "processes"


def _batch(batch_id: int) -> lists.Batch:
    with unit_of_work() as session:
        batch = lists.get_batch(session, batch_id)
    assert batch is not None
    return batch


def brief(batch_id: int, parts: int) -> dict[str, Any]:
    """Return what the judge of a batch is told.

    He is asked while the tables are locked by what takes the batch in: nothing is left to look up.
    """
    batch = _batch(batch_id)
    folder = str(workspace(batch_id).folder)
    terms = _terms_of(batch).as_json()
    return {"source": batch.source, "folder": folder, "parts": parts, "terms": terms}


@step
def judge_batch(brief: dict[str, Any]) -> dict[str, Any]:
    """Judge a batch against what is expected of a list; return what it met."""
    judge = _JUDGES.pop(brief["source"], None)
    found: dict[str, Any] | None = judge.ask(brief) if judge is not None else None
    if found is not None:
        return found
    return judge_parts(Workspace(Path(brief["folder"])), brief["parts"], Terms(**brief["terms"]))


def _terms_of(batch: lists.Batch) -> Terms:
    """Return what a list is judged by today."""
    with unit_of_work() as session:
        terms = lists.campaign_terms(session, None)
        last = lists.last_admitted(session, batch.source, batch.id)
        days = lists.days_since_suppression(session, now())
    docs = settings().folder("files", "quality") / f"batch-{batch.id}.html"
    before = (last.quality.get("profile") or None) if last else None
    return Terms(terms[1] if terms else {}, before, days, str(docs))


@step
def judge_again(batch_id: int | None) -> list[dict[str, Any]]:
    """Judge a batch, or the newest of each source, with today's thresholds; keep nothing."""
    with unit_of_work() as session:
        known = [batch for batch in lists.batches(session) if batch.status == "admitted"]
        if batch_id is None:
            chosen = list({batch.source: batch for batch in reversed(known)}.values())
        else:
            chosen = [batch for batch in known if batch.id == batch_id]
        if batch_id is not None and not chosen:
            raise UnknownCodeError("admitted batch", str(batch_id), [str(b.id) for b in known])
        reports = [
            (batch, judge_tables(map(read_columns, parts), _terms_of(batch)))
            for batch in chosen
            if (parts := lists.part_data(session, batch.id))
        ]
    return [
        {
            "batch_id": batch.id,
            "source": batch.source,
            "rows": batch.rows_read,
            **{name: report[name] for name in ("expectations", "passed", "failed", "gate")},
        }
        for batch, report in reports
    ]


def read_columns(data: bytes) -> pa.Table:
    """Return the judged columns of a part that is kept in the database."""
    with pa.ipc.open_file(data) as reader:
        return reader.read_all().select(list(quality.JUDGED))

"""The report commands at their door: drawn up, signed, verified, traced, and counted again."""

from __future__ import annotations

import io
import json
import re
import shutil
import zipfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import hardmoney
import openpyxl
import pypdfium2
import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from config.settings import settings
from store.session import unit_of_work
from store.users import add_user
from tests.support.synthetic_books import Shape, write_books

Cli = Callable[..., Any]
DAYS = ("--from", "2026-07-01", "--to", "2026-09-30")
CODE = "TR-2026-07-01-2026-09-30-1"
PASSWORD = "correct horse battery staple"


@pytest.fixture
def books(session: Session) -> Session:
    write_books(session, Shape(seed=7, charges=150))
    session.commit()
    return session


def a_reviewer(email: str = "rev@example.org", role: str = "reviewer") -> None:
    from config.clock import real_now

    with unit_of_work() as opened:
        add_user(opened, email=email, name="Rev", roles=[role], now=real_now(), password=PASSWORD)


def signed(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> Path:
    drawn = json.loads(cli("reports", "treasurer", *DAYS, "--json").stdout)
    assert cli("reports", "submit", drawn["report"]).exit_code == 0
    a_reviewer()
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\n"))
    done = cli("reports", "sign", drawn["report"], "--as", "rev@example.org", "--password-stdin")
    assert done.exit_code == 0, done.stderr
    return Path(drawn["folder"])


def test_a_home_that_was_moved_is_whole(
    books: Session, cli: Cli, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when a backup is restored at another place: the record knows the way from the home."""
    signed(cli, monkeypatch)
    monkeypatch.setenv("PLEDGELINE_HOME", str(home.rename(home.with_name("restored"))))
    settings.cache_clear()
    done = cli("audit", "verify")
    assert done.exit_code == 0, done.stderr


def test_the_package_is_whole_and_ties_out(books: Session, cli: Cli, tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = cli("reports", "treasurer", *DAYS, "--out", out, "--json")
    assert result.exit_code == 0, result.stderr
    package = json.loads(result.stdout)
    assert package["figures"]["tieout.unexplained"] == 0
    assert sorted(path.name for path in out.iterdir()) == [
        "manifest.json", "rows", "treasurer-report.pdf", "treasurer-workbook.xlsx",
    ]  # fmt: skip
    # The same books are the same edition.
    again = json.loads(cli("reports", "treasurer", *DAYS, "--json").stdout)
    assert again["report"] == package["report"] == CODE


def test_the_workbook_counts_live_and_holds_the_same_figures(
    books: Session, cli: Cli, tmp_path: Path
) -> None:
    package = json.loads(cli("reports", "treasurer", *DAYS, "--out", tmp_path, "--json").stdout)
    path = tmp_path / "treasurer-workbook.xlsx"
    values = openpyxl.load_workbook(path, data_only=True)["Summary"]
    formulas = openpyxl.load_workbook(path)["Summary"]
    found = {}
    for row in range(1, values.max_row + 1):
        source = values.cell(row, 4).value
        if isinstance(source, str) and ": " in source:
            assert str(formulas.cell(row, 3).value).startswith("=")
            found[source.split(":")[0]] = Decimal(str(values.cell(row, 3).value))
    assert set(found) == set(package["figures"])
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    for key, value in found.items():
        cents = manifest["figures"][key]["unit"] == "cents"
        assert round(value * 100 if cents else value) == package["figures"][key], key
    # No formula of ours ends in an error, and nothing is fetched from elsewhere.
    with zipfile.ZipFile(path) as parts:
        assert not [name for name in parts.namelist() if "externalLink" in name]


def test_a_printed_sheet_is_wide_enough_to_be_read(
    books: Session, cli: Cli, tmp_path: Path
) -> None:
    cli("reports", "treasurer", *DAYS, "--out", tmp_path)
    for sheet in openpyxl.load_workbook(tmp_path / "treasurer-workbook.xlsx"):
        width = sum(
            one.width * ((one.max or 1) - (one.min or 1) + 1)
            for one in sheet.column_dimensions.values()
        )
        pages = sheet.page_setup.fitToWidth or 1
        assert width / pages < 230, sheet.title
        # Each page says whose row it is.
        assert (sheet.print_title_cols == "$A:$B") == (pages > 1), sheet.title


def test_no_employer_is_cut_in_the_workbook(books: Session, cli: Cli, tmp_path: Path) -> None:
    longest = "Department of Agriculture and Markets of the State, Division of Fisheries"
    books.execute(text("update donor set employer = :said"), {"said": longest})
    books.commit()
    cli("reports", "treasurer", *DAYS, "--out", tmp_path)
    sheet = openpyxl.load_workbook(tmp_path / "treasurer-workbook.xlsx")["Receipts"]
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value == longest]
    assert cells
    assert all(cell.alignment.shrink_to_fit for cell in cells)
    assert sheet.column_dimensions[cells[0].column_letter].width >= 30


def test_a_header_of_two_lines_has_the_height_for_them(
    books: Session, cli: Cli, tmp_path: Path
) -> None:
    cli("reports", "treasurer", *DAYS, "--out", tmp_path)
    sheet = openpyxl.load_workbook(tmp_path / "treasurer-workbook.xlsx")["Teams by settled dollar"]
    (header,) = (
        cell for row in sheet.iter_rows() for cell in row if cell.value == "Cost per settled $"
    )
    assert len(str(header.value)) > sheet.column_dimensions[header.column_letter].width
    assert sheet.row_dimensions[header.row].height > 30


def test_the_pdf_has_text_and_bookmarks(books: Session, cli: Cli, tmp_path: Path) -> None:
    cli("reports", "treasurer", *DAYS, "--out", tmp_path)
    document = pypdfium2.PdfDocument(tmp_path / "treasurer-report.pdf")
    assert b"pdfuaid:part" in (tmp_path / "treasurer-report.pdf").read_bytes(), "for screen readers"
    assert document.is_tagged()
    words = " ".join(page.get_textpage().get_text_range() for page in document)
    assert "Every cent is accounted for" in words
    assert "the thirteen proofs were not made" in " ".join(words.split())
    assert "Okafor" in words
    marks = [mark.get_title() for mark in document.get_toc()]
    assert {"Summary", "Receipts", "Payouts and bank", "Sign-off"} <= set(marks)
    pages = [page.get_textpage().get_text_range() for page in document]
    led = re.findall(r"^(?:\d+ (.+)|The signature stands on) page (\d+)", pages[0], re.MULTILINE)
    titles = {"Best efforts still to make": "Best efforts", "": "Sign-off"}
    assert set(titles) <= {label for label, _ in led}, "the cover leads on"
    for label, number in led:
        assert titles.get(label, "") in pages[int(number) - 1], label
    document.close()


def test_a_form_3_is_accepted_and_says_what_the_books_say(
    books: Session, cli: Cli, tmp_path: Path
) -> None:
    file = tmp_path / "q3.fec"
    result = cli("reports", "fec", "--form", "F3", "--report", "Q3", "--out", file, "--json")
    assert result.exit_code == 0, result.stderr
    filing = hardmoney.parse_file(file)
    gross = books.scalar(text("select sum(captured_cents) from stripe_charge"))
    total = filing.summary.amount("col_a_total_receipts")
    assert total is not None
    assert int(total * 100) == gross
    assert json.loads(result.stdout)["errors"] == {}


def test_the_last_report_of_a_committee_says_so_and_warns_of_what_is_left(
    books: Session, cli: Cli, tmp_path: Path
) -> None:
    file = tmp_path / "last.fec"
    words = ("--form", "F3", "--report", "TER", "--through", "2026-09-20", "--out", file)
    result = cli("reports", "fec", *words, "--json")
    assert result.exit_code == 0, result.stderr
    filing = hardmoney.parse_file(file)
    assert filing.form_type == "F3T"
    assert filing.summary["report_code"] == "TER"
    assert filing.summary["coverage_through_date"] == "20260920"
    assert json.loads(result.stdout)["warnings"]["termination_cash"] == 1


def test_a_filing_with_errors_is_written_as_a_draft_only(
    database: object, cli: Cli, tmp_path: Path
) -> None:
    file = tmp_path / "q3.fec"
    result = cli("reports", "fec", "--form", "F3", "--report", "Q3", "--out", file)
    assert result.exit_code == 1
    assert not file.exists()
    assert (tmp_path / "q3.draft.fec").exists()
    assert "FEC id is missing" in (tmp_path / "q3.checks.txt").read_text()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        pytest.param(("fec", "--form", "F9", "--report", "Q3"), "form", id="form"),
        pytest.param(("fec", "--form", "F3", "--report", "M4"), "M4", id="report"),
        pytest.param(("fec", "--form", "F3", "--report", "12R"), "runoff", id="election"),
        pytest.param(("fec", "--form", "F3", "--report", "TER"), "--through", id="no last day"),
        pytest.param(
            ("fec", "--form", "F3", "--report", "Q3", "--outside", "none.toml"),
            "cannot be read",
            id="outside",
        ),
        pytest.param(
            ("treasurer", "--from", "2026-09-30", "--to", "2026-07-01"),
            "is before --from",
            id="order",
        ),
        pytest.param(("treasurer", "--from", "tomorrow", "--to", "2026-07-01"), "2026-", id="day"),
        pytest.param(("sign", "TR-9", "--as", "a@example.org", "--password-stdin"), "", id="sign"),
        pytest.param(("trace", "TR-9", "receipts.gross"), "no report", id="trace"),
        pytest.param(("verify", "nowhere"), "folder of a report", id="verify"),
        pytest.param(("audit-sample", "TR-9"), "no report", id="sample"),
    ],
)
def test_bad_input_is_one_sentence(
    database: object, cli: Cli, words: tuple[str, ...], sentence: str
) -> None:
    result = cli("reports", *words)
    assert result.exit_code == 2
    assert sentence in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_the_preparer_does_not_sign(
    books: Session, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli("reports", "treasurer", *DAYS)
    a_reviewer()
    a_reviewer("treasurer@example.org", "treasurer")

    def sign(email: str, password: str) -> Any:
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{password}\n"))
        return cli("reports", "sign", CODE, "--as", email, "--password-stdin")

    assert "not to be signed" in sign("rev@example.org", PASSWORD).stderr  # still a draft
    assert cli("reports", "submit", CODE, "--as", "rev@example.org").exit_code == 0
    assert "does not sign" in sign("rev@example.org", PASSWORD).stderr
    assert "may not sign" in sign("treasurer@example.org", PASSWORD).stderr
    assert "not right" in sign("rev@example.org", "wrong").stderr


def test_a_copied_package_is_verified_without_the_database(
    books: Session, cli: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = signed(cli, monkeypatch)
    copy = tmp_path / "copy"
    cli("reports", "treasurer", *DAYS, "--out", copy)
    monkeypatch.setenv("PLEDGELINE_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    assert cli("reports", "verify", copy).exit_code == 0
    assert cli("reports", "verify", folder).exit_code == 0


FILES = {
    "treasurer-report.pdf": "treasurer-report.pdf was changed",
    "treasurer-workbook.xlsx": "treasurer-workbook.xlsx was changed",
    "rows/receipts.csv": "rows/receipts.csv was changed",
    "manifest.json": "manifest.json was changed",
    "signature.json": "signature does not fit",
}


def test_a_byte_changed_in_any_file_is_detected(
    books: Session, cli: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = signed(cli, monkeypatch)
    assert not [path for path in [folder, *folder.rglob("*")] if path.stat().st_mode & 0o222]
    for name, said in FILES.items():
        copy = tmp_path / name.replace("/", "-")
        shutil.copytree(folder, copy, copy_function=shutil.copyfile)
        for path in [copy, *copy.rglob("*")]:
            path.chmod(path.stat().st_mode | 0o200)
        text_of_file = (copy / name).read_bytes()
        # One digit of an amount, of a hash or of a moment; any byte of what is no text.
        place = next(at for at in range(len(text_of_file) // 2, 0, -1)
                     if 48 <= text_of_file[at] < 57)  # fmt: skip
        changed = bytearray(text_of_file)
        changed[place] += 1
        (copy / name).write_bytes(bytes(changed))
        result = cli("reports", "verify", copy)
        assert result.exit_code in (1, 2), name
        assert said in result.stderr, name
    extra = tmp_path / "extra"
    shutil.copytree(folder, extra, copy_function=shutil.copyfile)
    extra.chmod(0o755)
    (extra / "rows").chmod(0o755)
    (extra / "rows" / "more.csv").write_text("x")
    (extra / "rows" / "fees.csv").unlink()
    told = cli("reports", "verify", extra).stderr
    assert "rows/more.csv was added" in told
    assert "rows/fees.csv is missing" in told


ROWS = {
    "rows of stripe_charge": "update stripe_charge set captured_cents = captured_cents + 1 "
    "where id like '%0000003'",
    "rows of stripe_balance_transaction": "update stripe_balance_transaction "
    "set fee_cents = fee_cents + 1, net_cents = net_cents - 1 where id like '%0000003'",
    "rows of stripe_refund": "update stripe_refund set amount_cents = amount_cents - 1",
    "rows of stripe_payout": "update stripe_payout set amount_cents = amount_cents + 1",
    "rows of bank_line": "update bank_line set amount_cents = amount_cents + 1 where id = 1",
    "rows of allocation": "update allocation set amount_cents = amount_cents - 1",
    "rows of pledge": "update pledge set amount_cents = amount_cents + 1 where id = 1",
    "rows of call_attempt": "delete from call_attempt where id = 5",
    "state or signature differ": "update report set signature = 'x'",
    "its content was changed": "update audit_entry set actor = 'nobody' where id = 1",
}


def test_a_cent_changed_in_any_table_is_detected(
    books: Session, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed(cli, monkeypatch)
    assert cli("audit", "verify").exit_code == 0
    for problem, statement in ROWS.items():
        assert problem not in cli("audit", "verify").stderr
        with unit_of_work() as opened:
            # As somebody would who holds the database itself.
            opened.execute(text("set session_replication_role = replica"))
            opened.execute(text(statement))
        result = cli("audit", "verify")
        assert result.exit_code == 1
        assert problem in result.stderr


def test_a_figure_is_traced_to_its_rows_and_a_payment_to_its_call(books: Session, cli: Cli) -> None:
    package = json.loads(cli("reports", "treasurer", *DAYS, "--json").stdout)
    for key, value in package["figures"].items():
        traced = json.loads(
            cli("reports", "trace", CODE, key, "--limit", "100000", "--json").stdout
        )
        if traced["section"] and traced["column"]:
            assert sum(int(row[traced["column"]] or 0) for row in traced["rows"]) == value, key
        elif traced["section"]:
            assert traced["row_count"] == value, key
        else:
            parts = [(part["sign"], part["value"]) for part in traced["parts"]]
            assert sum(cents if sign == "+" else -cents for sign, cents in parts) == value, key
    chain = json.loads(cli("reports", "trace", CODE, "receipts.on_pledges", "--json").stdout)
    pledged = [item for item in chain["evidence"] if item["pledge"]]
    assert all(item["call"] and item["team"] and item["bank_line"] for item in pledged)


def test_returns_payouts_and_pledges_lead_back_to_the_call_too(books: Session, cli: Cli) -> None:
    cli("reports", "treasurer", *DAYS)
    itemised = set(_traced(cli, "receipts.itemised", "fec_line"))
    for figure in ("returns.refunds", "payouts.bank", "pledges.made"):
        assert all(_traced(cli, figure, "call")), figure
    # A refund of an itemised gift names the gift's own line.
    assert itemised & set(_traced(cli, "returns.refunds", "fec_line"))
    words = cli("reports", "trace", CODE, "pledges.open", "--limit", "2").stdout
    assert words.count("<- call ") == 2


def _traced(cli: Cli, figure: str, name: str) -> list[Any]:
    """Return what the evidence behind a figure says under a name, where there is a pledge."""
    words = ("reports", "trace", CODE, figure, "--limit", "1000", "--json")
    found = json.loads(cli(*words).stdout)["evidence"]
    assert found, figure
    return [item[name] for item in found if item["pledge"]]


def test_an_audit_sample_is_drawn_by_its_seed(books: Session, cli: Cli) -> None:
    cli("reports", "treasurer", *DAYS)
    draw = ("reports", "audit-sample", CODE, "--size", "12", "--json", "--seed")
    first, again, other = (json.loads(cli(*draw, seed).stdout) for seed in ("1", "1", "2"))
    assert first == again
    payments = {item["payment"] for item in first["items"]}
    assert len(payments) == 12
    assert payments != {item["payment"] for item in other["items"]}


def test_a_sample_is_drawn_from_a_package_only(books: Session, cli: Cli) -> None:
    filed = json.loads(cli("reports", "fec", "--form", "F3", "--report", "Q3", "--json").stdout)
    refused = cli("reports", "audit-sample", filed["report"])
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "A sample is drawn from a treasurer's package." in refused.stderr


def test_a_later_change_is_a_new_edition_that_says_what_changed(
    books: Session, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = signed(cli, monkeypatch)
    books.execute(text("update pledge set written_off_cents = 1 where id = 1"))
    books.commit()
    second = json.loads(cli("reports", "treasurer", *DAYS, "--json").stdout)
    assert second["report"].endswith("-2")
    words = "".join(
        page.get_textpage().get_text_range()
        for page in pypdfium2.PdfDocument(Path(second["folder"]) / "treasurer-report.pdf")
    )
    assert "Changes since the edition before" in words
    assert "Written off" in words
    listed = json.loads(cli("reports", "list", "--json").stdout)["reports"]
    assert {row["report"]: row["status"] for row in listed} == {
        CODE: "signed", second["report"]: "draft"
    }  # fmt: skip
    # The signed edition stays as it is.
    assert cli("reports", "verify", folder).exit_code == 0


LATE = [
    # A bank debit charged in September that the ledger shows in October.
    "update stripe_balance_transaction set created_at = '2026-10-03' where id like '%0000004'",
    # A payment that came to nothing: charged, then returned by the bank.
    "update stripe_charge set status = 'failed' where id like '%0000005'",
    # A payout that failed and came back to the ledger in the next period.
    "update stripe_payout set status = 'failed' where id = 'po_2'",
    "delete from bank_line where payout = 'po_2'",
]


def test_money_in_two_periods_is_named_and_still_ties_out(books: Session, cli: Cli) -> None:
    before = json.loads(cli("reports", "treasurer", *DAYS, "--json").stdout)["figures"]
    for statement in LATE:
        books.execute(text(statement))
    books.commit()
    result = cli("reports", "treasurer", *DAYS, "--json")
    assert result.exit_code == 0, result.stderr
    after = json.loads(result.stdout)["figures"]
    assert after["tieout.unexplained"] == 0
    assert after["ledger.timing"] != before["ledger.timing"] == 0
    assert after["payouts.under_way"] > 0


CAME_BACK = """
    update stripe_payout set status = 'failed' where id = 'po_2';
    insert into bank_line (key, booked_on, amount_cents, description, file_sha256, payout,
                           imported_at)
        select 'back', booked_on + 2, -amount_cents, 'RETURNED', file_sha256, payout, imported_at
        from bank_line where payout = 'po_2';
    insert into stripe_balance_transaction (id, type, reporting_category, status, amount_cents,
            fee_cents, net_cents, currency, source, payout, created_at, available_on, raw,
            fetched_at)
        select 'txback', 'payout_failure', 'payout_reversal', 'available', amount_cents, 0,
               amount_cents, 'usd', 'po_2', 'po_3', created_at + interval '2 days',
               created_at + interval '2 days', '{}', fetched_at
        from stripe_payout where id = 'po_2';
    update stripe_balance_transaction set amount_cents = amount_cents - back, net_cents =
        net_cents - back from (select amount_cents as back from stripe_payout where id = 'po_2') b
        where source = 'po_3';
    update bank_line l set amount_cents = l.amount_cents + b.amount_cents
        from stripe_payout b where l.payout = 'po_3' and b.id = 'po_2';
    update stripe_payout o set amount_cents = o.amount_cents + b.amount_cents
        from stripe_payout b where o.id = 'po_3' and b.id = 'po_2'
"""


def test_a_payout_that_came_back_goes_out_with_the_next_one(books: Session, cli: Cli) -> None:
    for statement in CAME_BACK.split(";"):
        books.execute(text(statement))
    books.commit()
    result = cli("reports", "treasurer", *DAYS, "--json")
    figures = json.loads(result.stdout)["figures"]
    assert (result.exit_code, figures["tieout.unexplained"], figures["tieout.bank"]) == (0, 0, 0)


def test_a_cent_that_nobody_explains_is_told_with_exit_1(books: Session, cli: Cli) -> None:
    books.execute(
        text(
            "update stripe_balance_transaction set amount_cents = amount_cents + 1, "
            "net_cents = net_cents + 1 where id like '%0000003'"
        )
    )
    books.commit()
    result = cli("reports", "treasurer", *DAYS, "--json")
    assert result.exit_code == 1
    # Once against its charge, once against the payout that should hold it.
    assert json.loads(result.stdout)["figures"]["tieout.unexplained"] == 2


def test_a_pac_s_next_report_starts_after_its_report_before_a_primary(
    books: Session, cli: Cli, tmp_path: Path
) -> None:
    books.execute(text("update committee set kind = 'pac', office = null"))
    books.execute(text("update election set held_on = '2026-08-04' where code like 'P2026%'"))
    books.commit()

    def first_day(report: str) -> str:
        out = tmp_path / f"{report}.fec"
        told = cli("reports", "fec", "--form", "F3X", "--report", report, "--year", "2026",
                   "--out", out, "--json")  # fmt: skip
        assert told.exit_code == 0, told.stderr + told.stdout
        return str(json.loads(told.stdout)["first_day"])

    assert first_day("Q3") == "2026-07-01"
    first_day("12P")
    assert first_day("Q3") == "2026-07-16"

from __future__ import annotations

import io
import re
import zipfile

import pytest

from campaign.roles import Role

GOOD = "First name,Last name,Phone,E-mail,Amount\nAda,Alder,(415) 555-0101,ada@example.org,25\n"


def upload(client, content, name="list.csv"):
    body = content if isinstance(content, bytes) else content.encode()
    return client.post("/lists", files={"file": (name, body, "text/csv")})


def bomb() -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", b"0" * 5_000_000)
    return held.getvalue()


def test_a_list_is_looked_at_before_anything_is_imported(browser, database):
    client = browser(Role.FINANCE_DIRECTOR)
    answer = upload(client, GOOD, "../../etc/Spring list.csv")
    page = client.get(answer.headers["location"]).text
    assert "Spring list.csv" in page
    assert 'value="phone" selected' in page
    with database.connect() as connection:
        assert connection.exec_driver_sql("select count(*) from list_batch").scalar() == 1


def test_the_sources_that_are_known_and_the_only_campaign_are_offered(browser, world):
    client = browser(Role.FINANCE_DIRECTOR)
    page = client.get(upload(client, GOOD, "spring.csv").headers["location"]).text
    offered = re.search(r'<datalist id="sources">(.*?)</datalist>', page)
    assert offered
    assert 'value="ACTBLUE-25"' in offered[1]
    assert '<option value="FALL-26" selected>' in page


def test_an_archive_of_several_lists_says_how_to_bring_them(browser):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("north.csv", GOOD)
        archive.writestr("south.csv", GOOD)
    answer = upload(browser(Role.FINANCE_DIRECTOR), held.getvalue(), "fall.zip")
    assert answer.status_code == 422
    assert "fall.zip/north.csv" in answer.text
    assert "bring one at a time" in answer.text


@pytest.mark.parametrize(
    ("content", "name"),
    [
        pytest.param(b"", "empty.csv", id="empty"),
        pytest.param(b"\x00\x01\x02\xff" * 500, "noise.csv", id="noise"),
        pytest.param(b"PK\x03\x04 not a workbook", "broken.xlsx", id="broken workbook"),
        pytest.param(b"<html><script>alert(1)</script></html>", "page.xls", id="a web page"),
        pytest.param(b"%PDF-1.7 nothing", "list.csv", id="a PDF"),
        pytest.param(bomb(), "bomb.xlsx", id="an archive that unfolds"),
        pytest.param(b"\x7fELF" + b"\x00" * 200, "list.xlsx", id="a program"),
    ],
)
def test_a_hostile_file_is_refused_with_a_sentence_and_not_kept(browser, home, content, name):
    answer = upload(browser(Role.FINANCE_DIRECTOR), content, name)
    assert answer.status_code == 422, answer.text[-600:]
    assert 'role="alert"' in answer.text
    assert not [path for path in (home / "files" / "lists").rglob("*") if path.is_file()]


def test_what_a_list_says_is_shown_and_never_run(browser):
    client = browser(Role.FINANCE_DIRECTOR)
    text = GOOD.replace("Ada", "<script>alert(1)</script>")
    page = client.get(upload(client, text).headers["location"]).text
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;" in page


def test_a_report_to_the_fec_is_known_before_it_is_brought(browser):
    client = browser(Role.FINANCE_DIRECTOR)
    text = 'Contributor name,Recipient,Receipt date,Amount\n"ROE, ANN",X,01/02/2026,5\n'
    page = client.get(upload(client, text).headers["location"]).text
    assert "the list would be stopped" in page


def test_a_list_of_which_nothing_is_known_is_named_by_the_director(browser):
    client = browser(Role.FINANCE_DIRECTOR)
    place = upload(client, "Q17,Q18\nAnnq,Xqroe\nBobq,Xqpoe\n").headers["location"]
    assert "say which columns hold them" in client.get(place).text
    answer = client.post(f"{place}/import", data={"source": "OWN-26"})
    assert answer.status_code == 422
    named = {"source": "OWN-26", "column-0": "first_name", "column-1": "last_name"}
    assert client.post(f"{place}/import", data=named).status_code == 503  # no Prefect here


@pytest.mark.parametrize("token", ["0" * 24, "%2e%2e%2f%2e%2e", "a/b"])
def test_a_file_that_was_not_brought_cannot_be_looked_at(browser, token):
    assert browser(Role.FINANCE_DIRECTOR).get(f"/lists/incoming/{token}").status_code == 404


def test_without_prefect_the_import_says_what_to_do(browser):
    client = browser(Role.FINANCE_DIRECTOR)
    place = upload(client, GOOD).headers["location"]
    answer = client.post(f"{place}/import", data={"source": "OWN-26"})
    assert answer.status_code == 503
    assert "pledgeline up" in answer.text


def test_data_docs_run_nothing_and_ask_nobody(browser, home):
    folder = home / "files" / "quality"
    folder.mkdir(parents=True)
    (folder / "batch-1.html").write_text(
        '<html><head><link rel="stylesheet" href="https://cdn.example.org/x.css">'
        '<script src="https://cdn.example.org/x.js"></script></head><body>'
        '<p onclick="steal()">8 of 8 met</p><img src="https://cdn.example.org/x.png">'
        '<a href="../../index.html">rows</a><a href="#section-1">Overview</a>'
        "<script>\nalert(1)\n</script></body></html>"
    )
    client = browser(Role.FINANCE_DIRECTOR)
    answer = client.get("/lists/1/data-docs")
    assert "8 of 8 met" in answer.text
    for foreign in ("<script", "cdn.example.org", "onclick", "../../index.html"):
        assert foreign not in answer.text
    assert 'href="#section-1"' in answer.text
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "sandbox" in policy
    assert "/lists/1/data-docs" in client.get("/lists/1").text
    assert client.get("/lists/2/data-docs").status_code == 404

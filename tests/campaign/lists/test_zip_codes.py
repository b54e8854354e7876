"""The table of ZIP codes says what the package says that it is from."""

from __future__ import annotations

from tests.support.zip_codes import FILE, zip_code_table


def test_the_table_of_zip_codes_is_up_to_date() -> None:
    assert FILE.read_text(encoding="utf-8") == zip_code_table()

"""Who gave: the donor of the pledge, unless the payer's name is somebody else's."""

from __future__ import annotations

import pandas as pd
import pytest

from campaign.compliance.contributions import with_contributors
from campaign.organisations import is_organisation

_BLANK = (
    *("middle_name", "street", "city", "state", "zip", "country", "employer", "occupation"),
    *("pledge_first_name", "pledge_last_name", "pledge_email", "pledge_zip", "payer_zip"),
    *("payer_street", "payer_street_2", "payer_city", "payer_state", "payer_country"),
    *("payer_employer", "payer_occupation"),
)


def giver(payer: str, first: str, last: str, suffix: str | None = None) -> str:
    """Return whose contribution it is: D: the donor's, P: the payer's own."""
    row = dict.fromkeys(_BLANK) | {
        "charge_id": "ch_1",
        "donor_id": 7,
        "first_name": first,
        "last_name": last,
        "suffix": suffix,
        "payer_name": payer,
        "payer_email": None,
    }
    return str(with_contributors(pd.DataFrame([row]))["contributor"].iloc[0])[:2]


@pytest.mark.parametrize(
    ("payer", "donor", "whose"),
    [
        pytest.param("Björn Richardson Sr", ("Bjorn", "Richardson"), "D:", id="a suffix more"),
        pytest.param("Bjorn Richardson, Sr.", ("Björn", "Richardson", "Sr."), "D:", id="the same"),
        pytest.param("B. Richardson", ("Bjorn", "Richardson", "III"), "D:", id="a suffix less"),
        pytest.param("John Smith Jr", ("John", "Smith", "Sr"), "P:", id="father and son"),
        pytest.param("José Nunez", ("Jose", "Núñez"), "D:", id="marks on letters"),
        pytest.param("Sam Richardson", ("Bjorn", "Richardson"), "P:", id="a spouse"),
        pytest.param("Sr", ("Bjorn", "Richardson"), "P:", id="no name at all"),
        pytest.param("", ("Bjorn", "Richardson"), "D:", id="no payer told"),
    ],
)
def test_a_payer_is_the_donor_unless_the_name_says_otherwise(
    payer: str, donor: tuple[str, ...], whose: str
) -> None:
    assert giver(payer, *donor) == whose


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("Cedar Family Medicine", True),
        ("Lakeside Dental", True),
        ("Riverside Hardware LLC", True),
        ("Lucia Coppola", False),
        ("Incognita Locale", False),
        ("Mary Insuranceton", False),
        ("Harbor County", True),
        ("Smith Family Foundation", True),
        ("Town of Dover", True),
        ("Plumbers Local 12", True),
        ("Grace Church", True),
        ("First National Bank", True),
        ("Acme & Co", True),
        ("Harbor Jennings", False),
        ("Frank Church", False),
        ("Church, Frank", False),
        ("Hon. Frank F. Church Jr.", False),
        ("Maria Co", False),
    ],
)
def test_organisations_are_told_from_people(name: str, is_one: bool) -> None:
    assert is_organisation(name) == is_one

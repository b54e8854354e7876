"""Codes of states, territories and military mail, as the FEC's forms take them."""

from __future__ import annotations

from types import MappingProxyType

NAMES = MappingProxyType(
    {
        "AL": "alabama", "AK": "alaska", "AZ": "arizona", "AR": "arkansas", "CA": "california",
        "CO": "colorado", "CT": "connecticut", "DE": "delaware", "DC": "district of columbia",
        "FL": "florida", "GA": "georgia", "HI": "hawaii", "ID": "idaho", "IL": "illinois",
        "IN": "indiana", "IA": "iowa", "KS": "kansas", "KY": "kentucky", "LA": "louisiana",
        "ME": "maine", "MD": "maryland", "MA": "massachusetts", "MI": "michigan",
        "MN": "minnesota", "MS": "mississippi", "MO": "missouri", "MT": "montana",
        "NE": "nebraska", "NV": "nevada", "NH": "new hampshire", "NJ": "new jersey",
        "NM": "new mexico", "NY": "new york", "NC": "north carolina", "ND": "north dakota",
        "OH": "ohio", "OK": "oklahoma", "OR": "oregon", "PA": "pennsylvania",
        "RI": "rhode island", "SC": "south carolina", "SD": "south dakota", "TN": "tennessee",
        "TX": "texas", "UT": "utah", "VT": "vermont", "VA": "virginia", "WA": "washington",
        "WV": "west virginia", "WI": "wisconsin", "WY": "wyoming", "AS": "american samoa",
        "GU": "guam", "MP": "northern mariana islands", "PR": "puerto rico",
        "VI": "virgin islands", "FM": "micronesia", "MH": "marshall islands", "PW": "palau",
        "AA": "armed forces americas", "AE": "armed forces europe", "AP": "armed forces pacific",
    }
)  # fmt: skip
_CODE_OF = {name: code for code, name in NAMES.items()}
FOREIGN = "ZZ"  # the FEC's code for an address abroad


def mailing_state(text: str, country: str = "") -> str:
    """Return the two letters; `ZZ` for an address abroad, and empty where it says no state.

    >>> mailing_state("ohio"), mailing_state("D.C.", "US"), mailing_state("ON", "CA")
    ('OH', 'DC', 'ZZ')
    >>> mailing_state("n/a")
    ''
    """
    if country and country.upper() not in ("US", "USA", "UNITED STATES"):
        return FOREIGN
    plain = text.replace(".", "").strip()
    code = _CODE_OF.get(plain.lower(), plain.upper())
    return code if is_known(code) else ""


def is_known(code: str) -> bool:
    """Whether the FEC takes the code."""
    return code in NAMES or code == FOREIGN

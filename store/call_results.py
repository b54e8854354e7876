"""What questions to the call log mean by a contact, as a list for SQL."""

from __future__ import annotations

from campaign.calling.results import CONTACTS

CONTACTED = ", ".join(f"'{code}'" for code in sorted(CONTACTS))

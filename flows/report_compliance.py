"""Draw up the treasurer's package and the filing that is due next."""

from __future__ import annotations

from typing import Any

from campaign.requests import ReportRequest
from tasks.artifacts import lead_to, publish_table
from tasks.filings import draw_up_filing_of
from tasks.packages import draw_up_package, headline
from tasks.policies import stage


@stage("report-compliance")
def report_compliance(request: ReportRequest) -> dict[str, Any]:
    """Draw up the package of these days, and a draft of the FEC report they belong to."""
    package = draw_up_package(request)
    filing = draw_up_filing_of(request)
    days = f"{request.first_day} to {request.last_day}"
    publish_table("treasurer-package", headline(package), f"{package['report']}: {days}")
    lead_to(f"/reports/{package['report']}", "See the report")
    return package | {"filing": filing}

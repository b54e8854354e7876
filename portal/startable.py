"""The flows that people may start: what they are called, what they take, where their work is seen.

What belongs here: names and requests. Not here: how Prefect is asked (`runs`).
"""

from __future__ import annotations

from dataclasses import dataclass

from campaign.requests import (
    AllocateRequest,
    CampaignDayRequest,
    CollectRequest,
    ImportRequest,
    PublishRequest,
    ReconcileRequest,
    ReportRequest,
    Request,
    ResultsRequest,
    SyncRequest,
    ValidateRequest,
)
from portal.access import NotFoundError
from portal.words import words


@dataclass(frozen=True, slots=True)
class Startable:
    """A flow that people may start with a form."""

    name: str
    title: str
    about: str
    request: type[Request]

    @property
    def deployment(self) -> str:
        """Return its deployment's name in Prefect."""
        return f"{self.name}/default"


# Paths are left out of the forms: files come in through the pages that look at them first.
STARTABLE = (
    Startable("run-campaign-day", "Run a campaign's day",
              "Everything from results to reports, in order; it goes on where it stopped.",
              CampaignDayRequest),
    Startable("allocate-calls", "Allocate calls",
              "Share out the donors who may be called so that the most money is expected.",
              AllocateRequest),
    Startable("publish-assignments", "Publish assignments",
              "Hand the approved plan to the teams.", PublishRequest),
    Startable("record-results", "Record results",
              "Take in a team's file of results.", ResultsRequest),
    Startable("collect-pledges", "Collect pledges",
              "Send payment links, and remind those who are late.", CollectRequest),
    Startable("sync-stripe", "Sync Stripe",
              "Fetch Stripe's records of some days.", SyncRequest),
    Startable("reconcile-pledges", "Reconcile pledges",
              "Match payments with pledges and tie every cent out.", ReconcileRequest),
    Startable("report-compliance", "Write the reports",
              "The treasurer's package of some days.", ReportRequest),
    Startable("validate-donors", "Judge the lists again",
              "Today's quality rules over the lists that were admitted.", ValidateRequest),
)  # fmt: skip
# Where the work of a flow is seen.
RESULTS = {
    "import-donors": ("/lists", "See the lists"),
    "validate-donors": ("/lists", "See the lists"),
    "allocate-calls": ("/plans", "See the plan"),
    "publish-assignments": ("/scorecards", "See the teams"),
    "record-results": ("/scorecards", "See the teams"),
    "collect-pledges": ("/campaigns", "See the campaign"),
    "sync-stripe": ("/runs/start/reconcile-pledges", "Reconcile now"),
    "reconcile-pledges": ("/books", "See the tie-out"),
    "report-compliance": ("/reports", "See the reports"),
    "run-campaign-day": ("/campaigns", "See the campaign"),
}
IMPORT = Startable("import-donors", "Import a list", "", ImportRequest)


_TITLES = {flow.name: flow.title for flow in (*STARTABLE, IMPORT)}


def title_of(flow: str) -> str:
    """Return what people call a flow."""
    return _TITLES.get(flow, words(flow))


def startable(name: str) -> Startable:
    """Return the flow of that name; NotFoundError when people may start none such."""
    for flow in STARTABLE:
        if flow.name == name:
            return flow
    raise NotFoundError("No such flow can be started from here.")

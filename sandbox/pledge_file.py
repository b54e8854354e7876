"""Pledges made elsewhere, at a dinner for instance: a file for `pledgeline pledges import`."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta

from campaign.money import to_major
from sandbox.chance import Chance
from sandbox.population import Population

NAME = "pledges.csv"
COLUMNS = (
    "pledge_ref", "first_name", "last_name", "email", "phone", "postal_code", "amount",
    "currency", "pledged_on", "due_on", "instalments",
)  # fmt: skip
SHARE_WHO_PLEDGED = 0.05


def pledge_file(population: Population, pledged_on: date) -> str:
    """Return the pledges of one evening as CSV; the same ones for the same seed."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for person_id in range(len(population.people)):
        chance = Chance(population.seed, "dinner", person_id)
        if chance.happens(SHARE_WHO_PLEDGED):
            person = population.person(person_id)
            due_on = pledged_on + timedelta(days=chance.one_of((7, 14, 21)))
            writer.writerow([
                f"DINNER-{person_id:05d}", person["first_name"], person["last_name"],
                person["email"], person["phone_e164"], person["zip"],
                to_major(int(person["usual_cents"])), "usd", pledged_on.isoformat(),
                due_on.isoformat(), chance.one_of((1, 1, 1, 3)),
            ])  # fmt: skip
    return text.getvalue()

"""What everybody writes first: pandas, phonenumbers row by row, and the ORM."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import phonenumbers
from sqlalchemy import BigInteger, Identity, Text, select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from store.session import engine, unit_of_work


class Base(DeclarativeBase):
    """A schema of the script's own."""


class Person(Base):
    """A person, as the script keeps one."""

    __tablename__ = "script_person"
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    first: Mapped[str | None] = mapped_column(Text)
    last: Mapped[str | None] = mapped_column(Text)
    phone: Mapped[str | None] = mapped_column(Text, index=True)
    email: Mapped[str | None] = mapped_column(Text, index=True)


def run(path: Path, rows: int) -> None:
    """Bring the first rows of a list in, one at a time."""
    Base.metadata.create_all(engine())
    frame = pd.read_csv(path, dtype=str, nrows=rows)
    with unit_of_work() as session:
        for row in frame.to_dict("records"):
            email, last = row["Email"].strip().lower(), row["Last Name"]
            known = session.scalar(select(Person).filter_by(email=email, last=last))
            if known is None:
                phone = _e164(row["Phone"])
                session.add(Person(first=row["First Name"], last=last, phone=phone, email=email))


def _e164(text: str) -> str | None:
    try:
        number = phonenumbers.parse(text, "US")
    except phonenumbers.NumberParseException:
        return None
    return phonenumbers.format_number(number, 0) if phonenumbers.is_valid_number(number) else None

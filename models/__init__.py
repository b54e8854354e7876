"""Typed tables, one file a subject; only `store/` and the migrations open them."""

from models import (
    books,
    calling,
    committee,
    donors,
    giving,
    lists,
    reports,
    stripe_objects,
    users,
)
from models.base import Base

__all__ = [
    "Base",
    "books",
    "calling",
    "committee",
    "donors",
    "giving",
    "lists",
    "reports",
    "stripe_objects",
    "users",
]

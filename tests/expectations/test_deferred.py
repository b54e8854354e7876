"""What a library imports and seldom uses is there when it is used."""

from __future__ import annotations

import sys
from importlib import import_module

from expectations.deferred import deferred

SELDOM = "wave"  # of the standard library; nobody else here imports it


def test_a_deferred_module_is_imported_by_its_first_use_and_not_before() -> None:
    sys.modules.pop(SELDOM, None)
    with deferred(SELDOM):
        held = import_module(SELDOM)
    assert SELDOM not in sys.modules

    assert held.open is import_module(SELDOM).open


def test_what_is_used_while_others_are_deferred_is_the_module_itself() -> None:
    sys.modules.pop(SELDOM, None)
    with deferred(SELDOM):
        opened = import_module(SELDOM).open
        assert opened is sys.modules[SELDOM].open
    assert import_module(SELDOM).open is opened


def test_a_module_that_is_there_already_stays_as_it_is() -> None:
    there = import_module(SELDOM)
    with deferred(SELDOM):
        assert import_module(SELDOM) is there
    assert sys.modules[SELDOM] is there

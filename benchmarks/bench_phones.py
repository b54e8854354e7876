"""Phones: a column at a time against `phonenumbers` row by row, equal on every number."""

from __future__ import annotations

import sys
import time

import numpy as np
import pyarrow as pa

from benchmarks.list_data import phone_texts
from campaign.lists.phones import read_phones, to_phone

TARGET = 50
_ROWS = 1_000_000


def main(rows: int = _ROWS) -> int:
    """Print the ratio; 1 when a number differs or the target is missed."""
    texts = phone_texts(rows, np.random.default_rng(7))
    column = pa.array(texts)
    started = time.perf_counter()
    phones = read_phones(column)
    fast = time.perf_counter() - started
    started = time.perf_counter()
    slow = [to_phone(text) for text in texts.tolist()]
    plain = time.perf_counter() - started
    found = zip(phones.e164.to_pylist(), phones.line_type.to_pylist(), strict=True)
    wrong = sum(
        (one.e164, one.line_type) != own if one else own[0] is not None
        for one, own in zip(slow, found, strict=True)
    )
    ratio = plain / fast
    sys.stdout.write(
        f"phones: {rows:,} mixed numbers in {fast:.2f} s, phonenumbers row by row {plain:.1f} s: "
        f"{ratio:.0f} x (target {TARGET} x), {wrong} differ\n"
    )
    return int(wrong > 0 or ratio < TARGET)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))

"""Ledger, payouts, tie-out and exceptions: every cent accounted for."""

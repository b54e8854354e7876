"""Limits, best efforts, notices, filing and the audit chain."""

"""Pledges, who paid, and what a payment pays."""

"""Whom to call, when, with which team, what to ask; and what came back."""

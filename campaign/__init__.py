"""The rules of a fundraising call campaign: pure functions and values.

Belongs here: what the law, the field and arithmetic decide. Does not belong here: a database,
a web service, Prefect, Stripe, or the clock ("now" is always a parameter).
"""

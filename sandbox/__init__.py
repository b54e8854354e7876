"""The sandbox: a stand-in for Stripe, a bank, call centres and a population of invented donors.

For trying and testing only. It speaks to the product through the same doors as the world does (an
HTTP address, files, a clock file), refuses live keys, and imports nothing of ours but
`campaign/money.py`.
"""

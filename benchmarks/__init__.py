"""How fast: each file measures one row of the table against a named baseline in the same run.

Belongs here: measurements and their baselines. Does not belong here: tests; nothing fails for
being slow.
"""

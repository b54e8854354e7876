"""What clean looks like: one suite a kind of list, one judge.

Great Expectations is imported here, and only here for the first time: it is slow to import, a third
of that for plots and distributions that no list of ours asks for.
"""

import os
import warnings

from expectations.deferred import deferred

os.environ.setdefault("GX_ANALYTICS_ENABLED", "False")  # donors' data: nothing is told to anyone
with warnings.catch_warnings(), deferred("altair", "scipy.stats"):
    warnings.simplefilter("ignore")  # the library itself uses what Python has deprecated
    import great_expectations  # noqa: F401 - for those who import it after

"""The portal: pages and an API over the same stores and rules that the command line uses.

It never imports flows or tasks: a run is started by its deployment's name (portal/runs.py).
"""

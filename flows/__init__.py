"""A table of contents each: what happens in which order."""

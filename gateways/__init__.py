"""Doors to the world: each a Protocol and the real thing."""

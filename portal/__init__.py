"""Pages and API; starts flows by the name of their deployment."""

"""The `pledgeline up` command."""


def up() -> None:
    """Start everything."""

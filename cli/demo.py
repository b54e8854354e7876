"""The `pledgeline demo` command."""


def demo() -> None:
    """Run a whole invented campaign."""

"""The world: the only code that starts processes."""

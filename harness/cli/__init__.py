"""The commands and the console."""

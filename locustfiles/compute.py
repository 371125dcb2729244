"""Ask for a checksum, which takes the server some tens of milliseconds of computing."""

from _load import LoadUser


class Compute(LoadUser):
    """A thousand seeds, drawn evenly."""

    path = "/checksum/{key}"
    keys = range(1, 1001)

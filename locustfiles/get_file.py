"""Read a page of a file, for which the server reads the whole of it."""

from _load import LoadUser


class GetFile(LoadUser):
    """A thousand pages, drawn evenly."""

    path = "/files/{key}"
    keys = range(1, 1001)

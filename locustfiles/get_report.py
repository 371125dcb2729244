"""Read a report, which the server sends line by line."""

from _load import LoadUser


class GetReport(LoadUser):
    """A thousand reports, drawn evenly."""

    path = "/reports/{key}"
    keys = range(1, 1001)

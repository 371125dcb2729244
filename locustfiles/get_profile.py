"""Ask for a profile, which the server puts together from several calls."""

from _load import LoadUser


class GetProfile(LoadUser):
    """A thousand profiles, drawn evenly; a profile that takes longer than a second is of no use."""

    path = "/profiles/{key}"
    keys = range(1, 1001)
    deadline_s = 1.0

"""Read one user by key."""

from _load import LoadUser


class GetUser(LoadUser):
    """A thousand users, drawn evenly."""

    path = "/users/{key}"
    keys = range(1, 1001)

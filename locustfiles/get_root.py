"""Ask for the root, whatever answers there: the smallest request there is."""

from _load import LoadUser


class GetRoot(LoadUser):
    """One and the same request, again and again."""

    idle = "/"

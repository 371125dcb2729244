"""What a book looks like."""

from pydantic import BaseModel


class Chapter(BaseModel):
    """A chapter."""

    id: int
    title: str
    words: int
    free: bool
    volume: int
    price: float
    summary: str


class Book(BaseModel):
    """A book with its chapters."""

    id: int
    chapters: list[Chapter]

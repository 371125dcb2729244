"""What git knows of a checkout."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from harness.model.errors import BenchError


@dataclass(frozen=True, slots=True)
class Repo:
    """A git repository, by the folder of its checkout."""

    root: Path

    def ask(self, *words: str) -> str:
        """Return what a git command prints, or nothing where it fails.

        Raises BenchError where there is no git, or where it refuses a checkout of somebody else.
        """
        try:
            return subprocess.run(
                ["git", *words],  # noqa: S607  git is where PATH says
                cwd=self.root,
                capture_output=True,
                text=True,
                check=True,
            ).stdout.strip()
        except FileNotFoundError:
            hint = "install it: a gate takes the base from it"
            raise BenchError("there is no git", hint=hint) from None
        except subprocess.CalledProcessError as error:
            if "dubious ownership" not in error.stderr:
                return ""
            raise BenchError(
                f"git refuses a checkout that belongs to somebody else, {self.root}",
                hint=f"git config --global --add safe.directory {self.root}",
            ) from None

    def describe(self) -> str:
        """Return the commit that is checked out, and whether anything was changed since."""
        return self.ask("describe", "--always", "--dirty")

    def committed_at(self, commit: str) -> str:
        """Return the time of a commit in ISO format; nothing where git does not know it."""
        return self.ask("show", "--no-patch", "--format=%cI", _commit(commit))

    def order(self, commits: Iterable[str]) -> dict[str, int]:
        """Return the places of commits in their own order, parents first; of those git knows."""
        names = {one: self.ask("rev-parse", "--verify", "--quiet", _commit(one)) for one in commits}
        known = {one: found for one, found in names.items() if found}
        if not known:
            return {}
        listed = self.ask("rev-list", "--topo-order", "--reverse", *sorted(set(known.values())))
        places = {commit: place for place, commit in enumerate(listed.splitlines())}
        return {one: places[found] for one, found in known.items()}

    def resolve(self, ref: str) -> str:
        """Return the commit that a name stands for; raises BenchError where there is none."""
        found = self.ask("rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}")
        if not found:
            hint = "fetch it (in a shallow clone: git fetch --unshallow), or correct the name"
            raise BenchError(f"git knows no commit {ref!r} here", hint=hint)
        return found

    def base_of(self, base: str, head: str | None) -> str:
        """Return the commit at which head, or the checkout, left base.

        So what base got since then is not held against head. It is base itself where git does
        not know, or where a head that is named lies before it; a checkout that is behind base has
        only what is not committed.
        """
        found = self.ask("merge-base", self.resolve(base), self.resolve(head or "HEAD"))
        return base if found in {"", self.resolve(base), head and self.resolve(head)} else found


def _commit(described: str) -> str:
    """Return how git finds a commit that it described."""
    return f"{described.removesuffix('-dirty')}^{{commit}}"

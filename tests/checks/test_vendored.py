"""What others wrote and we carry along is what they published, with its licence."""

from __future__ import annotations

import hashlib
import re

from harness.project import ROOT

REVEAL = ROOT / "harness" / "report" / "vendor" / "reveal"


def test_every_vendored_file_is_the_one_that_was_published() -> None:
    """By its hash, which stands in the README beside it; no file is without one."""
    listed = dict(re.findall(r"^\| `(\S+)` \| `([0-9a-f]{64})` \|", _readme(), re.MULTILINE))
    found = {path.name: path.read_bytes() for path in REVEAL.iterdir() if path.name != "README.md"}
    assert {name: hashlib.sha256(text).hexdigest() for name, text in found.items()} == listed


def test_the_licence_is_there() -> None:
    """And the version."""
    assert "Permission is hereby granted, free of charge" in (REVEAL / "LICENSE").read_text()
    assert "reveal.js 6.0.2" in _readme()


def _readme() -> str:
    return (REVEAL / "README.md").read_text()

"""A worker that is killed in the middle of a trial makes no number: a void block, or a reason."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.drive import driven, naps

# One of the two ends itself, once; the other goes on.
DYING = """async def nap(key: int):
    if next(count) == 100:
        try:
            os.mkdir(ONCE)
        except FileExistsError:
            pass
        else:
            os.kill(os.getpid(), 9)
    await asyncio.sleep(0.002)
    return key
"""


@pytest.mark.parametrize("server", ["uvicorn", "granian", "hypercorn"])
def test_a_worker_that_is_killed_in_the_middle_voids_the_trial_or_ends_the_run(
    server: str, tmp_path: Path
) -> None:
    """One server starts another worker; two of them end."""
    once = tmp_path / "once"
    asked = naps(tmp_path, {"dying": DYING.replace("ONCE", repr(str(once)))})
    (variant,) = asked.variants
    scenario = replace(asked, variants=(replace(variant, server=server, workers=2),))
    (found,) = driven(tmp_path, scenario, "dying", closed_s=1.0, probed=False)
    assert once.exists()
    if server == "uvicorn":
        assert "RESTARTED" in found.void
    else:
        assert "nap/dying (block 1) ended with exit code" in found.refused
        assert "its log is" in found.refused

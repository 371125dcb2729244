"""A program that starts sharing.py under supervision, and waits to be killed.

    python supervised.py

It prints what sharing.py prints, and the temporary folder.
"""

from __future__ import annotations

import json
import signal
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from harness.system.processes import ProcessSupervisor

SHARING = Path(__file__).with_name("sharing.py")


def main() -> None:
    """Start it, pass its words on, wait."""
    with ProcessSupervisor() as supervisor:
        log = supervisor.folder / "log"
        process = supervisor.start(
            [sys.executable, SHARING], log=log, piped=True, ends_on=signal.SIGKILL
        )
        assert process.stdout is not None
        found = json.loads(process.stdout.readline())
        said = json.dumps({**found, "folder": str(supervisor.folder)})
        print(said, flush=True)  # noqa: T201  the test reads it
        time.sleep(600)


if __name__ == "__main__":
    main()

"""What a process that we start inherits from our environment: this list, and no more.

A stray WEB_CONCURRENCY or PYTHONASYNCIODEBUG would change the experiment.
"""

from __future__ import annotations

import os

INHERITED = (
    *("HOME", "LANG", "LANGUAGE", "LOGNAME", "PATH", "SHELL", "TERM", "TMPDIR", "TZ", "USER"),
    *("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH"),
    *("SSL_CERT_DIR", "SSL_CERT_FILE"),
)


def inherited() -> dict[str, str]:
    """Return the variables that a process we start inherits, with the locale's own (LC_*)."""
    return {
        name: value
        for name, value in os.environ.items()
        if name in INHERITED or name.startswith("LC_")
    }

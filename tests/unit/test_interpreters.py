"""Interpreters other than ours: found by their versions, and asked for what they have."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness import servers
from harness.experiment import fitting
from harness.model.errors import Unavailable
from harness.model.scenario import Variant
from harness.system import interpreters


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Look for interpreters in an empty checkout, without uv, and forget what was found."""
    monkeypatch.setattr(interpreters, "ROOT", tmp_path)
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    monkeypatch.setattr(shutil, "which", lambda _: None)
    for version in ("3.12", "3.14T"):
        monkeypatch.delenv(f"PYTHON_{version.replace('.', '_')}", raising=False)
    forget()
    yield tmp_path
    forget()


def forget() -> None:
    """Ask anew."""
    interpreters.find.cache_clear()
    interpreters.require.cache_clear()


def interpreter(path: Path, version: str, lacks: str = "") -> Path:
    """Write a program that says it is this Python, and what it lacks."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'#!/bin/sh\n[ $# -gt 2 ] && echo "{lacks}" || echo {version}\n')
    path.chmod(0o755)
    return path


def found_by_uv(folder: Path, monkeypatch: pytest.MonkeyPatch, found: Path) -> None:
    """Let uv be installed, and find this."""
    uv = folder / "uv"
    uv.write_text(f"#!/bin/sh\necho '{found}'\n")
    uv.chmod(0o755)
    monkeypatch.setattr(shutil, "which", lambda _: str(uv))


def test_one_that_is_not_here_is_named_with_the_commands_that_bring_it() -> None:
    """And with the variable that names one."""
    with pytest.raises(Unavailable, match=r"this machine has no Python 3\.14t") as refused:
        interpreters.find("3.14t+gil")
    hint = refused.value.hint
    assert "`uv venv --python 3.14t .pythons/3.14t && uv pip install" in hint
    assert " --python .pythons/3.14t/bin/python fastapi==" in hint
    assert hint.endswith("or name one by PYTHON_3_14T")


def test_a_variable_comes_before_the_checkout_and_uv_comes_last(
    elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each has the version that is asked for."""
    by_uv = interpreter(elsewhere / "uvs", "3.12")
    found_by_uv(elsewhere, monkeypatch, by_uv)
    assert interpreters.find("3.12") == by_uv
    forget()
    local = interpreter(elsewhere / ".pythons" / "3.12" / "bin" / "python", "3.12")
    assert interpreters.find("3.12") == local
    forget()
    named = interpreter(elsewhere / "named", "3.12")
    monkeypatch.setenv("PYTHON_3_12", str(named))
    assert interpreters.find("3.12") == named


@pytest.mark.parametrize(("version", "says"), [("3.11", "is Python 3.11, and not 3.12"), ("", "")])
def test_one_of_another_version_or_of_none_is_refused(
    elsewhere: Path, monkeypatch: pytest.MonkeyPatch, version: str, says: str
) -> None:
    """By its path: it may be named wrongly."""
    path = interpreter(elsewhere / "python", version)
    monkeypatch.setenv("PYTHON_3_12", str(path))
    with pytest.raises(Unavailable, match=says or "it does not run") as refused:
        interpreters.find("3.12")
    assert str(path) in str(refused.value)
    path.unlink()
    with pytest.raises(Unavailable, match="it does not run"):
        interpreters.find("3.12")


def test_one_that_lacks_packages_is_named_with_the_command_that_installs_them(
    elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those that it lacks, in our versions; our own is mended by the lock."""
    path = interpreter(elsewhere / "python", "3.12", lacks="fastapi nowhere")
    monkeypatch.setenv("PYTHON_3_12", str(path))
    with pytest.raises(Unavailable, match=r"Python 3\.12 lacks fastapi, nowhere$") as refused:
        interpreters.require("3.12", ("fastapi", "nowhere"))
    assert refused.value.hint.startswith(f"install by `uv pip install --python {path} fastapi==")
    assert refused.value.hint.endswith(" nowhere`")
    with pytest.raises(Unavailable, match=r"that runs bench\.py lacks nowhere$") as refused:
        interpreters.require("", ("json", "nowhere"))
    assert refused.value.hint.endswith("-m pip install --require-hashes -r requirements.lock`")
    interpreters.require("", ("json",))


def test_one_that_uv_found_is_not_installed_into(
    elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is the system's: the commands make an environment of it."""
    found_by_uv(elsewhere, monkeypatch, interpreter(elsewhere / "python", "3.12", lacks="fastapi"))
    with pytest.raises(Unavailable, match=r"Python 3\.12 lacks fastapi$") as refused:
        interpreters.require("3.12", ("fastapi",))
    assert "`uv venv --python 3.12 .pythons/3.12 && uv pip install" in refused.value.hint


def test_only_one_with_a_lock_that_could_go_without_is_told_to_keep_it() -> None:
    """Going without is never forced: an extension that needs the lock would run without it."""
    names = ("", "3.14", "3.14t", "3.14t+gil")
    told = {name: dict(interpreters.environment(name)) for name in names}
    assert told == {"": {}, "3.14": {}, "3.14t": {}, "3.14t+gil": {"PYTHON_GIL": "1"}}
    assert [interpreters.has_gil(name) for name in names] == [True, True, False, True]


def test_what_the_machine_cannot_serve_is_told_from_what_it_can(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Our own version would be measured twice, a server may not be installed."""
    usual = Variant("usual", "naps", "loop")
    assert fitting.on_host(usual) is None
    own = Variant("own", "naps", "loop", python=interpreters.own_version())
    assert "would be measured twice" in str(fitting.on_host(own))
    without = servers.Server(servers.granian.command, ("nowhere",))
    monkeypatch.setitem(servers.SERVERS, "granian", without)
    missing = fitting.on_host(Variant("other", "naps", "loop", server="granian"))
    assert missing is not None
    assert "lacks nowhere" in str(missing)
    assert fitting.by_one_interpreter(usual) is None
    contained = fitting.by_one_interpreter(own)
    assert contained is not None
    assert contained.hint == "measure it with --on host"

"""Which files are taken for an app's own code."""

from __future__ import annotations

import sys
import sysconfig
from pathlib import Path
from types import ModuleType

import pytest

from harness.agent.own_code import AGENT, OwnCode, import_root, root_of


def test_own_code_is_below_the_folder_and_in_no_library(tmp_path: Path) -> None:
    """Though a virtual environment lies in the project's root, as many do."""
    own = OwnCode(tmp_path)
    assert own.holds(f"{tmp_path}/main.py")
    assert own.holds(f"{tmp_path}/shop/api/orders.py")
    assert not own.holds(f"{tmp_path}/.venv/lib/python3.13/site-packages/starlette/routing.py")
    assert not own.holds(f"{tmp_path}/vendor/dist-packages/library.py")
    assert not own.holds(f"{tmp_path}2/main.py")
    assert own.shown(f"{tmp_path}/shop/orders.py") == "shop/orders.py"
    assert own.shown("/elsewhere/orders.py") == "orders.py"


def test_own_code_is_neither_the_interpreters_nor_the_agents() -> None:
    """Even of an app that lies at the root of everything."""
    own = OwnCode(Path("/"))
    assert own.holds("/srv/main.py")
    assert not own.holds(str(Path(sysconfig.get_path("stdlib")) / "asyncio" / "events.py"))
    assert not own.holds(f"{sys.prefix}/bin/tool.py")
    assert not own.holds(str(AGENT / "app.py"))


def test_an_app_inside_an_environment_has_own_code(monkeypatch: pytest.MonkeyPatch) -> None:
    """Such as /venv/src, or a package that is installed."""
    monkeypatch.setattr(sys, "prefix", "/venv")
    own = OwnCode(Path("/venv/src"))
    assert own.holds("/venv/src/main.py")
    assert not own.holds("/venv/src/site-packages/main.py")
    shop = ModuleType("shop.api.main")
    shop.__file__ = "/venv/lib/site-packages/shop/api/main.py"
    assert import_root(shop) == Path("/venv/lib/site-packages/shop")
    assert OwnCode(import_root(shop)).holds("/venv/lib/site-packages/shop/db.py")
    shop.__file__ = "/srv/shop/api/main.py"
    assert import_root(shop) == Path("/srv")


def test_no_virtual_environment_inside_a_project_is_its_own(tmp_path: Path) -> None:
    """By what marks it, whatever its name and however deep it lies."""
    environment = tmp_path / "backend" / "env"
    environment.mkdir(parents=True)
    (environment / "pyvenv.cfg").touch()
    own = OwnCode(tmp_path)
    assert own.holds(f"{tmp_path}/backend/main.py")
    assert not own.holds(f"{environment}/src/library/client.py")


def test_the_root_of_a_project_is_given_or_found(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What is imported from a folder below it is its own as well."""
    shop = ModuleType("main")
    shop.__file__ = f"{tmp_path}/src/main.py"
    assert root_of(shop) == tmp_path / "src"
    monkeypatch.setenv("ROOT_FOLDER", str(tmp_path))
    assert root_of(shop) == tmp_path.resolve()
    own = OwnCode(root_of(shop))
    assert own.named(f"{tmp_path.resolve()}/src/main.py") == "src/main.py"


def test_a_scenario_is_named_by_its_file_alone() -> None:
    """An app's own file by its path."""
    own = OwnCode(Path("/srv"))
    assert own.named("/srv/scenarios/postgres_read/blocking.py") == "blocking.py"
    assert own.named("/srv/shop/users.py") == "shop/users.py"

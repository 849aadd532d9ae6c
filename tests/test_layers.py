"""Imports point inwards only, as the syntax trees show."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
import sys

import pytest

PACKAGE = "custom_components.plaspy_trackers"
FOLDER = Path(__file__).parent.parent / "custom_components" / "plaspy_trackers"

NOT_IN_RING_1 = {"asyncio", "socket", "logging", "time"}
CLOCKS = {"now", "utcnow", "today"}
VOCABULARY = {"gateway.models", "gateway.commands"}
KNOW_SOCKETS = {"gateway.server", "gateway.forward"}
# What Home Assistant brings: orjson reads and writes JSON four to ten times as fast as the standard library.
INNER_LIBRARIES = {"aiohttp", "orjson", "sqlalchemy"}


def test_imports_point_inwards() -> None:
    """The whole package keeps the rules."""
    sources = {path.relative_to(FOLDER).as_posix(): path.read_text("utf-8") for path in FOLDER.rglob("*.py")}
    assert "gateway/models.py" in sources
    assert violations(sources) == []


GOOD = {
    "__init__.py": "from homeassistant.core import HomeAssistant\nfrom .hub import Hub",
    "hub.py": "import asyncio\nimport aiohttp\nfrom .gateway.server import Server\nfrom .archive import Archive",
    "tracker.py": "import logging\nfrom .gateway.models import Report\nnow = datetime.now()",
    "archive/__init__.py": "import orjson, sqlalchemy\nfrom sqlalchemy import Engine\nfrom ..gateway import models",
    "geolocation/__init__.py": "import aiohttp\nfrom . import providers",
    "geolocation/providers.py": "from ..gateway import models",
    "gateway/__init__.py": "",
    "gateway/models.py": "from dataclasses import dataclass",
    "gateway/commands.py": "from enum import StrEnum\nfrom .models import Report",
    "gateway/server.py": "import asyncio, socket, time\nfrom .protocols import detect\nfrom . import models",
    "gateway/forward.py": "import asyncio",
    "gateway/protocols/__init__.py": "from .base import Protocol\nfrom .gt06 import Gt06\nfrom . import xexun",
    "gateway/protocols/base.py": "from abc import ABC\nfrom ..models import Report\nclass Protocol(ABC): ...",
    "gateway/protocols/fields.py": "import re, struct\nfrom datetime import datetime\nx = datetime.fromtimestamp(0)",
    "gateway/protocols/gt06.py": "from .base import Protocol\nfrom . import fields\nclass Gt06(Protocol): ...",
    "gateway/protocols/xexun.py": "from .base import Protocol\nclass Xexun(Protocol):\n  def f(self, now): return now",
}

PLANTED = [
    # Ring 1 is the standard library, without a clock and without the outside world.
    ("gateway/models.py", "import asyncio", "imports asyncio"),
    ("gateway/models.py", "from asyncio import sleep", "imports asyncio"),
    ("gateway/models.py", "import orjson", "imports orjson"),
    ("gateway/models.py", "def f():\n  import socket", "imports socket"),
    ("gateway/protocols/gt06.py", "import logging.handlers", "imports logging"),
    ("gateway/protocols/gt06.py", "from time import time", "imports time"),
    ("gateway/protocols/gt06.py", "import re, time as clock", "imports time"),
    ("gateway/protocols/gt06.py", "import aiohttp", "imports aiohttp"),
    ("gateway/protocols/gt06.py", "from homeassistant.util import dt", "imports homeassistant"),
    ("gateway/protocols/gt06.py", "if TYPE_CHECKING:\n  from homeassistant import core", "imports homeassistant"),
    ("gateway/protocols/fields.py", "import datetime\nx = datetime.datetime.now(datetime.UTC)", "calls now"),
    ("gateway/protocols/fields.py", "from datetime import datetime as d\nx = d.utcnow()", "calls utcnow"),
    ("gateway/protocols/fields.py", "from datetime import date\nclock = date.today", "calls today"),
    # Inwards only.
    ("gateway/models.py", "from .protocols import fields", "imports gateway.protocols.fields"),
    ("gateway/models.py", "from .protocols.base import Protocol", "imports gateway.protocols.base"),
    ("gateway/models.py", "from . import server", "imports gateway.server"),
    ("gateway/commands.py", "from .protocols import fields", "imports gateway.protocols.fields"),
    ("gateway/commands.py", "import asyncio", "imports asyncio"),
    ("gateway/protocols/gt06.py", "from ..server import Session", "imports gateway.server"),
    ("gateway/protocols/gt06.py", "from ...archive import Archive", "imports archive"),
    ("gateway/protocols/gt06.py", "from ... import const", "imports const"),
    ("gateway/protocols/gt06.py", f"from {PACKAGE}.hub import Hub", "imports hub"),
    ("tracker.py", "from .hub import Hub", "imports hub"),
    ("tracker.py", f"import {PACKAGE}.hub", "imports hub"),
    ("tracker.py", "from . import const", "imports const"),
    ("archive/__init__.py", "from ..const import DOMAIN", "imports const"),
    ("gateway/server.py", f"from {PACKAGE} import hub", "imports hub"),
    ("tracker.py", f"import {PACKAGE}", "imports the package"),
    # A protocol stands alone.
    ("gateway/protocols/gt06.py", "from .xexun import Xexun", "imports gateway.protocols.xexun"),
    ("gateway/protocols/gt06.py", "from . import xexun", "imports gateway.protocols.xexun"),
    ("gateway/protocols/gt06.py", "from . import detect", "imports gateway.protocols"),
    ("gateway/protocols/fields.py", "from .xexun import Xexun", "imports gateway.protocols.xexun"),
    ("gateway/protocols/base.py", f"import {PACKAGE}.gateway.protocols.xexun", "imports gateway.protocols.xexun"),
    # Ring 2 does not know Home Assistant, and its libraries have their places.
    ("tracker.py", "import homeassistant", "imports homeassistant"),
    ("media.py", "from homeassistant.core import HomeAssistant", "imports homeassistant"),
    ("media.py", "from .hub import Hub", "imports hub"),
    ("geolocation/providers.py", "from homeassistant.helpers import aiohttp_client", "imports homeassistant"),
    ("gateway/server.py", "import homeassistant.core", "imports homeassistant"),
    ("gateway/forward.py", "from probatio import Schema", "imports probatio"),
    ("gateway/__init__.py", "import asyncio", "imports asyncio"),
    ("gateway/session.py", "import socket", "imports socket"),
    ("gateway/server.py", "import sqlalchemy", "imports sqlalchemy"),
    ("hub.py", "from sqlalchemy import select", "imports sqlalchemy"),
    # Nobody validates with voluptuous.
    ("config_flow.py", "import voluptuous as vol", "imports voluptuous"),
    ("archive/__init__.py", "from voluptuous import Schema", "imports voluptuous"),
]


def test_clean_tree_has_no_violation() -> None:
    """What the rules allow is found to be allowed."""
    assert violations(GOOD) == []


@pytest.mark.parametrize(("path", "planted", "complaint"), PLANTED)
def test_planted_violation_is_found(path: str, planted: str, complaint: str) -> None:
    """Every rule can fail."""
    source = GOOD.get(path, "")
    sources = {"const.py": "", **GOOD, path: f"{source}\n{planted}"}
    assert violations(sources) == [f"{path}: {complaint}"]


def violations(sources: Mapping[str, str]) -> list[str]:
    """Return what breaks the rules in a tree of sources, named by their paths within the package."""
    trees = {module_name(path): (path, ast.parse(source, path)) for path, source in sources.items()}
    protocols = {name for name, (_, tree) in trees.items() if defines_protocol(tree)}
    return [
        f"{path}: {complaint}"
        for name, (path, tree) in sorted(trees.items())
        for complaint in dict.fromkeys(complaints(name, path, tree, set(trees), protocols))
    ]


def complaints(name: str, path: str, tree: ast.AST, modules: set[str], protocols: set[str]) -> Iterator[str]:
    """Yield what one module does that it must not."""
    for inside, imported in imports(path, tree, modules):
        allowed = may_know(name, imported, protocols) if inside else may_use(name, imported)
        if not allowed:
            yield f"imports {imported or 'the package'}"
    if ring(name) == 1:
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and node.attr in CLOCKS:
                yield f"calls {node.attr}"


def may_know(name: str, imported: str, protocols: set[str]) -> bool:
    """Tell whether a module of the package may import another one of it."""
    if ring(imported) > ring(name):
        return False
    if name in VOCABULARY:
        return not imported.startswith("gateway.protocols")
    if not name.startswith("gateway.protocols."):
        return True
    # Only the tuple of all protocols, in the package's own module, names them.
    return imported not in protocols and imported != "gateway.protocols"


def may_use(name: str, library: str) -> bool:
    """Tell whether a module of the package may import a library."""
    if library == "voluptuous":
        return False
    if library == "sqlalchemy":
        return name.partition(".")[0] == "archive"
    if ring(name) == 3:
        return True
    if library in ("asyncio", "socket") and name.startswith("gateway"):
        return name in KNOW_SOCKETS
    if ring(name) == 2:
        return library in sys.stdlib_module_names or library in INNER_LIBRARIES
    return library in sys.stdlib_module_names and library not in NOT_IN_RING_1


def ring(name: str) -> int:
    """Return how far out a module lies."""
    if name in VOCABULARY or name.split(".")[:2] == ["gateway", "protocols"]:
        return 1
    return 2 if name.partition(".")[0] in ("gateway", "archive", "geolocation", "media", "tracker") else 3


def imports(path: str, tree: ast.AST, modules: set[str]) -> Iterator[tuple[bool, str]]:
    """Yield every import wherever it stands: (True, module of the package) or (False, name of a library)."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield located(alias.name)
        elif isinstance(node, ast.ImportFrom):
            inside, base = located(node.module or "") if not node.level else (True, resolved(path, node))
            if not inside:
                yield inside, base
                continue
            for alias in node.names:
                # A name taken from a package is its module of that name, or something the package itself defines.
                named = f"{base}.{alias.name}".lstrip(".")
                yield True, named if named in modules else base


def located(module: str) -> tuple[bool, str]:
    """Return whether an absolute name lies in the package, and its name in there or the library's own."""
    if module == PACKAGE or module.startswith(f"{PACKAGE}."):
        return True, module.removeprefix(PACKAGE).lstrip(".")
    return False, module.partition(".")[0]


def resolved(path: str, node: ast.ImportFrom) -> str:
    """Return the module that a relative import names."""
    package = PurePosixPath(path).parts[: -node.level]
    return ".".join([*package, *([node.module] if node.module else [])])


def module_name(path: str) -> str:
    """Return the name of a module within the package; the package's own is empty."""
    parts = PurePosixPath(path).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def defines_protocol(tree: ast.AST) -> bool:
    """Tell whether a module is a wire protocol."""
    return any(
        isinstance(node, ast.ClassDef)
        and any(isinstance(base, ast.Name) and base.id == "Protocol" for base in node.bases)
        for node in ast.walk(tree)
    )

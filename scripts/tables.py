"""Keep README.md's tables of devices, protocols and commands what the code says: run by `scripts/lint`.

What a protocol tells is what its modules name. With `--fix` the tables are written, else what differs is told.
"""

import argparse
import ast
from collections.abc import Iterable, Sequence
from difflib import unified_diff
from itertools import groupby
from pathlib import Path
import re
import sys

from custom_components.plaspy_trackers.gateway.commands import DANGERS
from custom_components.plaspy_trackers.gateway.models import Alarm, Readings
from custom_components.plaspy_trackers.gateway.protocols import PROTOCOLS, TITLES, Protocol
from custom_components.plaspy_trackers.gateway.protocols.devices import DEVICES

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
SOURCES = ROOT / "custom_components" / "plaspy_trackers" / "gateway" / "protocols"

#: What a position may come from, by what a report calls it.
PLACES = {"fix": "position", "cells": "cells", "wifi": "Wi-Fi", "beacons": "beacons"}

#: What a table stands between, in README.md.
PLACE = re.compile(r"(<!-- (devices|protocols|commands): made by scripts/lint --fix -->\n).*?(<!-- end -->)", re.DOTALL)


def main() -> int:
    """Check or write the tables; return 1 if one differs."""
    parser = argparse.ArgumentParser(prog="scripts.tables", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--fix", action="store_true", help="write what differs")
    fix = parser.parse_args().fix
    before = README.read_text()
    after = filled(before)
    if fix:
        README.write_text(after)
    elif before != after:
        sys.stdout.writelines(unified_diff(before.splitlines(True), after.splitlines(True), "README.md", "as it is"))
        return 1
    return 0


def filled(text: str) -> str:
    """Return README.md with its tables as the code says they are."""
    tables = {"devices": devices(), "protocols": protocols(), "commands": commands()}
    return PLACE.sub(lambda found: f"{found[1]}\n{tables[found[2]]}\n{found[3]}", text)


def devices() -> str:
    """Return which trackers speak which protocol."""
    rows = []
    for names, group in groupby(DEVICES, key=lambda device: device.names):
        for number, device in enumerate(group):
            rows.append(("" if number else names, TITLES[device.protocol], f"`{device.protocol}`", device.evidence))
    return table(("Device", "Protocol", "Name", "That the device speaks it"), rows)


def protocols() -> str:
    """Return what each protocol's frames tell."""
    rows = []
    for protocol in PROTOCOLS:
        named = names_in(protocol)
        where = [title for name, title in PLACES.items() if name in named]
        readings = [key for key in Readings.__annotations__ if key in named]
        alarms = [alarm for alarm in Alarm if alarm is not Alarm.OTHER and alarm.name in named]
        keeps = "yes" if protocol.acknowledges else "no"
        rows.append((f"`{protocol.name}`", protocol.title, keeps, listed(where), listed(readings), listed(alarms)))
    return table(("Name", "Protocol", "Acknowledged", "Where it is", "Readings", "Alarms"), rows)


def commands() -> str:
    """Return what each protocol's trackers can be asked for."""
    rows = []
    for protocol in PROTOCOLS:
        safe = [f"`{kind}`" for kind in sorted(protocol.commands) if kind not in DANGERS]
        dangerous = [f"`{kind}`" for kind in sorted(protocol.commands) if kind in DANGERS]
        rows.append((f"`{protocol.name}`", ", ".join(safe) or "–", ", ".join(dangerous) or "–"))
    return table(("Name", "Commands", "Only once they are [allowed](#dangerous-commands)"), rows)


def names_in(protocol: type[Protocol]) -> set[str]:
    """Return every text, attribute and argument that the modules of a protocol name, but for what it asks."""
    modules = [
        path
        for path in SOURCES.glob(f"{protocol.name}*.py")
        if re.fullmatch(rf"{protocol.name}(_(?!commands).*)?", path.stem)
    ]
    nodes = [node for path in modules for node in ast.walk(ast.parse(path.read_text()))]
    return {
        name
        for node in nodes
        for name in (getattr(node, "value", None), getattr(node, "attr", None), getattr(node, "arg", None))
        if isinstance(name, str)
    }


def listed(words: Iterable[str]) -> str:
    """Return words as people read them."""
    return ", ".join(word.replace("_", " ") for word in words) or "–"


def table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table in Markdown."""
    return "".join(f"| {' | '.join(row)} |\n" for row in (titles, ["---"] * len(titles), *rows))


if __name__ == "__main__":
    sys.exit(main())

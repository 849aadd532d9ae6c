"""Whole frames of every protocol, made up after its document: identities, numbers and places belong to nobody.

Each module holds the frames of the protocol it is called after: `FRAMES` may stand anywhere in a stream; `FIRST_FRAMES`
may only be the first of a stream or a datagram of its own, because their front was lost or nothing tells their end;
`DAMAGED_FRAMES` have an envelope that holds, but fields that cannot all be read. Where a frame does not say who sent
it, `IDENTITY` does, and `LOGIN` is what it says first.
"""

from importlib import import_module

from custom_components.plaspy_trackers.gateway.protocols import PROTOCOLS

from .moment import NOW

__all__ = ["DAMAGED_FRAMES", "FIRST_FRAMES", "FRAMES", "IDENTITIES", "LOGINS", "NOW"]

_MODULES = {protocol.name: import_module(f".{protocol.name}", __package__) for protocol in PROTOCOLS}

FRAMES: dict[str, dict[str, bytes]] = {name: module.FRAMES for name, module in _MODULES.items()}
FIRST_FRAMES: dict[str, dict[str, bytes]] = {name: module.FIRST_FRAMES for name, module in _MODULES.items()}
DAMAGED_FRAMES: dict[str, tuple[bytes, ...]] = {name: module.DAMAGED_FRAMES for name, module in _MODULES.items()}

#: Who sent the frames of a protocol that names its tracker at login only.
IDENTITIES: dict[str, str] = {name: module.IDENTITY for name, module in _MODULES.items() if hasattr(module, "IDENTITY")}
LOGINS: dict[str, bytes] = {name: _MODULES[name].LOGIN for name in IDENTITIES}

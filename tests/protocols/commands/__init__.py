"""What asks for each collected command, protocol by protocol.

Each module holds, by the names that the samples give their commands: in `SAMPLES` our commands, one for each line with
this name, made at `NOW`; and in `PROVOKED` what a tracker says, and when, for the lines that are acknowledgements;
in `UNSENT` why we never send what a line holds.
"""

from importlib import import_module
from pkgutil import iter_modules

MODULES = {found.name: import_module(f".{found.name}", __package__) for found in iter_modules(__path__)}

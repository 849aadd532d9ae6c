"""What the radios of a simulated watch hear, as a pure function of time: cells everywhere, access points indoors."""

from collections.abc import Sequence
from math import pi, sin

from .tracker import Cell

#: Name, address and mean dBm. The addresses are of the kind that nobody's maps have.
ACCESS_POINTS = (
    ("Casa", "02:1a:11:f4:60:b1", -47),
    ("Casa 5G", "02:1a:11:f4:60:b5", -55),
    ("Vecinos", "02:1a:11:0c:2e:90", -72),
    ("", "02:1a:11:83:d7:1e", -81),
)

#: A cell and its mean dBm, the serving one first.
CELLS = (
    (Cell(732, 101, 0x2AF1, 0x01B7C302), -73),
    (Cell(732, 101, 0x2AF1, 0x01B7C40C), -86),
    (Cell(732, 101, 0x2AF3, 0x01B7D11F), -94),
)


def access_points(seconds: float) -> Sequence[tuple[str, str, int]]:
    """Return the access points indoors, each with its name, its address and dBm."""
    return [
        (name, bssid, _sway(strength, seconds, number)) for number, (name, bssid, strength) in enumerate(ACCESS_POINTS)
    ]


def cells(seconds: float) -> Sequence[tuple[Cell, int]]:
    """Return the cells, each with dBm, the serving one first."""
    return [(cell, _sway(strength, seconds, number)) for number, (cell, strength) in enumerate(CELLS)]


def _sway(strength: int, seconds: float, number: int) -> int:
    """Return a signal that goes up and down by 3 dB."""
    return strength + round(3 * sin(2 * pi * seconds / (47 + 13 * number)))

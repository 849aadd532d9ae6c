"""How fast a tracker goes, as far as that is known well enough to stop an engine by it."""

from datetime import datetime, timedelta

from ..gateway.models import Fix, FixSource

#: An engine is cut no faster than this, in km/h, and by no fix that is older.
SAFE_SPEED = 20.0
FRESH = timedelta(minutes=1)


class Motion:
    """The last fix of a tracker as it was told, whatever is made of it elsewhere; gone after a restart."""

    def __init__(self) -> None:
        """Begin with nothing known."""
        self._fix: Fix | None = None
        self._arrived: datetime | None = None

    def note(self, fix: Fix, arrived: datetime, *, dated: bool = True) -> None:
        """Remember a fix of satellites if it is the newest by its own time, or if that cannot be judged.

        Where it is not `dated` its clock was not set: how old it is, and whether anything else is newer, nobody knows.
        """
        if fix.source is not FixSource.GNSS:
            return
        if not dated:
            self._fix = self._arrived = None
            return
        if self._fix is None or fix.time >= self._fix.time or self._arrived is None or arrived - self._arrived >= FRESH:
            self._fix, self._arrived = fix, arrived

    def speed(self, now: datetime) -> float | None:
        """Return the speed in km/h; None without a fix that came, and was taken, within the last minute."""
        if self._fix is None or self._arrived is None:
            return None
        fresh = now - self._arrived < FRESH and abs(now - self._fix.time) < FRESH
        return self._fix.speed if fresh else None

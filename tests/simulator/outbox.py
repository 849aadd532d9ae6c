"""What a watch keeps until the server has acknowledged it."""

from collections import deque
from dataclasses import dataclass

#: How many frames a watch has room for.
SIZE = 500


@dataclass(frozen=True, slots=True)
class Kept:
    """A frame as it is sent, however often: whether it waits for an answer, and whether it is never given up."""

    frame: bytes
    answered: bool
    precious: bool


class Outbox:
    """Frames in the order in which they were made.

    Where there is no room for one more, the oldest is given up that is not precious and not under way. The precious
    ones are kept, however many they are.
    """

    def __init__(self, size: int = SIZE) -> None:
        """Begin empty."""
        self._size = size
        self._waiting: deque[Kept] = deque()
        self._under_way: Kept | None = None

    def __len__(self) -> int:
        """Return how many frames are kept."""
        return len(self._waiting) + (self._under_way is not None)

    def put(self, frame: bytes, *, answered: bool = True, precious: bool = False) -> None:
        """Keep a frame."""
        self._waiting.append(Kept(frame, answered, precious))
        if len(self) > self._size:
            self._make_room()

    def take(self) -> Kept | None:
        """Return the first frame, which is under way from now on; None if there is none."""
        if self._under_way is None and self._waiting:
            self._under_way = self._waiting.popleft()
        return self._under_way

    def drop(self) -> None:
        """Forget the frame that is under way: it has arrived."""
        self._under_way = None

    def give_back(self) -> None:
        """Let the frame that is under way be the first again: it may not have arrived."""
        if self._under_way is not None:
            self._waiting.appendleft(self._under_way)
            self._under_way = None

    def _make_room(self) -> None:
        """Give up one frame, if there is one that may be."""
        for index, kept in enumerate(self._waiting):
            if not kept.precious:
                del self._waiting[index]
                return

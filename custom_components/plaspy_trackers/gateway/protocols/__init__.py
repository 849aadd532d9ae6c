"""Every wire protocol there is, and which of them a peer speaks."""

from .base import DecodeError, FrameError, Match, Protocol
from .gotop import Gotop
from .gps103 import Gps103
from .gt06 import Gt06
from .h02 import H02
from .iw import Iw
from .jt808 import Jt808
from .tk103 import Tk103
from .watch import Watch
from .xexun import Xexun
from .xexun2 import Xexun2
from .xexun3 import Xexun3

__all__ = ["PROTOCOLS", "REPEATING", "SILENCES", "TITLES", "DecodeError", "FrameError", "Match", "Protocol", "detect"]

#: The order is free: no two protocols may claim the same bytes.
PROTOCOLS: tuple[type[Protocol], ...] = (Gotop, Gps103, Gt06, H02, Iw, Jt808, Tk103, Watch, Xexun, Xexun2, Xexun3)

#: What people call each protocol.
TITLES = {protocol.name: protocol.title for protocol in PROTOCOLS}

#: How long a tracker may be silent and still be there, by the name of its protocol.
SILENCES = {protocol.name: protocol.silence for protocol in PROTOCOLS}

#: Those whose trackers tell an alarm in all their messages while it lasts.
REPEATING = frozenset(protocol.name for protocol in PROTOCOLS if protocol.repeats_alarms)

#: No protocol needs more bytes than this to be told from the others.
LONGEST_HEAD = 512


def detect(head: bytes) -> type[Protocol] | None:
    """Return the protocol that claims the first bytes of a peer, None while more of them may tell.

    Line ends, blanks and NULs in front are skipped. FrameError when no protocol begins like this.
    """
    begin = head.lstrip(b"\r\n \0")
    undecided = not begin
    for protocol in PROTOCOLS:
        match protocol.match(begin):
            case Match.YES:
                return protocol
            case Match.MAYBE:
                undecided = True
    if undecided and len(head) < LONGEST_HEAD:
        return None
    raise FrameError("no protocol begins with these bytes")

"""What peers of the port may take, and what is counted of them."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Limits:
    """What peers may take. The defaults suit a household and a port that the whole internet can reach."""

    #: Seconds in which a connection has to complete its first frame.
    first_word: float = 30.0
    #: Seconds of silence after which a connection is given up. Trackers may report hourly and send nothing in between.
    idle: float = 7200.0
    #: Seconds of silence that end a frame which has no terminator of its own.
    settle: float = 1.0
    #: TCP connections in all, and from one address: mobile networks put many trackers behind one.
    connections: int = 1000
    connections_per_address: int = 250
    #: UDP peers that are remembered; the one that was silent longest makes room.
    datagram_peers: int = 1000
    #: Bytes of a frame that a connection may leave unfinished before a welcome tracker has spoken on it: pictures and
    #: voice take their protocol's bound, which is more than a thousand strangers should be given.
    stranger_frame: int = 16 * 1024
    #: Bytes written to a connection that the peer has not taken: after that it is given up.
    unread: int = 64 * 1024


@dataclass(slots=True)
class Counters:
    """What came to the port since it was opened, for diagnostics."""

    connections: int = 0
    datagrams: int = 0
    #: Connections closed to make room for a new one, because a limit was reached.
    displaced: int = 0
    #: Connections and datagrams whose bytes no protocol claims: scanners, browsers, unknown trackers.
    unclaimed: int = 0
    #: Peers that began like a tracker and then sent what is no frame.
    broken: int = 0
    #: Connections closed because nothing, or nothing whole, came in time.
    silent: int = 0
    #: Frames that were skipped because a field in them could not be read.
    damaged: int = 0
    #: Reports by protocol.
    reports: Counter[str] = field(default_factory=Counter)

"""Which trackers speak which protocol, and how sure that is; what README.md tells is made of this.

One device may speak another protocol after an update, and makers sell different devices by one name: a tracker's
protocol is told by its bytes alone, and nothing in here decides that.
"""

from typing import NamedTuple


class Device(NamedTuple):
    """Trackers by the names on their boxes, the protocol they speak, and how it is known that they do."""

    names: str
    protocol: str
    evidence: str


DEVICES = (
    Device("Xexun TK-102, TK102-2", "xexun", "certain, for real ones"),
    Device("Trackers sold as TK-102 that others make", "gps103", "likely: most are copies of Coban's"),
    Device(
        "Xexun TK103-2, TK108, TK201, TK203, XT-008, XT-009, XT107",
        "xexun",
        "certain for the family, seen in captures of some",
    ),
    Device("GOTOP (TopLovo) TL201, TL403, CH2", "gotop", "certain: maker's document, firmware, captures"),
    Device("Farnear 4G trackers", "gotop", "likely, from captures"),
    Device("GOTOP TE-207", "gotop", "inferred, about 75 %"),
    Device("Xexun X07 (watch)", "xexun3", "likely, 60 to 65 %"),
    Device("Xexun X07 (watch)", "xexun2", "30 %, in one of its two forms"),
    Device("Xexun X07 (watch)", "watch", "3 %"),
    Device("Xexun X05, DDX14", "xexun3", "likely, from captures and users; older ones `xexun2`"),
    Device("Xexun X01, X02, X04, X06, DDX04, DDX06, DDX15", "xexun2", "likely, from users"),
    Device("GOTOP L17 PRO (watch)", "iw", "likely, 65 %"),
    Device("GOTOP L17 PRO (watch)", "watch", "25 %"),
    Device("Vivistar L08, L16, L17, L18, VL16P and other watches of that kind", "iw", "likely, from captures"),
    Device(
        "Watches with the app SeTracker, Beesure or 4P-Touch",
        "watch",
        "certain for the family: its document and captures",
    ),
    Device("Older vehicle units of Thinkrace", "iw", "likely, from captures: the dialect `TRV…`"),
    Device("GOTOP S7 (vehicle)", "gotop", "a guess, about 50 %"),
    Device("GOTOP S7 (vehicle)", "gt06", "a guess, about 25 %"),
    Device("GOTOP S7 (vehicle)", "jt808", "a guess, about 15 %"),
    Device("GOTOP S7 (vehicle)", "h02", "a guess, about 10 %"),
    Device("Concox and Jimi GT06, GT06N, TR02, JM-01, JM-VL01 and their many clones", "gt06", "certain: its document"),
    Device("Trackers after JT/T 808, among them Jimi JM-LL301", "jt808", "certain: the standard"),
    Device("SinoTrack ST-901, ST-906 and other H02 trackers", "h02", "certain for the family, from captures"),
    Device("TK103A and its copies", "tk103", "certain for the family, from captures"),
    Device("Coban TK102B, TK103B, GPS103, GPS303, GPS305", "gps103", "certain for the family, from captures"),
)

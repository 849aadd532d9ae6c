"""What collected messages are said to mean and do not, by protocol and number: why not, and what they mean instead.

The samples follow public suites. Where those contradict the document of the protocol, or the vocabulary, these win.
"""

from typing import Any

_NO_SUCH_ALARM = "the vocabulary has no such alarm: it is one that nobody knows, with its word in the codes"
_STUCK = "the document: this word is that of copies which keep the bit for ever, so it calls for no help"

OVERRULED: dict[tuple[str, int | None], tuple[str, dict[str, Any]]] = {
    ("gps103", 575): (_NO_SUCH_ALARM, {"alarms": ["other"], "codes": ["bonnet alarm"]}),
    ("gps103", 576): (_NO_SUCH_ALARM, {"alarms": ["other"], "codes": ["footbrake alarm"]}),
    ("gps103", 602): (
        "the field of the speed is empty: it is not told, never 0",
        {"fix": {"latitude": 32.393053, "longitude": -110.982415, "speed": None, "time": "2013-01-25T08:02:51Z"}},
    ),
    ("h02", 244): (_STUCK, {"alarms": []}),
    ("h02", 245): (_STUCK, {"alarms": []}),
    ("h02", 246): (_STUCK, {"alarms": []}),
}

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

#: The same where another reply is due, or another number of reports: the keys of the sample that are otherwise.
DIFFERENCES: dict[tuple[str, int], dict[str, Any]] = {
    # The document has types 70, F1 and F2 of the extended frames acknowledged.
    ("gt06", 260): {"reply": {"encoding": "hex", "message": "79790005f10080f3c00d0a"}},
    ("gt06", 263): {"reply": {"encoding": "hex", "message": "79790005701ea4cd570d0a"}},
    ("gt06", 272): {"reply": {"encoding": "hex", "message": "79790005f20024ff8a0d0a"}},
    ("gt06", 324): {"reply": {"encoding": "hex", "message": "7979000570000021f80d0a"}},
    ("gt06", 327): {"reply": {"encoding": "hex", "message": "7979000570000576550d0a"}},
    ("gt06", 434): {"reply": {"encoding": "hex", "message": "79790005700ce24c440d0a"}},
    # It has two bytes for the MNC of type 11: 302-720 is a network, and its area 30175 is that of sample 297.
    ("gt06", 306): {"reports": [{"cells": [{"mcc": 302, "mnc": 720, "area": 30175, "cell": 8685836}]}]},
    # It has answers to commands of ours not acknowledged.
    ("gt06", 391): {"reply": None},
    # F0 is in no table of the document.
    ("gt06", 423): {
        "reports": [{"readings": {"battery_level": 100, "charging": True}, "alarms": ["other", "power_cut"]}]
    },
}

#: Words of the samples that the vocabulary does not have.
OTHER_ALARMS = {"fatigue_driving"}

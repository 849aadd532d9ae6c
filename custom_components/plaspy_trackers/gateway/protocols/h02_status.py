"""The status word of h02: 32 bits of which 0 is what is the case, in text as hexadecimal and in binary as a u32.

     0 vibration        1 SOS         2 overspeed        3 illegal ignition        4 entered a fence   5, 6 antenna
     7 left a fence     8 door        9 armed           10 ignition; here 1 is on 13 engine           14 the user's own
    15 overspeed       16 receiver   18 SOS             19 external power lost    20 battery removed  21, 22 antenna
    24 temperature     25 three wrong passwords         26 data blocked           27 engine cut       28 battery removed
    29, 30, 31 sensors

0, 1, 2, 10, 18, 19 and 27 have been seen to mean this; the others are as published, and in many trackers never change.
So an alarm is a bit that becomes 0 while we look on. Those that have been seen count in the first word as well: the
first word a tracker says may be its call for help. But that is not so for the high half of a word if it is one of two
that copies keep for ever, FFFB and FFE7; there public suites see an SOS or a power cut in every word.
"""

from ..models import Alarm, Readings

_ARMED, _IGNITION, _ENGINE_CUT = 1 << 9, 1 << 10, 1 << 27

_SEEN = {
    0: Alarm.VIBRATION,
    1: Alarm.SOS,
    2: Alarm.OVERSPEED,
    18: Alarm.SOS,
    19: Alarm.POWER_CUT,
}
_PUBLISHED = {
    3: Alarm.OTHER,
    4: Alarm.GEOFENCE_ENTER,
    5: Alarm.FAULT,
    6: Alarm.FAULT,
    7: Alarm.GEOFENCE_EXIT,
    8: Alarm.DOOR,
    14: Alarm.OTHER,
    15: Alarm.OVERSPEED,
    16: Alarm.FAULT,
    20: Alarm.POWER_CUT,
    21: Alarm.FAULT,
    22: Alarm.FAULT,
    24: Alarm.TEMPERATURE,
    25: Alarm.TAMPER,
    26: Alarm.OTHER,
    28: Alarm.POWER_CUT,
    29: Alarm.OTHER,
    30: Alarm.OTHER,
    31: Alarm.OTHER,
}
_ALARMS = _SEEN | _PUBLISHED
_SEEN_BITS = sum(1 << bit for bit in _SEEN)
_ALARM_BITS = sum(1 << bit for bit in _ALARMS)

#: High halves that copies never change.
_KEPT = (0xFFFB, 0xFFE7)
_LOW_HALF = 0xFFFF


def add_status(word: int, readings: Readings) -> None:
    """Add what is the case by a status word."""
    readings["ignition"] = bool(word & _IGNITION)
    readings["armed"] = not word & _ARMED
    readings["immobilized"] = not word & _ENGINE_CUT


def find_alarms(word: int, before: int | None) -> tuple[int, ...]:
    """Return the bits that raise an alarm in a word, `before` being the tracker's last one if there was any."""
    if before is not None:
        loud = before & ~word & _ALARM_BITS
    else:
        loud = ~word & _SEEN_BITS & (_LOW_HALF if word >> 16 in _KEPT else -1)
    if not loud:
        return ()
    return tuple(bit for bit in _ALARMS if loud >> bit & 1)


def name_alarms(bits: tuple[int, ...]) -> tuple[tuple[Alarm, ...], tuple[str, ...]]:
    """Return the alarms of these bits and their codes, which are the numbers of the bits."""
    return tuple(_ALARMS[bit] for bit in bits), tuple(str(bit) for bit in bits)

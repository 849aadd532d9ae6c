"""Which ids name one device."""


def is_same_device(one: str, other: str) -> bool:
    """Whether two ids name one tracker: equal but for leading zeros, one the end of the other, or a watch's short id.

    Trackers with short ids send the last ten or eleven digits of their IMEI, watches its digits 5 to 14.
    """
    short, long = sorted((one, other), key=len)
    digits = short.lstrip("0")
    if digits == long.lstrip("0"):
        return True
    if len(long) == 15 and long[4:14] == short:
        return True
    return len(digits) >= 10 and long.endswith(digits)

"""Frames of the GOTOP text protocol."""

from tests.simulator import te207

from .moment import NORTH_WEST, SOUTH_EAST, TIME

GOTOP_ID = "861234050000025"

_CMD_T = te207.encode_report(
    GOTOP_ID,
    "CMD-T",
    TIME,
    NORTH_WEST,
    battery=84,
    signal=20,
    tail=te207.encode_course_and_cell(276.01, te207.HOME_CELL),
)


def gotop(kind: str, status: str = "84-20", tail: str = "000", fix: str = "A") -> bytes:
    """Return a labelled frame of this kind."""
    place = "LAT:36.8506100S,LON:174.7634500E,Speed:000.0"
    return f"#{GOTOP_ID},{kind},{fix},DATE:261121,TIME:120027,{place},{status},{tail}#".encode()


FRAMES = {
    "course and cell": _CMD_T,
    "HDOP": te207.encode_report(GOTOP_ID, "CMD-T", TIME, SOUTH_EAST, battery=7, signal=99, tail=te207.encode_hdop(0.9)),
    "SOS": gotop("ALM-A", tail="000,65501-00A0-4B8E"),
    "SOS key, no fix": gotop("CMD-KEY", "057-21", "01.60", fix="V"),
    "man down": gotop("ALM-M", "X-X-X-X-81-26"),
    "geofence": gotop("ALM-B1-1", "100-22", "03.72"),
    "unknown alarm": gotop("ALM-Y"),
    "heartbeat": te207.encode_heartbeat(GOTOP_ID),
    "no fix for long": f"#{GOTOP_ID},ALM-E#".encode(),
    "vehicle": gotop("CMD-T", "1-0-0-0-99-31", "010,25002-1E17-4F03,10,0.98,0,-21,18,122,-1,-1,-1"),
    "scans": gotop(
        "CMD-T", "100-22", "01.00,WIFI:{02-00-5e-10-00-01&-47,02-00-5e-10-00-02&-60},BLE:{02-00-5e-10-00-03&-91}"
    ),
    "LTE": gotop("CMD-T", "095-70", "59.5,00.90,732~101~513770~421~3150~-98~-9~-68~6,3150~421~-10~-98~-67~-20,>"),
    "no labels": f"#{GOTOP_ID},CMD-T,A,261121,120027,36.8506100S,174.7634500E,Speed:001.8,90-24,1.3,00.00#".encode(),
    "tail cut short": gotop("CMD-T", "X-0-1-100-26", ""),
    "serial text": f"#{GOTOP_ID},CMD-Z,85 00 00 72 94#".encode(),
    "serial text in front": _CMD_T.replace(b",CMD-T", b",Sorry Not Support,,CMD-T"),
    "confirmation": gotop("CMD-C"),
    "refusal": gotop(" ERROR!", fix="V"),
}

FIRST_FRAMES = {"no front": _CMD_T[1:]}

DAMAGED_FRAMES = (
    _CMD_T.replace(b"LAT:04.", b"LAT:x4."),
    _CMD_T.replace(b"DATE:261121", b"DATE:269921"),
    _CMD_T.replace(b"Speed:", b"Spe\xff\xfe:"),
    _CMD_T.replace(b"84-20", b"eighty"),
    f"#{GOTOP_ID},CMD-T,A#".encode(),
)

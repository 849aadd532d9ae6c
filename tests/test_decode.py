"""`scripts/decode` tells what a message means, one for a reader or many for a program."""

from datetime import UTC, datetime
import json
from pathlib import Path
import subprocess
import sys
from typing import Any

import pytest

from tests.protocols.frames import FRAMES
from tests.simulator import te207, tk102
from tests.simulator.route import Position

SCRIPT = Path(__file__).resolve().parent.parent / "scripts" / "decode.py"

TIME = datetime(2026, 11, 21, 12, 0, 27, tzinfo=UTC)
HERE = Position(latitude=4.6583, longitude=-74.0937, altitude=2555.3, speed=9.26, course=91.0)
CLASSIC = te207.encode_course_and_cell(HERE.course, te207.HOME_CELL)

XEXUN = tk102.encode_report("861234050000017", TIME, HERE, volts=3.92, charging=True, alarm="help me!")
GOTOP = te207.encode_report("861234050000025", "CMD-T", TIME, HERE, battery=84, signal=31, tail=CLASSIC)
HEARTBEAT = te207.encode_heartbeat("861234050000025")
BAD_DATE = GOTOP.replace(b"DATE:261121", b"DATE:269921")


def run(*arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Run the script as a user does, from anywhere."""
    return subprocess.run(
        [sys.executable, "-W", "error", SCRIPT, *arguments], input=given, capture_output=True, cwd="/", check=False
    )


def batch(*lines: bytes | dict[str, Any]) -> list[dict[str, Any]]:
    """Return the answers to the lines of a batch."""
    given = b"\n".join(line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines)
    done = run("--batch", given=given)
    assert (done.returncode, done.stderr) == (0, b"")
    return [json.loads(line, parse_constant=pytest.fail) for line in done.stdout.splitlines()]


def text(message: bytes, **more: object) -> dict[str, Any]:
    """Return the line of a batch that holds a message as text."""
    return {"message": message.decode("latin-1"), "encoding": "text", "transport": "tcp", **more}


def table(done: subprocess.CompletedProcess[bytes]) -> list[list[str]]:
    """Return what was printed, the words of each line."""
    assert done.stderr == b""
    assert done.returncode == 0
    return [line.split() for line in done.stdout.decode().splitlines() if line]


def test_one_message_is_told_as_a_table() -> None:
    first, second, *lines, last = table(run(XEXUN.decode().replace("\n\r", r"\n\r")))
    assert first == ["protocol", "xexun", f"({len(XEXUN)}", "bytes,", "TCP)"]
    assert second == ["report", "1", "of", "1"]
    assert last == ["reply", "none"]
    # A protocol reads its readings in whatever order it likes.
    assert sorted(lines) == sorted(
        [
            ["device_id", "861234050000017"],
            ["protocol", "xexun"],
            ["time", "2026-11-21T12:00:27Z"],
            ["fix.latitude", "4.6583", "°"],
            ["fix.longitude", "-74.0937", "°"],
            ["fix.time", "2026-11-21T12:00:27Z"],
            ["fix.altitude", "2555.3", "m"],
            ["fix.speed", "9.26", "km/h"],
            ["fix.course", "91", "°"],
            ["fix.satellites", "8"],
            ["fix.source", "gnss"],
            ["readings.battery_voltage", "3.92", "V"],
            ["readings.battery_low", "no"],
            ["readings.charging", "yes"],
            ["alarms", "sos"],
            ["codes", "help", "me!"],
            ["cells.1.mcc", "732"],
            ["cells.1.mnc", "101"],
            ["cells.1.area", "1794"],
            ["cells.1.cell", "40076"],
        ]
    )


def test_several_reports_are_told_apart() -> None:
    printed = table(run((GOTOP + HEARTBEAT).decode(), "--udp"))
    assert printed[0] == ["protocol", "gotop", f"({len(GOTOP + HEARTBEAT)}", "bytes,", "UDP)"]
    assert ["report", "1", "of", "2"] in printed
    assert ["report", "2", "of", "2"] in printed


@pytest.mark.parametrize(
    "argument",
    [
        HEARTBEAT.decode(),
        HEARTBEAT.hex(),
        HEARTBEAT.hex(" ").upper(),
        f"0x{HEARTBEAT.hex()}",
        r"\r\n\x23" + HEARTBEAT.decode()[1:],
    ],
    ids=["text", "hex", "hex with blanks", "hex with 0x", "escapes"],
)
def test_text_and_hex_mean_the_same(argument: str) -> None:
    assert ["device_id", "861234050000025"] in table(run(argument))


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n"], ids=repr)
@pytest.mark.parametrize("given", [HEARTBEAT, HEARTBEAT.hex().encode()], ids=["text", "hex"])
def test_message_is_read_from_standard_input(given: bytes, end: bytes) -> None:
    assert ["device_id", "861234050000025"] in table(run(given=given + end))


def test_raw_bytes_are_read_from_standard_input() -> None:
    assert ["device_id", "861234050000017"] in table(run(given=XEXUN))


@pytest.mark.parametrize(
    ("argument", "error"),
    [
        ("GET / HTTP/1.1", "no protocol begins with these bytes: 474554202f20485454502f312e31 (GET / HTTP/1.1)"),
        ("ffff00ff", "no protocol begins with these bytes: ffff00ff"),
        ("0xfff", "no protocol begins with these bytes: 3078666666 (0xfff)"),
        ("#86123", "too few bytes to tell the protocol: 233836313233 (#86123)"),
        ("", "too few bytes to tell the protocol: empty"),
        ("#861234050000025,€#", "character 18 is not in latin-1: give the message as hex"),
    ],
)
def test_unknown_bytes_are_said_to_be_unknown(argument: str, error: str) -> None:
    done = run(argument)
    assert done.returncode == 1
    assert done.stderr.decode() == f"scripts/decode: {error}\n"
    assert done.stdout == b""


def test_nothing_on_standard_input_is_said_to_be_nothing() -> None:
    done = run()
    assert done.returncode == 1
    assert done.stderr == b"scripts/decode: too few bytes to tell the protocol: empty\n"


def test_damaged_message_is_told_as_far_as_it_goes() -> None:
    done = run((HEARTBEAT + BAD_DATE).decode())
    assert done.returncode == 1
    assert done.stderr.startswith(b"scripts/decode: 1 frame could not be read: 23")
    assert b"report 1 of 1" in done.stdout


@pytest.mark.parametrize("arguments", [("--batch", "x"), ("--nonsense",), ("x", "y")])
def test_wrong_usage_is_explained(arguments: tuple[str, ...]) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert b"usage: scripts/decode" in done.stderr
    assert b"Traceback" not in done.stderr


def test_batch_answers_every_line() -> None:
    heartbeat = {
        "device_id": "861234050000025",
        "protocol": "gotop",
        "readings": {},
        "alarms": [],
        "codes": [],
        "cells": [],
        "wifi": [],
        "beacons": [],
        "buffered": False,
    }
    hexadecimal = {"message": HEARTBEAT.hex(" "), "encoding": "hex", "transport": "udp", "device_id": None, "n": 7}
    assert batch(text(HEARTBEAT), b"", b"  ", hexadecimal, text(HEARTBEAT * 2)) == [
        {"protocol": "gotop", "reports": [heartbeat], "reply": "", "error": None},
        {"protocol": "gotop", "reports": [heartbeat], "reply": "", "error": None},
        {"protocol": "gotop", "reports": [heartbeat, heartbeat], "reply": "", "error": None},
    ]


def test_batch_tells_all_that_a_report_holds() -> None:
    (answer,) = batch(text(XEXUN))
    (report,) = answer["reports"]
    assert report == {
        "device_id": "861234050000017",
        "protocol": "xexun",
        "time": "2026-11-21T12:00:27Z",
        "fix": {
            "latitude": pytest.approx(4.6583, abs=1e-5),
            "longitude": pytest.approx(-74.0937, abs=1e-5),
            "time": "2026-11-21T12:00:27Z",
            "altitude": 2555.3,
            "speed": pytest.approx(9.26),
            "course": 91.0,
            "satellites": 8,
            "source": "gnss",
        },
        "readings": {"battery_voltage": 3.92, "battery_low": False, "charging": True},
        "alarms": ["sos"],
        "codes": ["help me!"],
        "cells": [{"mcc": 732, "mnc": 101, "area": 0x0702, "cell": 0x9C8C}],
        "wifi": [],
        "beacons": [],
        "buffered": False,
    }


def test_batch_answers_a_frame_of_every_form_of_every_protocol() -> None:
    frames = [frame for table in FRAMES.values() for frame in table.values()]
    answers = batch(*({"message": frame.hex(), "encoding": "hex"} for frame in frames))
    assert [answer["protocol"] for answer in answers] == [name for name, table in FRAMES.items() for _ in table]


def test_batch_gives_wifi_and_beacons() -> None:
    scans = "01.00,WIFI:{02-00-5e-10-00-01&-47},BLE:{02-00-5e-10-00-03&-91}"
    frame = te207.encode_report("861234050000025", "CMD-T", TIME, HERE, battery=84, signal=31, tail=scans)
    (answer,) = batch(text(frame))
    (report,) = answer["reports"]
    assert report["wifi"] == [{"bssid": "02:00:5e:10:00:01", "signal": -47}]
    assert report["beacons"] == [{"bssid": "02:00:5e:10:00:03", "signal": -91}]
    assert report["fix"]["hdop"] == 1.0


def test_batch_keeps_no_state_between_lines() -> None:
    half = len(HEARTBEAT) - 4
    first, second, third = batch(text(HEARTBEAT[:half]), text(HEARTBEAT[half:]), text(HEARTBEAT))
    assert first == {
        "protocol": "gotop",
        "reports": [],
        "reply": "",
        "error": "no whole gotop frame in these bytes",
    }
    assert (second["protocol"], second["reports"]) == (None, [])
    assert len(third["reports"]) == 1


BAD_LINES = {
    "not JSON": (b"{", "not JSON: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
    "not UTF-8": (b'{"message": "\xff"}', "not JSON: "),
    "nested without end": (b"[" * 100_000, "not JSON: "),
    "a number too long": (b"9" * 10_000, "not JSON: "),
    "not a number": (b"NaN", "not a JSON object"),
    "a list": (b"[]", "not a JSON object"),
    "empty": (b"{}", "message is missing"),
    "message of the wrong type": ({"message": 5, "encoding": "text", "transport": "tcp"}, "message is not a string"),
    "message is null": ({"message": None, "encoding": "text", "transport": "tcp"}, "message is not a string"),
    "encoding of the wrong type": ({"message": "", "encoding": [], "transport": "tcp"}, "encoding is not a string"),
    "encoding unknown": (
        {"message": "", "encoding": "base64", "transport": "tcp"},
        "encoding is neither text nor hex",
    ),
    "transport unknown": ({"message": "", "encoding": "hex", "transport": "sms"}, "transport is neither tcp nor udp"),
    "device id of the wrong type": (text(HEARTBEAT, device_id=861234050000025), "device_id is not a string"),
    "odd hex": (
        {"message": "abc", "encoding": "hex", "transport": "tcp"},
        "not hex: an even number of hexadecimal digits is needed",
    ),
    "bad hex": ({"message": "0xzz", "encoding": "hex", "transport": "tcp"}, "not hex: "),
    "beyond latin-1": (
        {"message": "#€", "encoding": "text", "transport": "tcp"},
        "character 2 is not in latin-1: give the message as hex",
    ),
    "half a character": (
        {"message": "\ud800", "encoding": "text", "transport": "tcp"},
        "character 1 is not in latin-1",
    ),
    "nobody's": (text(b"GET / HTTP/1.1\r\n\r\n"), "no protocol begins with these bytes"),
    "undecided": (text(b"#86123"), "too few bytes to tell the protocol"),
    "nothing": (text(b""), "too few bytes to tell the protocol"),
}


@pytest.mark.parametrize(("line", "error"), BAD_LINES.values(), ids=BAD_LINES)
def test_bad_line_gets_an_error(line: bytes | dict[str, Any], error: str) -> None:
    bad, good = batch(line, text(HEARTBEAT))
    assert {key: value for key, value in bad.items() if key != "error"} == {
        "protocol": None,
        "reports": [],
        "reply": "",
    }
    assert bad["error"].startswith(error)
    assert good["error"] is None


@pytest.mark.parametrize(
    ("message", "reports", "error"),
    [
        (BAD_DATE, 0, "1 frame could not be read"),
        (BAD_DATE + HEARTBEAT + BAD_DATE, 1, "2 frames could not be read"),
        (GOTOP[:-1], 0, "no whole gotop frame in these bytes"),
        (GOTOP[:-1] + b"0" * 5000, 0, "no gotop frame in "),
    ],
    ids=["damaged", "damaged twice", "cut short", "without end"],
)
def test_unreadable_frames_are_told(message: bytes, reports: int, error: str) -> None:
    (answer,) = batch(text(message))
    assert answer["protocol"] == "gotop"
    assert len(answer["reports"]) == reports
    assert answer["error"].startswith(error)


def test_line_without_encoding_and_transport_is_text_by_tcp() -> None:
    (answer,) = batch({"message": HEARTBEAT.decode()})
    assert answer["protocol"] == "gotop"
    assert answer["error"] is None


def test_batch_answers_while_it_is_still_being_asked() -> None:
    with subprocess.Popen(
        [sys.executable, SCRIPT, "--batch"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for _ in range(2):
            process.stdin.write(json.dumps(text(HEARTBEAT)).encode() + b"\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["protocol"] == "gotop"
        process.stdin.close()
    assert process.returncode == 0


def test_a_reader_that_leaves_early_is_no_error() -> None:
    line = json.dumps(text(HEARTBEAT)).encode() + b"\n"
    with subprocess.Popen(
        [sys.executable, SCRIPT, "--batch"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        process.stdin.write(line)
        process.stdin.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0


def test_script_needs_no_home_assistant() -> None:
    """An interpreter that sees no site packages at all can run it."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", SCRIPT, HEARTBEAT.decode()], capture_output=True, cwd="/", check=False
    )
    assert done.stderr == b""
    assert done.returncode == 0

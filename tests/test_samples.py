"""Every collected message means what its sample says, where the samples lie beside the checkout.

Every collected command is written as its sample is, byte for byte.
"""

from binascii import crc_hqx
from dataclasses import asdict
from datetime import UTC, datetime
import json
from pathlib import Path
from typing import Any

import pytest

from custom_components.plaspy_trackers.gateway.protocols import PROTOCOLS, FrameError, Match, Protocol, detect

from .protocols import commands
from .protocols.overruled import DIFFERENCES, OTHER_ALARMS, OVERRULED
from .simulator.encoders import xexun3

SAMPLES = Path(__file__).resolve().parent.parent.parent / "shared" / "samples"
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
TOLERANCES = {"latitude": 1e-5, "longitude": 1e-5, "speed": 0.1, "altitude": 0.1, "course": 0.1}

type Sample = dict[str, Any]


def samples(name: str) -> list[Any]:
    """Return the lines of a sample file as parameters of a test; none where there is no such file."""
    path = SAMPLES / f"{name}.jsonl"
    if not path.exists():
        return []
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]
    return [pytest.param(line, id=f"{name}-{line.get('n', number)}") for number, line in enumerate(lines, 1)]


def message_of(sample: Sample) -> bytes:
    """Return the bytes of a sample."""
    text: str = sample["message"]
    return bytes.fromhex(text) if sample["encoding"] == "hex" else text.encode("latin-1")


def reply_of(sample: Sample) -> bytes:
    """Return the reply that a sample is due at `NOW`."""
    match sample.get("reply"):
        case None:
            return b""
        case str(digits) if sample["protocol"] == "xexun3":
            return with_time(bytes.fromhex(digits))
        case str(digits):
            return bytes.fromhex(digits)
        case {"template": str(template)}:
            return template.replace("<UTC yyyyMMddHHmmss>", f"{NOW:%Y%m%d%H%M%S}").encode()
        case {"encoding": "text", "message": str(text)}:
            return text.encode("latin-1")
        case {"encoding": "hex", "message": str(digits)}:
            return bytes.fromhex(digits)
        case other:
            raise AssertionError(other)


def with_time(short: bytes) -> bytes:
    """Return the long acknowledgement of xexun3, which is ours, for the short one, which the samples show."""
    body = short[3:15] + int(NOW.timestamp()).to_bytes(4)
    return short[:1] + len(body).to_bytes(2) + body + crc_hqx(body, 0xFFFF).to_bytes(2) + short[-1:]


def name_of(sample: Sample) -> str:
    """Return what a sample calls its command."""
    name: str = sample.get("command") or sample["meaning"]
    return name


def addressee_of(sample: Sample) -> Protocol:
    """Return the peer that a command is for; only within the binary frames of Xexun does it say who that is."""
    protocol = next(protocol for protocol in PROTOCOLS if protocol.name == sample["protocol"])
    digits = message_of(sample)[6:14].hex()
    identities = {"xexun": "861234050000017", "gt06": "861234050000066", "xexun2": digits[:15], "xexun3": digits[1:]}
    return protocol(sample.get("device_id") or identities[protocol.name])


def each_command() -> list[Any]:
    """Return every line of the samples of commands with its number among those of its name."""
    lines = [
        line
        for name in ("commands", "xexun_downlink")
        for line in samples(name)
        if (module := commands.MODULES.get(line.values[0]["protocol"]))
        and "uplink_sequence" not in line.values[0]
        and name_of(line.values[0]) not in getattr(module, "UNSENT", {})
    ]
    asked: dict[tuple[str, str], int] = {}
    parameters = []
    for line in lines:
        sample = line.values[0]
        key = sample["protocol"], name_of(sample)
        asked[key] = asked.get(key, -1) + 1
        parameters.append(pytest.param(sample, asked[key], id=line.id))
    return parameters


if SAMPLES.is_dir():

    @pytest.mark.parametrize("sample", [sample for protocol in PROTOCOLS for sample in samples(protocol.name)])
    def test_sample_means_what_it_says(sample: Sample) -> None:
        """A decoder says at least what the sample does, and replies as it does."""
        sample = sample | DIFFERENCES.get((sample["protocol"], sample.get("n", 0)), {})
        message = message_of(sample)
        _, instead = OVERRULED.get((sample["protocol"], sample.get("n")), ("", {}))
        wanted = [said | instead for said in sample["reports"]]
        protocol = next(protocol for protocol in PROTOCOLS if protocol.name == sample["protocol"])
        if wanted:
            assert detect(message) is protocol
        peer = protocol(None if any("device_id" in report for report in wanted) else "861234050000017")
        reports = peer.feed(message, NOW, final=True)
        assert len(reports) == len(wanted)
        for report, said in zip(reports, wanted, strict=True):
            assert_says(asdict(report), said, "report")
        reply = peer.data_to_send()
        if "reply" not in sample or sample.get("reply_required", True) or reply:
            assert reply == reply_of(sample)

    @pytest.mark.parametrize(("sample", "number"), each_command())
    def test_command_is_what_its_sample_says(sample: Sample, number: int) -> None:
        """A command, or the reply to what provokes it, has every byte of its sample and no more."""
        module = commands.MODULES[sample["protocol"]]
        peer = addressee_of(sample)
        if (provoked := getattr(module, "PROVOKED", {}).get(name_of(sample))) is not None:
            peer.feed(*provoked, final=True)
            assert peer.data_to_send() == message_of(sample)
            return
        requests = peer.encode(module.SAMPLES[name_of(sample)][number], module.NOW)
        assert [request.frame for request in requests] == [message_of(sample)]

    @pytest.mark.parametrize("name", commands.MODULES)
    def test_no_command_is_without_its_sample(name: str) -> None:
        """The tables hold as many commands as there are lines."""
        lines = [line.values[0] for file in ("commands", "xexun_downlink") for line in samples(file)]
        for asked, ours in commands.MODULES[name].SAMPLES.items():
            assert len([line for line in lines if line["protocol"] == name and name_of(line) == asked]) == len(ours)

    @pytest.mark.parametrize(
        "sample", [line for line in samples("xexun_downlink") if "uplink_sequence" in line.values[0]]
    )
    def test_acknowledgement_is_what_its_sample_says(sample: Sample) -> None:
        """The long form is ours; a short one, which says no time, is what it would be without it."""
        peer = addressee_of(sample)
        time = datetime.fromisoformat(sample["ack_time"]) if "ack_time" in sample else NOW
        peer.feed(xexun3.encode(peer.device_id or "", sample["uplink_sequence"]), time)
        wanted = message_of(sample)
        assert peer.data_to_send() == (wanted if "ack_time" in sample else with_time(wanted))

    @pytest.mark.parametrize("sample", samples("not_xexun"))
    def test_neighbour_of_xexun_is_left_alone(sample: Sample) -> None:
        """What looks like a TK102 and is none is not claimed."""
        message = message_of(sample)
        for protocol in PROTOCOLS:
            if protocol.name in sample["must_not_match"]:
                assert protocol.match(message) is not Match.YES
        try:
            claimed = detect(message)
        except FrameError:
            return
        assert claimed is None or claimed.name not in sample["must_not_match"]


def assert_says(value: Any, said: Any, path: str) -> None:
    """Compare a value with what is said of it: keys that are not mentioned are free, lists are as long as they say."""
    match said:
        case dict():
            assert value is not None, path
            for key, item in said.items():
                assert_says(value.get(key), item, f"{path}.{key}")
        case list() if path.endswith(".alarms"):
            assert sorted(value) == sorted("other" if alarm in OTHER_ALARMS else alarm for alarm in said), path
        case list() if path.endswith(".codes"):
            assert sorted(value) == sorted(said), path
        case list():
            assert len(value) == len(said), path
            for number, (one, item) in enumerate(zip(value, said, strict=True)):
                assert_says(one, item, f"{path}.{number}")
        case bool() | None:
            assert value is said, path
        case int() | float():
            assert value == pytest.approx(said, abs=TOLERANCES.get(path.rpartition(".")[2], 0.01)), path
        case str() if isinstance(value, dict):
            assert value["bssid"] == said, path
        case str() if isinstance(value, datetime):
            assert value == datetime.fromisoformat(said), path
        case _:
            assert value == said, path

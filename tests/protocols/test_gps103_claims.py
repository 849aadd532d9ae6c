"""What gps103 claims of the first bytes of a peer, and what it leaves to xexun, which has an `imei:` as well."""

import pytest

from custom_components.plaspy_trackers.gateway.protocols import Match, detect
from custom_components.plaspy_trackers.gateway.protocols.gps103 import Gps103
from custom_components.plaspy_trackers.gateway.protocols.xexun import Xexun
from tests.protocols.frames.xexun import FRAMES as XEXUN_FRAMES

HEAD = b"imei:861234050000041,"

CLAIMS = [
    (b"##,imei:", Match.YES),
    (b"##,imei", Match.MAYBE),
    (b"#", Match.MAYBE),
    (b"##,1", Match.NO),
    (b"#861234050000041,", Match.NO),
    (b"861234050000041", Match.MAYBE),
    (b"861234050000041;", Match.YES),
    (b"861234050000041i", Match.MAYBE),
    (b"861234050000041,", Match.NO),
    (b"86123405000004;", Match.NO),
    (b"imei:", Match.MAYBE),
    (b"imei:86123405000004,", Match.NO),
    (HEAD, Match.MAYBE),
    (HEAD + b"t", Match.YES),
    (HEAD + b",", Match.MAYBE),
    (HEAD + b",260227233", Match.YES),
    (HEAD + b"001,26/02/", Match.YES),
    (HEAD + b"001,26/0", Match.MAYBE),
    (HEAD + b"7 cars,---", Match.YES),
    # What stands behind the identity in the text of xexun.
    (HEAD + b"05,106.4,F:4.01V/ADC1=0.20V", Match.NO),
    (HEAD + b",,F:4.10V,1,", Match.NO),
    (HEAD + b"132\xab\xcd", Match.NO),
    (HEAD + b"\r\n", Match.NO),
]


@pytest.mark.parametrize(("head", "expected"), CLAIMS)
def test_claim(head: bytes, expected: Match) -> None:
    assert Gps103.match(head) is expected


@pytest.mark.parametrize("frame", XEXUN_FRAMES.values(), ids=XEXUN_FRAMES)
def test_text_of_xexun_is_left_alone(frame: bytes) -> None:
    """Neither whole nor without its front, as far as its `imei:`."""
    assert detect(frame) is Xexun
    assert all(Gps103.match(frame[:end]) is not Match.YES for end in range(len(frame)))
    assert Gps103.match(frame[frame.index(b"imei:") :]) is not Match.YES

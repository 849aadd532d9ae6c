"""What a simulated watch's camera and microphone take: a picture with the time on it, and seconds of silence."""

from datetime import datetime
from io import BytesIO

from PIL import Image, ImageDraw

#: Frames a second of AMR at 4.75 kbit/s: a header and 12 bytes each.
_FRAMES = 50
_SILENCE = b"\x04" + bytes(12)


def photo(time: datetime) -> bytes:
    """Return a JPEG."""
    picture = Image.new("RGB", (320, 240), (time.second * 4, 96, 255 - time.minute * 4))
    ImageDraw.Draw(picture).text((20, 110), f"{time:%Y-%m-%d %H:%M:%S} UTC", fill="white")
    stream = BytesIO()
    picture.save(stream, "JPEG", quality=70)
    return stream.getvalue()


def voice(seconds: int) -> bytes:
    """Return an AMR clip."""
    return b"#!AMR\n" + _SILENCE * (_FRAMES * seconds)

"""Why a file is not taken, in a form that can be told in any language."""

from enum import StrEnum


class Reason(StrEnum):
    """What is wrong with a file; also the translation key that says so."""

    EMPTY = "file_empty"
    COMPRESSED = "file_compressed"  # a zip, as a KMZ or a spreadsheet is
    UNKNOWN = "file_unknown"  # none of the formats
    ENCODING = "file_encoding"
    DAMAGED = "file_damaged"  # not well-formed, or cut off
    TOO_LARGE = "file_too_large"
    TOO_DEEP = "file_too_deep"
    TOO_MANY = "file_too_many_points"
    ENTITIES = "file_entities"  # XML that declares its own
    NO_POINTS = "file_without_points"
    NO_TIMES = "file_without_times"
    SEVERAL = "file_of_several_trackers"
    WRONG_TYPE = "value_wrong_type"
    OUT_OF_RANGE = "value_out_of_range"
    OFF_GLOBE = "position_off_globe"
    WRONG_TIME = "time_out_of_range"


class FormatError(ValueError):
    """A file is refused: for which reason, and where that is seen.

    `line` counts lines of XML and CSV, `entry` the entries of a list in JSON; both from one, both None where the
    place tells nothing. `detail` names the value or quotes the parser, in English.
    """

    def __init__(self, reason: Reason, detail: str = "", *, line: int | None = None, entry: int | None = None) -> None:
        """Say why, and where if that is known yet."""
        place = f"line {line}" if line is not None else f"entry {entry}" if entry is not None else ""
        super().__init__(": ".join(part for part in (place, reason, detail) if part))
        self.reason = reason
        self.detail = detail
        self.line = line
        self.entry = entry

    def at(self, *, line: int | None = None, entry: int | None = None) -> FormatError:
        """Return the same error with its place, unless it has one."""
        if self.line is not None or self.entry is not None:
            return self
        return FormatError(self.reason, self.detail, line=line, entry=entry)

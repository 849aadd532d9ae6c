"""Every report kept by its own time: acknowledged once it is on disk, read back as it was."""

from .archive import PERMANENT, Archive, Limits
from .database import describe
from .errors import ArchiveError, Reason
from .rows import Entry, Key

__all__ = ["PERMANENT", "Archive", "ArchiveError", "Entry", "Key", "Limits", "Reason", "describe"]

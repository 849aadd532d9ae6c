"""What goes wrong, as a user is told in their language."""

from collections.abc import Iterator
from contextlib import contextmanager

from homeassistant.exceptions import HomeAssistantError, ServiceValidationError

from .archive import ArchiveError
from .archive.formats import FormatError
from .const import DOMAIN
from .gateway.commands import CommandError

#: Stands for a line or an entry where a file's error has none.
NOWHERE = "–"


def invalid(key: str, **placeholders: str) -> ServiceValidationError:
    """Return the error of somebody who asked for what cannot be done."""
    return ServiceValidationError(translation_domain=DOMAIN, translation_key=key, translation_placeholders=placeholders)


def failed(error: ArchiveError) -> HomeAssistantError:
    """Return the error of an archive that cannot do what it was asked for."""
    return HomeAssistantError(
        translation_domain=DOMAIN,
        translation_key=f"archive_{error.reason}",
        translation_placeholders={"error": str(error)},
    )


def failed_command(error: CommandError) -> ServiceValidationError:
    """Return the error of a command that cannot be sent."""
    return invalid(f"command_{error.fault}", **error.placeholders)


def unreadable(name: str, error: FormatError) -> ServiceValidationError:
    """Return the error of a file that is no track."""
    return invalid(
        error.reason.value,
        file=name,
        line=str(error.line or NOWHERE),
        entry=str(error.entry or NOWHERE),
        detail=error.detail or NOWHERE,
    )


@contextmanager
def archive_errors() -> Iterator[None]:
    """Turn what an archive cannot do into an error that is translated."""
    try:
        yield
    except ArchiveError as error:
        raise failed(error) from error

"""Which files on the disk may be read and written: those that users can see anyway."""

from collections.abc import Iterable
from errno import ENOTDIR
from os import strerror
from pathlib import Path
from tempfile import NamedTemporaryFile
from urllib.parse import quote

from homeassistant.core_config import Config
from homeassistant.util import raise_if_invalid_path

from .errors import invalid

WWW = "www"

#: Whoever may see the folder may read the file.
READABLE = 0o644


def locate(config: Config, path: str) -> Path:
    """Return the file a path names, its links followed; ServiceValidationError if it lies where nothing may.

    A path that is not absolute begins with `www` or with the name of a media folder. Blocks.
    """
    folders = _folders(config)
    try:
        raise_if_invalid_path(path)
        file = Path(path)
        if not file.is_absolute():
            name, *rest = file.parts
            file = folders[name].joinpath(*rest)
        file = file.resolve()
    except (ValueError, KeyError, OSError, RuntimeError) as error:
        raise _refusal(path, folders) from error
    roots = [*folders.values(), *map(Path, config.allowlist_external_dirs)]
    if not any(root.resolve() in file.parents for root in roots):
        raise _refusal(path, folders)
    return file


def address(config: Config, file: Path) -> str | None:
    """Return the link to a file in `www`, or the id of one in a media folder; None for others. Blocks."""
    for name, folder in _folders(config).items():
        root = folder.resolve()
        if root in file.parents:
            place = file.relative_to(root).as_posix()
            return f"/local/{quote(place)}" if name == WWW else f"media-source://media_source/{name}/{place}"
    return None


def write(file: Path, content: Iterable[bytes], *, overwrite: bool) -> None:
    """Write a file, whole or not at all; FileExistsError or another OSError if it cannot be. Blocks."""
    _refuse_existing(file, overwrite=overwrite)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:
        raise NotADirectoryError(ENOTDIR, strerror(ENOTDIR), str(file.parent)) from error
    with NamedTemporaryFile(dir=file.parent, prefix=".", suffix=".part", delete=False) as part:
        name = Path(part.name)
        try:
            part.writelines(content)
            part.close()
            name.chmod(READABLE)
            _refuse_existing(file, overwrite=overwrite)
            name.replace(file)
        except BaseException:
            name.unlink(missing_ok=True)
            raise


def _refuse_existing(file: Path, *, overwrite: bool) -> None:
    if file.exists() and not overwrite:
        raise FileExistsError(file)


def _folders(config: Config) -> dict[str, Path]:
    """Return the folders that users see, by the names that paths begin with."""
    media = {name: Path(folder) for name, folder in config.media_dirs.items()}
    return {**media, WWW: Path(config.path(WWW))}


def _refusal(path: str, folders: dict[str, Path]) -> Exception:
    return invalid("path_refused", path=path, folders=", ".join(sorted(folders)))

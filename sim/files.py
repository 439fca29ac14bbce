"""Files that appear whole or not at all."""

import errno
import os
import tempfile
from pathlib import Path

from sim.errors import BadInput

DISK_ERRORS = (errno.ENOSPC, errno.EIO, errno.EDQUOT)
"""Errors that the disk is to blame for, and not whoever named the file."""


_NO_LINKS = (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK)
"""Errors of file systems on which a file has one name only."""


def check_writable(file: Path, field: str) -> None:
    """Refuse a file that cannot be written, before the work is done; raises BadInput."""
    if file.is_dir():
        raise BadInput(f"{field}: {file} is a folder, a file expected")
    check_folder(file.parent, field)


def check_folder(folder: Path, field: str) -> None:
    """Refuse a folder that can neither be written to nor made; raises BadInput."""
    existing = next(one for one in (folder.absolute(), *folder.absolute().parents) if one.exists())
    if not existing.is_dir():
        raise BadInput(f"{field}: {existing} is a file, a folder expected")
    if not os.access(existing, os.W_OK | os.X_OK):
        raise BadInput(f"{field}: {existing} cannot be written to")


def write_failure(path: Path, field: str, error: OSError) -> Exception:
    """Return what to raise for a failed write: BadInput, or of a full or broken disk the error with its path."""
    if error.errno in DISK_ERRORS:
        return OSError(error.errno, error.strerror, str(path))
    return BadInput(f"{field}: {path} cannot be written to: {error.strerror or error}")


def write_text(file: Path, text: str) -> None:
    """Write a file, replacing an old one only when all of the new one is on disk; its folder is made.

    Raises
    ------
    BadInput : the file cannot be written.
    OSError : the disk is full or broken.
    """
    name = ""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(text)
        os.chmod(name, 0o644)
        os.replace(name, file)
    except OSError as error:
        raise write_failure(file, "file", error) from None
    finally:
        if name:
            Path(name).unlink(missing_ok=True)


def write_new(file: Path, text: str) -> None:
    """Write a file that is not there yet, so that even a crash leaves all of it or nothing; its folder is made.

    Raises
    ------
    FileExistsError
        There is such a file; it stays as it is.
    OSError
        The disk is full or broken, or the folder cannot be written to.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor, partial = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.", suffix=".tmp")
    try:
        with os.fdopen(descriptor, "wb", buffering=0) as stream:
            left = memoryview(text.encode())
            while left:
                left = left[stream.write(left) :]
            os.fsync(descriptor)
        os.chmod(partial, 0o644)
        _appear(partial, file)
    finally:
        Path(partial).unlink(missing_ok=True)
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _appear(partial: str, file: Path) -> None:
    """Give a whole file its name, which nobody else may have given away."""
    try:
        os.link(partial, file)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        if file.exists():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(file)) from None
        os.rename(partial, file)

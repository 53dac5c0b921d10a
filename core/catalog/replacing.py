"""A copy of the catalog in place of the catalog: checked before, and the file that was there is kept beside it."""

import shutil
import time
from pathlib import Path

from core.catalog.catalog import Catalog
from core.catalog.errors import CatalogError


def replace_catalog(path: Path, copy: Path) -> Path | None:
    """Put `copy` where the catalog is, if it can be opened and read there.

    Args:
        path: `Workspace.catalog`; nobody may have it open.
        copy: stays as it is.
    Returns: where the file that was there is now; None if there was none.
    Raises: CatalogBusyError while somebody has the catalog open; CatalogError if the copy is no catalog that this
        version reads, or a disk refused. Nothing was changed then.
    """
    if not copy.is_file():
        raise CatalogError(f"There is no catalog at {copy}. Name a backup's folder, or a file made by copying one.")
    aside: Path | None = None
    arriving = path.with_name(f"{path.stem}-arriving{path.suffix}")
    try:
        _remove(arriving)
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(copy, arriving)
        with Catalog(arriving) as checked:  # brought to this version's schema
            checked.summary()
        if path.exists():
            with Catalog(path):  # that nobody has it, and nothing is left in a log beside it
                pass
            aside = path.with_name(f"{path.stem}-before-{time.strftime('%Y%m%d-%H%M%S')}{path.suffix}")
            _move(path, aside)
        _move(arriving, path)
    except OSError as error:
        if aside is not None and not path.exists():
            _move(aside, path)
        raise CatalogError(
            f"The catalog was not replaced: {error.strerror or error}. It is as it was; free some disk space first."
        ) from error
    finally:
        _remove(arriving)
    return aside


def _move(path: Path, target: Path) -> None:
    path.rename(target)
    log = Path(f"{path}.wal")
    if log.exists():
        log.rename(f"{target}.wal")


def _remove(path: Path) -> None:
    for leftover in (path, Path(f"{path}.wal")):
        leftover.unlink(missing_ok=True)

"""ArtBench-10.csv: who painted the pictures of ArtBench-10, where they come from, and whether they are free."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from core.sources import licences
from core.sources.artwork import Artwork, SourceError
from core.sources.files.row_table import RowTable
from core.sources.files.slugs import person, plain, work

FILE_NAME = "artbench-10.csv"  # in lower case
_NEEDED = ("name", "label", "split", "cifar_index")

Rows = dict[tuple[str, int], dict[str, str]]  # (split, place within it) -> row


def read_artbench_table(data: bytes, name: str) -> Rows:
    """The rows by their place in the CIFAR release: the n-th picture of a split, over all of its batches.

    Raises: SourceError if it is another table.
    """
    table = RowTable(data, name)
    missing = [column for column in _NEEDED if column not in table.columns]
    if missing:
        raise SourceError(f"{name} has no column {missing[0]}; the table of ArtBench-10 has {', '.join(_NEEDED)}.")
    rows: Rows = {}
    for row in table.rows():
        index = row["cifar_index"].removesuffix(".0")  # pandas writes whole numbers so where some are missing
        if index.isdecimal():
            rows[row["split"].strip().lower(), int(index)] = row
    return rows


def class_names(rows: Rows, labels: Mapping[str, Sequence[int]], names: Mapping[int, str]) -> dict[int, str]:
    """Names of the classes by their numbers: those that are known already, and what the table calls the others.

    Args:
        labels: split -> the class number of each of its pictures.
    Raises: ValueError, with the end of a sentence, if a class would have two names: the table is not about these
        pictures, and its artists would be the wrong ones.
    """
    known = dict(names)
    for (split, index), row in rows.items():
        if index >= len(labels.get(split, ())):
            continue  # of a release that was only copied in part
        name = known.setdefault(labels[split][index], row["label"])
        if plain(name) != plain(row["label"]):
            raise ValueError(f"it calls picture {index:,} of {split} {row['label']}, the batches call it {name}")
    return known


def described(artwork: Artwork, row: Mapping[str, str]) -> Artwork:
    """The artwork with what its row says about it."""
    title, date = work(_without_artist(row.get("name", ""), row.get("artist", "")))
    free = row.get("is_public_domain", "").strip().lower()
    extra = {column: row[column] for column in ("width", "length") if row.get(column)}
    return replace(
        artwork,
        title=title or artwork.title,
        artist=person(row.get("artist", "")),
        date=date,
        licence={"true": licences.PUBLIC_DOMAIN, "1": licences.PUBLIC_DOMAIN}.get(
            free, licences.IN_COPYRIGHT if free in ("false", "0") else licences.UNKNOWN
        ),
        image_url=row.get("url", ""),
        metadata=artwork.metadata | {"file": row.get("name", "")} | extra,
    )


def _without_artist(file_name: str, artist: str) -> str:
    """Files are called "artist-slug_work-slug.jpg"."""
    stem = PurePosixPath(file_name).stem
    before, underscore, after = stem.partition("_")
    return after if underscore and (not artist or plain(before) == plain(artist)) else stem.removeprefix(f"{artist}_")

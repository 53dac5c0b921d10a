"""Commands about what pictures look like: describing them, similar ones, and those of a colour."""

import argparse
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from core import (
    cli_catalog_duplicates,
    cli_catalog_map,
    cli_catalog_quality,
    cli_catalog_show,
    cli_catalog_statistics,
)
from core.cli_catalog import add_choice, open_catalog, selection_of
from core.cli_catalog_duplicates import whole_hash
from core.cli_catalog_map import add_descriptor
from core.cli_output import add_command, done, print_result, print_table, progress_line, remark
from core.errors import ConfigError
from core.workspace import Workspace

if TYPE_CHECKING:
    from core.catalog.catalog import Catalog


def describe_pictures(options: argparse.Namespace) -> None:
    from core.catalog.measured import rows_to_describe
    from core.features.choices import WITHOUT_NETWORK, choice, open_store
    from core.features.job import create_describe, create_describe_network
    from core.jobs import control

    workspace = Workspace().create()
    store = open_store(workspace, choice(workspace, options.by).descriptor)
    with open_catalog(workspace) as catalog:
        selection = replace(selection_of(catalog, options), excluded="all")
        pictures = catalog.count(selection)
        if options.by == WITHOUT_NETWORK:
            rows = rows_to_describe(catalog, selection, store.names(range(len(store))))
            missing = len(rows)
        else:
            names = store.missing([picture.sha256 for picture in catalog.pictures_for(selection)])
            missing = len(names)
    if not missing:
        if not pictures:
            raise ConfigError("There is no picture to describe: collect some first, or choose others.")
        value: dict[str, Any] = {"job": None, "pictures": pictures, "described": 0}
        print_result(options, value, f"All {pictures:,} pictures are described already.")
        return
    if options.by == WITHOUT_NETWORK:
        job = create_describe(workspace, rows, title="Describe pictures")
    else:
        job = create_describe_network(workspace, names, options.by)
    end = done(job, control.run_here(workspace, job, on_progress=progress_line()))
    with open_catalog(workspace):  # takes the measures in
        pass
    value = {"job": job.path.name, "pictures": pictures, "described": missing, "message": end.message}
    print_result(options, value, end.message)


def show_similar(options: argparse.Namespace) -> None:
    from core.catalog.similar import similar_pictures
    from core.features.choices import choice, open_store

    workspace = Workspace().create()
    descriptor = choice(workspace, options.by).descriptor
    with open_catalog(workspace) as catalog:
        selection = selection_of(catalog, options)
        sha256 = whole_hash(catalog, options.sha256)
        store = open_store(workspace, descriptor)
        found = similar_pictures(catalog, store, sha256, selection=selection, count=options.count)
        rows = [asdict(one) | words_of(catalog, one.sha256) for one in found]
    print_pictures(options, rows, "score")
    if not options.json:
        remark(f"{descriptor.label}: 1 is the same picture, 0 as unlike as two taken at random")


def show_colour(options: argparse.Namespace) -> None:
    from core.catalog.similar import pictures_of_colour

    with open_catalog(Workspace().create()) as catalog:
        selection = selection_of(catalog, options)
        found = pictures_of_colour(catalog, options.colours, selection=selection, count=options.count)
        rows = [asdict(one) | words_of(catalog, one.sha256) for one in found]
    print_pictures(options, rows, "distance")


def print_pictures(options: argparse.Namespace, rows: list[dict[str, Any]], number: str) -> None:
    if not options.json:
        for row in rows:
            row["sha256"] = row["sha256"][:12]
    print_table(options, rows, ("sha256", number, "artist", "title"), empty="No picture fits.")


def words_of(catalog: "Catalog", sha256: str) -> dict[str, str]:
    artwork = catalog.picture(sha256).artworks[0]
    return {"artist": artwork.artist, "title": artwork.title}


def add_commands(group: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """To those of `catalog`."""
    cli_catalog_show.add_commands(group)
    describe = add_command(
        group, "describe", describe_pictures, "describe pictures, so that they can be compared and measured"
    )
    add_descriptor(describe)
    add_choice(describe)

    cli_catalog_quality.add_commands(group)
    cli_catalog_statistics.add_commands(group)

    cli_catalog_duplicates.add_commands(group)

    similar = add_command(group, "similar", show_similar, "list the pictures most like one")
    similar.add_argument("sha256", help="of the picture; its beginning is enough")
    similar.add_argument("--count", type=int, default=24)
    add_descriptor(similar)
    add_choice(similar)

    colour = add_command(group, "colour", show_colour, "list the pictures with these colours among their main ones")
    colour.add_argument("colours", nargs="+", metavar="COLOUR", help="#rrggbb, or a name such as teal")
    colour.add_argument("--count", type=int, default=60)
    add_choice(colour)

    cli_catalog_map.add_commands(group)

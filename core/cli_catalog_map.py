"""Commands about many pictures at once by what they look like: choosing some of them, and arranging a map."""

import argparse
from typing import Any

from core.cli_catalog import add_choice, open_catalog, selection_of
from core.cli_output import add_command, done, print_result, print_table, progress_line, remark
from core.workspace import Workspace


def choose_some(options: argparse.Namespace) -> None:
    from core.catalog.choosing import WAYS, choose_pictures
    from core.catalog.tiles import tiles_of
    from core.features.choices import choice, open_store

    workspace = Workspace().create()
    descriptor = choice(workspace, options.by).descriptor
    with open_catalog(workspace) as catalog:
        selection = selection_of(catalog, options)
        store = open_store(workspace, descriptor)
        chosen = choose_pictures(catalog, store, selection, options.count, way=options.way)
        act = catalog.tag(chosen.pictures, options.tag) if options.tag else None
        rows = [
            {"sha256": tile.sha256, "artist": tile.artist, "title": tile.title}
            for tile in tiles_of(catalog, chosen.pictures)
        ]
    if options.json:
        value: dict[str, Any] = {
            "way": options.way,
            "descriptor": descriptor.name,
            "compared": chosen.compared,
            "described": chosen.described,
            "pictures": rows,
            "tag": options.tag,
            "act": act.number if act else None,
            "tagged": act.pictures if act else 0,
        }
        print_result(options, value, "")
        return
    for row in rows:
        row["sha256"] = row["sha256"][:12]
    print_table(options, rows, ("sha256", "artist", "title"), empty="No picture fits.")
    remark(", ".join(part for part in (WAYS[options.way], f"by {descriptor.label}", chosen.words) if part))
    if act is not None:
        undo = f"; taken back by: python -m core catalog undo {act.number}" if act.number else ""
        remark(f"{act.pictures:,} pictures tagged {options.tag!r}{undo}")


def arrange_map(options: argparse.Namespace) -> None:
    from core.catalog.mapped import map_scope
    from core.features.choices import choice, open_store
    from core.features.maps import MOST_PICTURES
    from core.features.maps_job import create_map
    from core.jobs import control

    workspace = Workspace().create()
    store = open_store(workspace, choice(workspace, options.by).descriptor)
    with open_catalog(workspace) as catalog:
        scope = map_scope(catalog, store, selection_of(catalog, options), most=MOST_PICTURES)
    job = create_map(
        workspace,
        scope.names,
        method=options.method,
        by=options.by,
        scope=f"{scope.key}\n{options.method}\n{store.descriptor.name}",
        title=f"Map of {len(scope.names):,} pictures",
    )
    end = done(job, control.run_here(workspace, job, on_progress=progress_line()))
    value = {
        "job": job.path.name,
        "key": job.settings["key"],
        "pictures": len(scope.names),
        "found": scope.found,
        "not_described": scope.missing,
        "message": end.message,
    }
    print_result(options, value, end.message)


def add_descriptor(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--by",
        default="colour-texture",
        metavar="DESCRIPTOR",
        help="colour-texture, which needs no network (default), or vgg16 or vgg19 where its file lies in the lab",
    )


def add_commands(group: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """To those of `catalog`."""
    diverse = add_command(group, "diverse", choose_some, "choose some pictures by what they look like, and tag them")
    diverse.add_argument("--count", type=int, required=True, help="how many")
    diverse.add_argument("--tag", default="", metavar="NAME", help="give them this tag")
    diverse.add_argument(
        "--way",
        default="different",
        choices=("different", "outliers", "typical"),
        help="as different as possible (default), those least like any other, or the middles of groups",
    )
    add_descriptor(diverse)
    add_choice(diverse)

    arranged = add_command(group, "map", arrange_map, "arrange pictures on a map, which the Map page then shows")
    arranged.add_argument("--method", default="neighbours", choices=("neighbours", "components"))
    add_descriptor(arranged)
    add_choice(arranged)

"""Commands about what pictures look like: describing them, quality, duplicates, similar ones, and those of a colour."""

import argparse
import json
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from core.cli_catalog import add_choice, open_catalog, selection_of
from core.cli_output import add_command, done, print_result, print_table, progress_line, remark
from core.errors import ConfigError, NotFoundError
from core.workspace import Workspace

if TYPE_CHECKING:
    from core.catalog.catalog import Catalog


def describe_pictures(options: argparse.Namespace) -> None:
    from core.catalog.measured import rows_to_describe
    from core.catalog.similar import feature_store
    from core.features.job import create_describe
    from core.jobs import control

    workspace = Workspace().create()
    with open_catalog(workspace) as catalog:
        selection = replace(selection_of(catalog, options), excluded="all")
        store = feature_store(workspace)
        rows = rows_to_describe(catalog, selection, store.names(range(len(store))))
        pictures = catalog.count(selection)
    if not rows:
        if not pictures:
            raise ConfigError("There is no picture to describe: collect some first, or choose others.")
        value: dict[str, Any] = {"job": None, "pictures": pictures, "described": 0}
        print_result(options, value, f"All {pictures:,} pictures are described already.")
        return
    job = create_describe(workspace, rows, title="Describe pictures")
    end = done(job, control.run_here(workspace, job, on_progress=progress_line()))
    with open_catalog(workspace):  # takes the measures in
        pass
    value = {"job": job.path.name, "pictures": pictures, "described": len(rows), "message": end.message}
    print_result(options, value, end.message)


def show_quality(options: argparse.Namespace) -> None:
    from core.catalog.quality import calibrate, call_normal, quality_of

    with open_catalog(Workspace().create()) as catalog:
        if options.calibrate is not None:
            calibrate(catalog, options.collection, share=options.calibrate)
        for names, normal in ((options.normal, True), (options.not_normal, False)):
            for name in names:
                call_normal(catalog, options.collection, name, normal=normal)
        found = quality_of(catalog, options.collection)
    rows: list[dict[str, Any]] = [
        {
            "issue": count.issue.name,
            "flags": "below" if count.issue.direction == "below" else "above",
            "threshold": count.threshold,
            "own": count.is_own,
            "pictures": count.pictures,
            "excluded": count.excluded,
            "measured": count.measured,
            "normal": count.is_normal,
            "filter": count.filter,
        }
        for count in found.issues
    ]
    if options.json:
        value = {
            "collection": found.collection,
            "pictures": found.pictures,
            "flagged": found.flagged,
            "issues": rows,
            "reasons": found.reasons(),
        }
        print(json.dumps(value, ensure_ascii=False))
        return
    for row in rows:
        row["threshold"] = f"{row['threshold']:g}{' (own)' if row['own'] else ''}"
        row["normal"] = "yes" if row["normal"] else ""
    print_table(options, rows, ("issue", "flags", "threshold", "pictures", "excluded", "measured", "normal"), empty="")
    remark(f"{found.flagged:,} of {found.pictures:,} pictures are flagged: catalog find --where 'flag is known'")
    unmeasured = found.pictures - min(count.measured for count in found.issues)
    if unmeasured:
        remark(f"{unmeasured:,} pictures are not described: python -m core catalog describe")


def show_duplicates(options: argparse.Namespace) -> None:
    from core.catalog.similar import exact_duplicates, feature_store, near_duplicates, suggestion

    workspace = Workspace().create()
    with open_catalog(workspace) as catalog:
        selection = selection_of(catalog, options)
        near = near_duplicates(catalog, feature_store(workspace), selection, radius=options.radius)
        exact = exact_duplicates(catalog, selection)
        groups = near.search.groups(order=options.order)
        kept = [suggestion(catalog, group.pictures) for group in groups]
        kept_exact = [suggestion(catalog, pictures) for pictures in exact.groups]
    value = {
        "radius": near.radius,
        "searched": near.searched,
        "described": near.described,
        "plain": near.plain,
        "near": [
            {**asdict(group), "keeper": keeper.keeper, "reasons": keeper.reasons}
            for group, keeper in zip(groups, kept, strict=True)
        ],
        "exact": [
            {"pictures": pictures, "keeper": keeper.keeper, "reasons": keeper.reasons}
            for pictures, keeper in zip(exact.groups, kept_exact, strict=True)
        ],
        "undecided": exact.undecided,
        "cuts": [asdict(cut) for cut in near.search.cuts()],
    }
    if options.json:
        print(json.dumps(value, ensure_ascii=False))
        return
    rows = [
        {
            "list": kind,
            "pictures": 1 + len(keeper.against),
            "keep": keeper.keeper[:12],
            "others": " ".join(sha256[:12] for sha256 in list(keeper.against)[:4]),
            "why": keeper.reasons[0],
        }
        for kind, keepers in (("exact", kept_exact), ("near", kept))
        for keeper in keepers
    ]
    print_table(options, rows, ("list", "pictures", "keep", "others", "why"), empty="No two pictures look alike.")
    remark(
        f"{near.searched:,} pictures searched within {near.radius} bits, {near.described:,} described by colour and "
        f"texture; {near.plain:,} plain ones left out"
    )
    if exact.undecided:
        remark(f"{exact.undecided:,} may be exact duplicates and were not compared: python -m core catalog describe")


def show_similar(options: argparse.Namespace) -> None:
    from core.catalog.similar import feature_store, similar_pictures

    workspace = Workspace().create()
    with open_catalog(workspace) as catalog:
        selection = selection_of(catalog, options)
        sha256 = _whole_hash(catalog, options.sha256)
        found = similar_pictures(catalog, feature_store(workspace), sha256, selection=selection, count=options.count)
        rows = [asdict(one) | _words(catalog, one.sha256) for one in found]
    _print_pictures(options, rows, "score")


def show_colour(options: argparse.Namespace) -> None:
    from core.catalog.similar import pictures_of_colour

    with open_catalog(Workspace().create()) as catalog:
        selection = selection_of(catalog, options)
        found = pictures_of_colour(catalog, options.colours, selection=selection, count=options.count)
        rows = [asdict(one) | _words(catalog, one.sha256) for one in found]
    _print_pictures(options, rows, "distance")


def _print_pictures(options: argparse.Namespace, rows: list[dict[str, Any]], number: str) -> None:
    if not options.json:
        for row in rows:
            row["sha256"] = row["sha256"][:12]
    print_table(options, rows, ("sha256", number, "artist", "title"), empty="No picture fits.")


def _words(catalog: "Catalog", sha256: str) -> dict[str, str]:
    artwork = catalog.picture(sha256).artworks[0]
    return {"artist": artwork.artist, "title": artwork.title}


def _whole_hash(catalog: "Catalog", given: str) -> str:
    """A picture's sha256, of which the beginning is enough. Raises: NotFoundError, ConfigError if several begin so."""
    rows = catalog.read("SELECT sha256 FROM images WHERE starts_with(sha256, ?) LIMIT 2", [given.lower()])
    if not rows:
        raise NotFoundError("picture", given, ["those that `catalog find` lists"])
    if len(rows) > 1:
        raise ConfigError(f"Several pictures begin with {given!r}. Give more of the hash.")
    return str(rows[0][0])


def add_commands(group: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """To those of `catalog`."""
    describe = add_command(
        group, "describe", describe_pictures, "describe pictures, so that they can be compared and measured"
    )
    add_choice(describe)

    quality = add_command(group, "quality", show_quality, "count what each issue of quality flags in a collection")
    quality.add_argument("--collection", required=True, metavar="NAME")
    quality.add_argument("--normal", nargs="+", default=[], metavar="ISSUE", help="remember: this is normal here")
    quality.add_argument("--not-normal", nargs="+", default=[], metavar="ISSUE", help="take that back")
    quality.add_argument(
        "--calibrate",
        type=float,
        metavar="SHARE",
        help="set thresholds that flag at most this share each, such as 0.03",
    )

    duplicates = add_command(group, "duplicates", show_duplicates, "list exact and near duplicates, and which to keep")
    add_choice(duplicates)
    duplicates.add_argument("--radius", type=int, help="bits of the hash that may differ, 0 to 16")
    duplicates.add_argument("--order", default="smallest", choices=("smallest", "largest", "nearest"))

    similar = add_command(group, "similar", show_similar, "list the pictures most like one")
    similar.add_argument("sha256", help="of the picture; its beginning is enough")
    similar.add_argument("--count", type=int, default=24)
    add_choice(similar)

    colour = add_command(group, "colour", show_colour, "list the pictures with these colours among their main ones")
    colour.add_argument("colours", nargs="+", metavar="COLOUR", help="#rrggbb, or a name such as teal")
    colour.add_argument("--count", type=int, default=60)
    add_choice(colour)

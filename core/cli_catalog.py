"""Commands about the catalog: finding, curating, taking pictures out, and copies of it."""

import argparse
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.cli_output import add_command, done, print_result, print_table, progress_line, remark
from core.errors import ConfigError, NotFoundError
from core.workspace import Workspace

if TYPE_CHECKING:
    from core.catalog.catalog import Catalog
    from core.catalog.curation import Act
    from core.catalog.selection import Selection


@contextmanager
def open_catalog(workspace: Workspace) -> Iterator["Catalog"]:
    """The catalog, with what collect jobs have brought since. Raises: CatalogBusyError names who has it open."""
    from core.catalog.catalog import Catalog
    from core.catalog.ingest import ingest_pending

    with Catalog(workspace.catalog) as catalog:
        ingest_pending(catalog, workspace)
        yield catalog


def selection_of(catalog: "Catalog", options: argparse.Namespace, *, excluded: str = "kept") -> "Selection":
    """What --selection, --collection and --where say together. Raises: NotFoundError, FilterError."""
    from core.catalog.filters.parsing import parse
    from core.catalog.selection import Selection

    known = [collection.name for collection in catalog.collections()]
    for name in options.collection:
        if name not in known:
            raise NotFoundError("collection", name, known)
    if not options.selection:
        return Selection(collections=tuple(options.collection), where=options.where, excluded=excluded)
    saved = catalog.saved_selection(options.selection).to_json()
    if options.collection:
        saved["collections"] = list(options.collection)
    if options.where:
        parse(options.where)
        saved["where"] = f"({saved['where']}) and ({options.where})" if saved.get("where") else options.where
    if excluded != "kept":
        saved["excluded"] = excluded
    return Selection.from_json(saved)


# ---- finding ---------------------------------------------------------------------------------------------------------


def find_pictures(options: argparse.Namespace) -> None:
    if options.limit < 1:
        raise ConfigError(f"--limit must be at least 1; got {options.limit}.")
    with open_catalog(Workspace().create()) as catalog:
        selection = selection_of(catalog, options, excluded=options.show)
        found = catalog.count(selection)
        tiles = catalog.page(selection, sort=options.sort, offset=options.offset, limit=options.limit)
    if options.json:
        print(json.dumps({"found": found, "pictures": [asdict(tile) for tile in tiles]}, ensure_ascii=False))
        return
    rows = [
        {
            "picture": tile.sha256[:12],
            "artist": tile.artist[:32],
            "title": tile.title[:48],
            "date": tile.date[:16],
            "size": f"{tile.width}x{tile.height}",
            "licence": tile.licence,
            **({"excluded": tile.excluded or ""} if options.show != "kept" else {}),
        }
        for tile in tiles
    ]
    columns = (
        "picture",
        "artist",
        "title",
        "date",
        "size",
        "licence",
        *(("excluded",) if options.show != "kept" else ()),
    )
    print_table(options, rows, columns, empty="No picture fits.")
    remark(f"{found:,} pictures fit; {len(rows):,} shown")


def show_timeline(options: argparse.Namespace) -> None:
    with open_catalog(Workspace().create()) as catalog:
        acts = catalog.acts(limit=options.limit)
    rows = [
        {
            "act": entry.number,
            "at": f"{entry.at:%Y-%m-%d %H:%M:%S}",
            "who": entry.who,
            "what": entry.act if entry.undid is None else f"undo of {entry.undid}",
            "why or tag": entry.reason,
            "pictures": entry.pictures,
            "undone": "yes" if entry.is_undone else "",
        }
        for entry in acts
    ]
    if options.json:
        rows = [asdict(entry) | {"at": entry.at.isoformat()} for entry in acts]
    columns = ("act", "at", "who", "what", "why or tag", "pictures", "undone")
    print_table(options, rows, columns, empty="Nobody has curated anything yet.")


# ---- curating --------------------------------------------------------------------------------------------------------


def exclude_pictures(options: argparse.Namespace) -> None:
    _act(options, lambda catalog, selection: catalog.exclude(selection, options.reason), "excluded")


def restore_pictures(options: argparse.Namespace) -> None:
    _act(options, lambda catalog, selection: catalog.restore(selection), "taken back", excluded="excluded")


def tag_pictures(options: argparse.Namespace) -> None:
    _act(options, lambda catalog, selection: catalog.tag(selection, options.tag), f"tagged {options.tag!r}")


def untag_pictures(options: argparse.Namespace) -> None:
    _act(
        options,
        lambda catalog, selection: catalog.untag(selection, options.tag),
        f"without the tag {options.tag!r}",
        excluded="all",
    )


def _act(
    options: argparse.Namespace,
    do: Callable[["Catalog", "Selection"], "Act"],
    done_words: str,
    *,
    excluded: str = "kept",
) -> None:
    if not (options.where or options.collection or options.selection):
        raise ConfigError("Which pictures? Say it with --where, --collection or --selection.")
    with open_catalog(Workspace().create()) as catalog:
        act = do(catalog, selection_of(catalog, options, excluded=excluded))
    _print_act(options, act, f"{act.pictures:,} pictures {done_words}")


def undo_act(options: argparse.Namespace) -> None:
    with open_catalog(Workspace().create()) as catalog:
        number = options.act
        if number is None:
            number = next((entry.number for entry in catalog.acts(limit=10_000) if entry.can_be_undone), None)
            if number is None:
                raise ConfigError("There is no act that could be undone. See: python -m core catalog timeline")
        act = catalog.undo(number)
    _print_act(options, act, f"Act {number} undone for {act.pictures:,} pictures")


def _print_act(options: argparse.Namespace, act: "Act", text: str) -> None:
    value = asdict(act) | {"at": act.at.isoformat()}
    can_be_undone = act.number and act.act not in ("undo", "return")
    hint = f"; undo it with: python -m core catalog undo {act.number}" if can_be_undone else ""
    print_result(options, value, f"{text}{hint}.")


# ---- saved selections ------------------------------------------------------------------------------------------------


def list_selections(options: argparse.Namespace) -> None:
    with open_catalog(Workspace().create()) as catalog:
        if options.save:
            catalog.save_selection(options.save, selection_of(catalog, options, excluded=options.show))
        if options.delete:
            catalog.delete_selection(options.delete)
        if options.rename:
            catalog.rename_selection(*options.rename)
        rows: list[dict[str, Any]] = [
            {"name": saved.name, "pictures": catalog.count(saved.selection), "selection": saved.selection.to_json()}
            for saved in catalog.saved_selections()
        ]
    if not options.json:
        for row in rows:
            row["selection"] = json.dumps(row["selection"], ensure_ascii=False)
    print_table(options, rows, ("name", "pictures", "selection"), empty="No selection has a name yet.")


# ---- going back ------------------------------------------------------------------------------------------------------


def list_snapshots(options: argparse.Namespace) -> None:
    with open_catalog(Workspace().create()) as catalog:
        if options.go_back:
            _print_act(options, catalog.go_back(options.go_back), f"Every decision is as in {options.go_back}")
            return
        rows = [asdict(snapshot) for snapshot in catalog.snapshots()]
    for row in rows:
        row |= {"excluded": row["rows"]["exclusions"], "tags": row["rows"]["picture_tags"]}
    columns = ("name", "at", "before", "excluded", "tags", "bytes")
    print_table(options, rows, columns, empty="No act on many pictures was done yet.")


# ---- copies ----------------------------------------------------------------------------------------------------------


def back_up_catalog(options: argparse.Namespace) -> None:
    from core.system.backups import back_up

    made = back_up(Workspace().create(), options.folder.expanduser())
    print_result(options, asdict(made), made.path)


def restore_catalog(options: argparse.Namespace) -> None:
    from core.catalog.replacing import replace_catalog
    from core.system.backups import check_backup

    folder = options.folder.expanduser()
    if not (folder / "backup.json").exists():  # the folder that backups are written into
        folder = max(folder.glob("atelier-*/backup.json"), default=folder / "backup.json").parent
    check_backup(folder)
    aside = replace_catalog(Workspace().create().catalog, folder / "catalog.duckdb")
    kept = f" The one that was here is kept as {aside}." if aside else ""
    value = {"restored": str(folder), "kept": str(aside) if aside else None}
    print_result(options, value, f"The catalog is as in {folder.name}.{kept}")


# ---- questions in SQL ------------------------------------------------------------------------------------------------


def ask_sql(options: argparse.Namespace) -> None:
    from core.catalog.sql.console import Limits, ask, export

    workspace = Workspace().create()
    with open_catalog(workspace):  # brought to the newest schema, and held by nobody else
        pass
    limits = Limits(seconds=options.seconds, rows=options.rows)
    if options.csv or options.parquet:
        target = (options.csv or options.parquet).expanduser()
        rows = export(workspace.catalog, options.sql, target, "csv" if options.csv else "parquet", limits)
        print_result(options, {"out": str(target), "rows": rows}, str(target))
        return
    answer = ask(workspace.catalog, options.sql, limits)
    if options.json:
        print(json.dumps(asdict(answer), ensure_ascii=False))
        return
    names = [
        name if answer.columns.count(name) == 1 else f"{place}:{name}" for place, name in enumerate(answer.columns)
    ]
    rows_shown = [dict(zip(names, map(_shortened, row), strict=True)) for row in answer.rows]
    print_table(options, rows_shown, names, empty="No row.")
    more = " (more there are; see --rows)" if answer.is_cut else ""
    remark(f"{len(answer.rows):,} rows in {answer.seconds:.2f} s{more}")


def _shortened(value: Any) -> Any:
    text = str(value)
    return f"{text[:59]}…" if len(text) > 60 else value


# ---- leaving ---------------------------------------------------------------------------------------------------------


def export_pictures(options: argparse.Namespace) -> None:
    from core.exports.choose import export_rows
    from core.exports.job import create_export
    from core.exports.resize import Resize
    from core.jobs import control

    workspace = Workspace().create()
    with open_catalog(workspace) as catalog:
        selection = selection_of(catalog, options)
        rows = export_rows(catalog, selection)
    job = create_export(
        workspace,
        rows,
        form=options.form,
        out=options.out,
        resize=Resize(options.resize, options.side, options.encoding),
        sorted_by=options.sorted_by,
        test_share=options.test_share,
        seed=options.seed,
        selection=selection.to_json(),
    )
    end = done(job, control.run_here(workspace, job, on_progress=progress_line()))
    out = options.out.expanduser().resolve()
    print_result(options, {"out": str(out), "message": end.message}, text=f"{end.message}\n{out}")


# ---- the commands and their options ----------------------------------------------------------------------------------


def add_commands(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
) -> "argparse._SubParsersAction[argparse.ArgumentParser]":
    """`catalog ...`; returns what other modules add theirs to."""
    group = commands.add_parser("catalog", help="the pictures of the lab").add_subparsers(
        required=True, metavar="ACTION"
    )
    find = add_command(group, "find", find_pictures, "list the pictures that fit a filter")
    add_choice(find)
    find.add_argument("--sort", default="newest", metavar="KEY", help="newest (default), artist, title, largest, ...")
    find.add_argument("--limit", type=int, default=50, help="pictures to list (default 50)")
    find.add_argument("--offset", type=int, default=0, help="pictures to pass over first")
    _add_show(find)

    exclude = add_command(group, "exclude", exclude_pictures, "leave pictures out, for a reason; nothing is deleted")
    add_choice(exclude)
    exclude.add_argument("--reason", required=True)
    add_choice(add_command(group, "restore-pictures", restore_pictures, "take excluded pictures back"))
    for name, function, what in (
        ("tag", tag_pictures, "give a tag to pictures"),
        ("untag", untag_pictures, "take a tag away from pictures"),
    ):
        command = add_command(group, name, function, what)
        command.add_argument("tag")
        add_choice(command)
    undo = add_command(group, "undo", undo_act, "undo an act of curation")
    undo.add_argument("act", nargs="?", type=int, help="its number in the timeline; by default the last one")
    timeline = add_command(group, "timeline", show_timeline, "what was done to pictures, the newest first")
    timeline.add_argument("--limit", type=int, default=30)

    selections = add_command(group, "selections", list_selections, "list the saved selections")
    selections.add_argument("--save", metavar="NAME", help="save what --where and --collection choose")
    selections.add_argument("--rename", nargs=2, metavar=("NAME", "NEW"))
    selections.add_argument("--delete", metavar="NAME")
    add_choice(selections)
    _add_show(selections)

    snapshots = add_command(
        group, "snapshots", list_snapshots, "what had been decided before each act on many pictures, the newest first"
    )
    snapshots.add_argument("--go-back", metavar="NAME", help="put every decision back as it was then")

    backup = add_command(group, "backup", back_up_catalog, "copy the catalog, and all else that cannot be made again")
    backup.add_argument("folder", type=Path)
    restore = add_command(group, "restore", restore_catalog, "put the catalog of a backup in place of this one")
    restore.add_argument("folder", type=Path, help="the backup, or the folder it was written into: then the newest")

    sql = add_command(group, "sql", ask_sql, "answer one SELECT over the catalog's tables, which cannot change them")
    sql.add_argument("sql", metavar="SELECT")
    sql.add_argument("--rows", type=int, default=1000, help="at most (default 1000)")
    sql.add_argument("--seconds", type=float, default=10.0, help="it may take (default 10)")
    into = sql.add_mutually_exclusive_group()
    into.add_argument("--csv", type=Path, metavar="FILE", help="write the answer there")
    into.add_argument("--parquet", type=Path, metavar="FILE", help="write the answer there")

    leave = add_command(group, "export", export_pictures, "let pictures leave with their labels; prints the folder")
    add_choice(leave)
    leave.add_argument("--form", default="imagefolder", choices=("imagefolder", "webdataset", "parquet"))
    leave.add_argument("--out", type=Path, required=True, help="a folder that does not exist yet")
    leave.add_argument(
        "--resize",
        default="original",
        choices=("original", "no", "border", "keep_ratio", "keep_ratio_largest", "center_crop"),
        help="default: the original files",
    )
    leave.add_argument("--side", type=int, default=512, help="pixels (default 512)")
    leave.add_argument("--encoding", default="jpg", choices=("jpg", "png", "webp"), help="of resized pictures")
    leave.add_argument("--sorted-by", default="", choices=("", "style", "genre", "artist"), help="sub-folders")
    leave.add_argument("--test-share", type=float, default=0.0, help="of the artists, as a test split (default 0)")
    leave.add_argument("--seed", type=int, default=0)
    return group


def add_choice(command: argparse.ArgumentParser) -> None:
    """--where, --collection and --selection: see `selection_of`."""
    command.add_argument(
        "--where", default="", metavar="FILTER", help="such as 'artist = \"Mark Rothko\" and width >= 640'"
    )
    command.add_argument("--collection", action="extend", nargs="+", default=[], metavar="NAME", help="default: all")
    command.add_argument("--selection", metavar="NAME", help="a saved one")


def _add_show(command: argparse.ArgumentParser) -> None:
    command.add_argument("--show", default="kept", choices=("kept", "excluded", "all"), help="default: kept")

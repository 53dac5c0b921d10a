"""Commands about what the lab made and kept."""

import argparse
import shutil
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from core.cli_output import add_command, done, print_result, print_table, progress_line
from core.errors import AtelierError, NotFoundError
from core.pictures.gallery import WAYS, Gallery, Made
from core.workspace import Workspace, slug


def list_pictures(options: argparse.Namespace) -> None:
    rows = []
    for made in Gallery(Workspace()).newest(options.limit, way=options.way):
        moment = datetime.fromtimestamp(made.made_at).astimezone()
        rows.append(
            {
                "picture": made.sha256 if options.json else made.sha256[:12],
                "way": WAYS[made.way].lower(),
                "title": made.title,
                "by": made.label.partition(":")[0],
                "size": f"{made.width}x{made.height}",
                "made": moment.isoformat(timespec="seconds") if options.json else f"{moment:%d %b %Y %H:%M}",
                "remark": made.remark,
            }
        )
    columns = ("picture", "way", "title", "by", "size", "made", "remark")
    print_table(options, rows, columns, empty="Nothing was made yet. Begin with: python -m core style --help")


def show_picture(options: argparse.Namespace) -> None:
    made = _find(Workspace(), options.picture)
    lines = [
        f"{made.title}, {made.width}x{made.height} pixels",
        f"made by   {made.label}",
        *(f"made of   {parent.name}  {parent.sha256}" for parent in made.parents),
        *([f"remark    {made.remark}"] if made.remark else []),
        f"SHA-256   {made.sha256}",
    ]
    value = asdict(made) | {"parents": [parent.to_json() for parent in made.parents]}
    print_result(options, value, text="\n".join(lines))


def save_pictures(options: argparse.Namespace) -> None:
    from core.pictures.chosen import file_of

    workspace = Workspace()
    pictures = [_find(workspace, name) for name in options.pictures]
    options.out.mkdir(parents=True, exist_ok=True)
    written = []
    for made in pictures:
        source = file_of(workspace, made.chosen)
        target = options.out / f"{slug(made.title)}-{made.sha256[:8]}{source.suffix}"
        if target.exists():
            raise AtelierError(f"{target} exists already. Choose another folder; nothing is written over.")
        shutil.copyfile(source, target)
        written.append(str(target))
    print_result(options, {"files": written}, text="\n".join(written))


def into_catalog(options: argparse.Namespace) -> None:
    from core.cli_collect import ingest
    from core.jobs import control
    from core.sources.made_here import add_to_catalog

    workspace = Workspace().create()
    job = add_to_catalog(workspace, [_find(workspace, name).sha256 for name in options.pictures], options.collection)
    end = done(job, control.wait(job, on_status=progress_line()))
    print_result(options, {"job": job.id, "message": end.message, "ingested": ingest(workspace)}, text=end.message)


def take_out(options: argparse.Namespace) -> None:
    workspace = Workspace()
    pictures = [_find(workspace, name) for name in options.pictures]
    for made in pictures:
        Gallery(workspace).remove(made.sha256)
    count = len(pictures)
    print_result(
        options, {"taken_out": count}, text=f"{count} taken out of the gallery; the files stay in the lab's store."
    )


def _find(workspace: Workspace, name: str) -> Made:
    """A picture by its SHA-256, or by as much of its beginning as tells it from the others."""
    gallery = Gallery(workspace)
    near = [sha256 for sha256 in gallery.hashes() if sha256.startswith(name.lower())]
    if len(near) > 1:
        raise AtelierError(f"{name!r} could be {len(near)} pictures. Write more of the hash.")
    made = gallery.find(near[0]) if near else None
    if made is None:
        raise NotFoundError("picture of the gallery", name, [sha256[:12] for sha256 in gallery.hashes()[:8]])
    return made


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """`gallery list|show|save|catalog|remove`."""
    group = commands.add_parser("gallery", help="what this lab made and kept").add_subparsers(required=True)
    listed = add_command(group, "list", list_pictures, "the pictures, the newest first")
    listed.add_argument("--way", choices=tuple(WAYS), help="only those made so")
    listed.add_argument("--limit", type=int, default=50, help="default: 50")
    shown = add_command(group, "show", show_picture, "what made a picture, and what it was made of")
    shown.add_argument("picture", help="its SHA-256, or the beginning of it")
    saved = add_command(group, "save", save_pictures, "copy pictures into a folder")
    saved.add_argument("--out", type=Path, required=True, help="a folder")
    added = add_command(group, "catalog", into_catalog, "take pictures into a collection of the catalog")
    added.add_argument("--collection", default="Made here", help="default: Made here")
    removed = add_command(group, "remove", take_out, "take pictures out of the gallery; the files stay")
    for command in (saved, added, removed):
        command.add_argument("pictures", nargs="+", help="SHA-256, or the beginnings of them")

"""Commands about built datasets: what there is, what one holds and where it went, what two differ in."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.cli_output import add_command, print_result, print_table
from core.workspace import Workspace

if TYPE_CHECKING:
    from core.datasets.contents import Contents
    from core.datasets.differences import Difference
    from core.datasets.listing import Dataset
    from core.studies.lineage import Lineage


def add_commands(dataset: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add to the actions of `dataset`."""
    add_command(dataset, "list", list_datasets, "list the datasets")
    show = add_command(dataset, "show", show_dataset, "what went in, what was left out, what trained on it")
    show.add_argument("dataset", help="id or name")
    show.add_argument("--verify", action="store_true", help="read all of it and check every hash")
    export = add_command(dataset, "export", export_dataset, "save a dataset as a zip file, to train on elsewhere")
    export.add_argument("dataset", help="id or name")
    export.add_argument("file", type=Path, help="the zip file to write")
    two = add_command(dataset, "diff", diff_datasets, "what two datasets differ in")
    two.add_argument("one", help="id or name")
    two.add_argument("other", help="id or name")


def export_dataset(options: argparse.Namespace) -> None:
    """Raises: NotFoundError, ConfigError where the file is there already."""
    import zipfile

    from core.datasets.listing import find_dataset
    from core.datasets.pack import IMAGES, INDEX, MANIFEST, open_pack
    from core.errors import ConfigError
    from core.files import replacing

    dataset = find_dataset(Workspace(), options.dataset)
    open_pack(dataset.folder)
    if options.file.exists():
        raise ConfigError(f"{options.file} is there already. Choose another name.")
    with replacing(options.file) as temporary, zipfile.ZipFile(temporary, "w", zipfile.ZIP_STORED) as archive:
        for name in (MANIFEST, INDEX, IMAGES):
            archive.write(dataset.folder / name, f"{dataset.id}/{name}")
    print_result(options, {"dataset": dataset.id, "file": str(options.file)}, str(options.file))


def list_datasets(options: argparse.Namespace) -> None:
    from core.datasets import listing

    found = listing.list_datasets(Workspace())
    rows = [
        {"dataset": d.id, "name": d.name, "resolution": d.resolution, **d.counts, "created": d.created} for d in found
    ]
    print_table(
        options, rows, ("dataset", "name", "resolution", "kept", "train", "test"), empty="There is no dataset yet."
    )


def show_dataset(options: argparse.Namespace) -> None:
    """Raises: NotFoundError, PackError."""
    from core.datasets.contents import LABELS, Contents
    from core.datasets.listing import find_dataset
    from core.datasets.pack import open_pack
    from core.studies.lineage import lineage

    workspace = Workspace()
    dataset = find_dataset(workspace, options.dataset)
    if options.verify:
        open_pack(dataset.folder, verify=True)
    contents, came_of_it = Contents(dataset.folder), lineage(workspace, dataset)
    manifest = dataset.manifest
    value = {
        "dataset": dataset.id,
        "names": list(dataset.names),
        "created": dataset.created,
        "content_hash": dataset.content_hash,
        "images_sha256": manifest["images"]["sha256"],
        "verified": bool(options.verify),
        "bytes": contents.bytes_on_disk,
        "folder": str(dataset.folder),
        "selection": manifest.get("selection"),
        "recipe": manifest["recipe"],
        "recipe_in_words": dataset.recipe.in_words(),
        "counts": dataset.counts,
        "labels": {label: dict(contents.count_labels(label)) for label in LABELS},
        **came_of_it.to_json(),
    }
    print_result(options, value, _shown(dataset, contents, came_of_it, verified=options.verify))


def diff_datasets(options: argparse.Namespace) -> None:
    """Raises: NotFoundError, PackError."""
    from core.datasets.differences import diff
    from core.datasets.listing import find_dataset

    workspace = Workspace()
    found = diff(find_dataset(workspace, options.one), find_dataset(workspace, options.other))
    print_result(options, found.to_json(), _differing(found))


def _shown(dataset: "Dataset", contents: "Contents", came_of_it: "Lineage", *, verified: bool) -> str:
    counts = dataset.counts
    dropped = [f"{number:,} {reason}" for reason, number in counts["dropped"].items() if number]
    lines = [
        f"{dataset.name}  ({dataset.id})",
        f"built        {dataset.created}",
        f"recipe       {dataset.recipe.in_words()}",
        f"chosen       {_selection(dataset.manifest.get('selection'))}",
        f"pictures     {counts['pictures']:,} chosen, {counts['kept']:,} kept"
        + (f"; left out: {', '.join(dropped)}" if dropped else ""),
        f"rows         {counts['rows']:,}: {counts['train']:,} to train on, {counts['copies']:,} copies of them, "
        f"{counts['test']:,} held out",
        f"size         {contents.bytes_on_disk / 1e6:,.1f} MB in {dataset.folder}",
        f"content      {dataset.content_hash}" + ("  (all hashes hold)" if verified else ""),
    ]
    lines += [f"run          {run.id}  {run.title}, {run.state}" for run in came_of_it.runs]
    lines += [f"study        {study.id}  {study.title}" for study in came_of_it.studies]
    return "\n".join(lines)


def _selection(value: Any) -> str:
    from core.datasets.listing import selection_words

    return selection_words(value)


def _differing(found: "Difference") -> str:
    from core.datasets.differences import setting_words

    lines = [found.in_words(), ""]
    width = max(len(name) for name in ("", *found.counts, *(setting.title for setting in found.recipe)))
    lines += [f"{name:{width}}  {one:>9,}  {other:>9,}" for name, (one, other) in found.counts.items()]
    for setting in found.recipe:
        one, other = (setting_words(setting.name, value) for value in (setting.one, setting.other))
        lines.append(f"{setting.title:{width}}  {one}  →  {other}")
    return "\n".join(lines)

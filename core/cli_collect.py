"""Commands that bring pictures into the lab, and tell what came."""

import argparse
import textwrap
from collections.abc import Callable
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.cli_output import add_command, done, print_result, print_table, progress_line, remark
from core.errors import ConfigError
from core.sources import licences
from core.sources.museums.registry import MUSEUMS
from core.workspace import Workspace

NO_LABELS = "none"

if TYPE_CHECKING:
    from core.sources.opening import Preview
    from core.sources.planning import CollectPlan


def collect_sample(options: argparse.Namespace) -> None:
    settings = {"source": "sample", "collection": options.collection, "count": options.count, "seed": options.seed}
    _collect(options, settings, title=f"Sample collection: {options.count} paintings")


def collect_files(options: argparse.Namespace) -> None:
    """Any dataset format; a table of addresses goes through the web, with a plan like a museum."""
    from core.sources.opening import likely_labels, preview

    path = options.path.expanduser().resolve()
    settings: dict[str, Any] = {"source": options.source, "path": str(path), "format": options.format}
    if options.labels not in (None, NO_LABELS):
        settings["labels"] = str(Path(options.labels).expanduser().resolve())
    settings["collection"] = options.collection or path.name.split(".")[0]
    workspace = Workspace().create()
    scratch = workspace.data / "unpacked"
    found = preview(settings, workspace.root, scratch=scratch)
    if options.labels is None and (inside := likely_labels(found.tables)) is not None:
        remark(f"Labels: {inside}, which lies among the pictures (--labels {NO_LABELS} leaves it aside).")
        settings["labels"] = inside
        found = preview(settings, workspace.root, scratch=scratch)
    told = _recognised_lines(found)
    if options.dry_run and found.web is None:
        text = "\n".join([*told, "Nothing was imported: this was a dry run."])
        print_result(options, _preview_json(found), text=text)
        return
    for line in told:
        remark(line)
    if found.web is not None:
        _collect_web(options, found.web | {"collection": settings["collection"]})
    else:
        _collect(options, settings, title=f"{settings['collection']}: {path.name}")


def collect_wikiart(options: argparse.Namespace) -> None:
    query: dict[str, Any] = {
        "genres": options.genre,
        "styles": options.style,
        "artists": options.artist,
        "search": options.search,
        "size": options.size,
        "details": options.details,
        "beyond_cap": options.beyond_cap,
    }
    query = {name: value for name, value in query.items() if value}
    words = [*options.genre, *options.style, *options.artist, *filter(None, [options.search])]
    collection = options.collection or ", ".join(words) or "wikiart"
    _collect_web(options, {"source": "wikiart", "query": query, "collection": collection})


def collect_museum(options: argparse.Namespace) -> None:
    query: dict[str, Any] = {"text": options.query} if options.query else {}
    for pair in options.filter:
        name, equals, value = pair.partition("=")
        if not equals or not name.strip():
            raise ConfigError(f"A filter is written name=value; got {pair!r}. {_filters_told(options.museum)}")
        query[name.strip()] = value.strip()
    collection = options.collection or " ".join(filter(None, [options.museum, options.query]))
    _collect_web(options, {"source": options.museum, "query": query, "collection": collection})


def retry_collection(options: argparse.Namespace) -> None:
    from core.jobs import control
    from core.jobs.folder import list_jobs
    from core.sources.job import retry_failed

    workspace = Workspace()
    jobs = [job for job in list_jobs(workspace) if job.kind == "collect"]
    near = [job for job in jobs if job.settings.get("collection") == options.collection or job.id == options.collection]
    if not near:
        known = ", ".join(sorted({str(job.settings.get("collection")) for job in jobs})) or "none"
        raise ConfigError(f"No collection is called {options.collection!r}. There are: {known}.")
    count = retry_failed(workspace, near[0])
    remark(f"Trying {count:,} failed items of {near[0].title} again.")
    end = done(near[0], control.wait(near[0], on_status=progress_line()))
    print_result(options, {"job": near[0].id, "message": end.message, "ingested": ingest(workspace)}, text=end.message)


def list_collections(options: argparse.Namespace) -> None:
    from core.sources.collections import collections

    rows = [asdict(report) for report in collections(Workspace())]
    if not options.json:
        for row in rows:
            row["failed"] = ", ".join(f"{reason} {count:,}" for reason, count in row["failed"].items())
            row["licences"] = ", ".join(f"{name or 'not stated'} {count:,}" for name, count in row["licences"].items())
            row["source"] = ", ".join(row["source"])
            row["MB"] = round(row["bytes"] / 1e6)
    columns = ("name", "source", "state", "wanted", "arrived", "MB", "failed", "licences")
    print_table(
        options, rows, columns, empty="There is no collection yet. Make one with: python -m core collect --help"
    )


def _collect_web(options: argparse.Namespace, settings: dict[str, Any]) -> None:
    settings = settings | {
        "limit": options.limit,
        "licences": licences.ANY if options.any_licence else licences.FREE_ONLY,
        "base_url": options.base_url or "",
    }
    if not options.dry_run:
        _collect(options, settings, title=settings["collection"])
        return
    from core.sources.planning import plan

    found = plan(Workspace().create(), settings)
    value = asdict(replace(found, examples=()))
    value["examples"] = [
        {name: text for name, text in asdict(example).items() if name != "thumbnail"} for example in found.examples
    ]
    print_result(options, value, text="\n".join(_plan_lines(found)))


def _collect(options: argparse.Namespace, settings: dict[str, Any], title: str) -> None:
    from core.jobs import control

    workspace = Workspace().create()
    job = control.create(workspace, "collect", settings, title=title)
    end = control.run_here(workspace, job, on_progress=progress_line())
    ingested = ingest(workspace)  # also what came before it was stopped
    done(job, end)
    result = {"job": job.id, "collection": settings["collection"], "ingested": ingested, "message": end.message}
    print_result(options, result, text=f"{end.message}\n{settings['collection']}")


def ingest(workspace: Workspace) -> bool:
    """Take what was collected into the catalog; False if a running app holds it, which will then do so itself."""
    from core.catalog.catalog import Catalog, CatalogBusyError
    from core.catalog.ingest import ingest_pending

    try:
        with Catalog(workspace.catalog) as catalog:
            ingest_pending(catalog, workspace)
    except CatalogBusyError as error:
        remark(f"The pictures are stored. The app that is running will take them into its catalog ({error})")
        return False
    return True


def _recognised_lines(found: "Preview") -> list[str]:
    """What the files were taken for, in sentences."""
    lines = []
    for taken in found.recognised[:1]:
        count = "" if taken.pictures is None else f", {taken.pictures:,} pictures"
        lines.append(f"Recognised: {taken.title}{count}. {taken.found}")
        for word, counts in (("Classes", taken.classes), ("Splits", taken.splits)):
            if counts:
                lines.append(f"{word}: " + ", ".join(f"{name} {number:,}" for name, number in counts.items()))
        lines += [f"Note: {note}" for note in taken.notes]
    if labels := found.report.get("labels"):
        lines.append(f"Labels: {labels['matched']:,} of {labels['rows']:,} rows describe a picture.")
    for picture in found.pictures:
        words = " · ".join(filter(None, [picture.key, picture.title, picture.artist]))
        lines.append(f"  {words}" + (f"  [refused: {picture.refusal}]" if picture.refusal else ""))
    return lines


def _preview_json(found: "Preview") -> dict[str, Any]:
    pictures = [
        {name: text for name, text in asdict(picture).items() if name != "thumbnail"} for picture in found.pictures
    ]
    recognised = [asdict(taken) for taken in found.recognised]
    return {"report": found.report, "recognised": recognised, "pictures": pictures}


def _plan_lines(found: "CollectPlan") -> list[str]:
    """The plan in sentences."""
    about = "" if found.exact else "up to "
    count = "an unknown number of" if found.artworks is None else f"{about}{found.artworks:,}"
    lines = [
        f"{found.title}: {count} artworks found" + (f", {found.wanted:,} wanted." if found.wanted is not None else ".")
    ]
    if found.requests is not None and found.seconds is not None and found.bytes is not None:
        guess = "" if found.bytes_known else " (a guess: no size was told)"
        lines.append(
            f"{found.requests:,} requests, about {_minutes(found.seconds)}, "
            f"about {max(1, round(found.bytes / 1e6)):,} MB{guess}, from {', '.join(found.hosts)}."
        )
    lines += [f"Note: {note}" for note in found.notes]
    for example in found.examples:
        words = [example.title or "untitled", example.artist, example.date, example.licence or "licence not stated"]
        lines.append(
            "  " + " · ".join(filter(None, words)) + (f"  [refused: {example.refusal}]" if example.refusal else "")
        )
    return [*lines, "Nothing was collected: this was a dry run."]


def _minutes(seconds: float) -> str:
    if seconds < 90:
        return f"{max(1, round(seconds))} seconds"
    if seconds < 2 * 3600:
        return f"{seconds / 60:,.0f} minutes"
    return f"{seconds / 3600:,.1f} hours"


def _filters_told(museum: str) -> str:
    from core.sources.museums.registry import filters

    return f"There are: {', '.join(filters(museum))}."


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """`collect ...` and `collections`."""
    collect = commands.add_parser("collect", help="bring pictures into the lab").add_subparsers(
        required=True, metavar="SOURCE"
    )
    sample = add_command(collect, "sample", collect_sample, "paint the sample collection (synthetic, CC0)")
    sample.add_argument("--count", type=int, default=400, help="how many pictures (default 400)")
    sample.add_argument("--seed", type=int, default=0, help="another seed paints other pictures (default 0)")
    sample.add_argument("--collection", default="sample", help="default: sample")

    wikiart = add_command(collect, "wikiart", collect_wikiart, "works from WikiArt: everything that any of these lists")
    for name, example in (("genre", "yakusha-e"), ("style", "japanese-art"), ("artist", "mark-rothko")):
        wikiart.add_argument(
            f"--{name}", action="extend", nargs="+", default=[], metavar="SLUG", help=f"for example {example}"
        )
    wikiart.add_argument("--search", metavar="TEXT", help="works that a search finds")
    wikiart.add_argument("--size", choices=("large", "original"), default="large", help="default: large")
    wikiart.add_argument(
        "--details", action="store_true", help="read each work's page: genre, style, media, tags, rights"
    )
    wikiart.add_argument(
        "--beyond-cap", action="store_true", help="artist by artist past the 3,600 works that a list shows (slow)"
    )
    _add_web_options(wikiart)
    for museum in MUSEUMS:
        if museum == "wikiart":
            continue
        command = add_command(collect, museum, collect_museum, MUSEUMS[museum].title)
        command.add_argument("--query", metavar="TEXT", default="", help="words to search for")
        command.add_argument("--filter", action="extend", nargs="+", default=[], metavar="NAME=VALUE")
        command.set_defaults(museum=museum)
        # told when somebody asks for it: a museum's module is not loaded for the help of other commands
        command.format_help = partial(_museum_help, command.format_help, museum)  # type: ignore[method-assign]
        _add_web_options(command)

    for name, source, what in (
        ("files", "files", "any dataset: a folder, zip, tar, ArtBench, LSUN, Parquet, a table of addresses, ..."),
        ("folder", "folder", "a folder of pictures, with its sub-folders, whatever else lies there"),
        ("archive", "archive", "the pictures in a zip file, whatever else lies there"),
    ):
        command = add_command(collect, name, collect_files, what)
        command.add_argument("path", type=Path)
        command.add_argument("--format", default="auto", help="default: auto, which says what it recognised")
        command.add_argument(
            "--labels",
            metavar="CSV",
            help="a table with a column 'file' and any others (artist, title, ...); by default one that lies among the "
            f"pictures; '{NO_LABELS}': no labels",
        )
        command.set_defaults(source=source)
        _add_web_options(command)

    retry = add_command(collect, "retry", retry_collection, "try the failed items of a collection again")
    retry.add_argument("collection", help="its name, or the id of its job")
    add_command(commands, "collections", list_collections, "list the collections and what became of their items")


def _museum_help(usual: Callable[[], str], museum: str) -> str:
    from core.sources.museums.registry import filters

    lines = ["", "filters:"]
    for name, narrowing in filters(museum).items():
        choices = ", ".join(narrowing.choices) if 0 < len(narrowing.choices) <= 6 else ""
        words = " ".join(filter(None, [f"{narrowing.title}.", narrowing.help, f"({choices})" if choices else ""]))
        lines.append(textwrap.fill(words, 79, initial_indent=f"  {name:<21} ", subsequent_indent=" " * 24))
    return usual() + "\n".join(lines) + "\n"


def _add_web_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--collection", help="the name to find the pictures by; by default after what is asked for")
    command.add_argument("--dry-run", action="store_true", help="say what it would take, and collect nothing")
    command.add_argument("--limit", type=int, help="pictures wanted")
    command.add_argument(
        "--any-licence",
        action="store_true",
        help="not only public domain and CC0; the licence is kept with each picture",
    )
    command.add_argument("--base-url", metavar="URL", help="ask this server in place of the museum's own")

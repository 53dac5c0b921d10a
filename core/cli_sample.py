"""The commands that draw: sample, directions, direction and project."""

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.cli_output import add_command, done, print_result, print_table, progress_line, remark
from core.cli_train import find_run_job
from core.errors import ConfigError
from core.workspace import Workspace

if TYPE_CHECKING:
    from core.pictures.chosen import ChosenPicture
    from core.sampling.explorer import Explorer
    from core.sampling.points import Point

# Modules that cost time to load (torch, Pillow) are imported by the commands that need them.

_POINT_HELP = "SEED:NUMBER, a PNG that Atelier drew, or a picture to encode"


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    drawn = add_command(commands, "sample", sample, "draw pictures from a trained model")
    drawn.add_argument("run", nargs="?", help="may be left out with --again")
    drawn.add_argument("--epoch", type=int, help="default: the newest")
    drawn.add_argument("--count", type=int, help="default 64; with --again or --encode 1, with --vary or --to 8")
    drawn.add_argument("--columns", type=int, default=8)
    drawn.add_argument("--seed", type=int, default=0)
    begin = drawn.add_mutually_exclusive_group()
    begin.add_argument("--again", type=Path, metavar="PNG", help="use the point inside a PNG that Atelier drew again")
    begin.add_argument("--encode", type=Path, metavar="PICTURE", help="begin at a picture (VAE, flow)")
    way = drawn.add_mutually_exclusive_group()
    way.add_argument("--vary", type=float, metavar="AMOUNT", help="around the first picture: 0 to 1")
    way.add_argument("--to", metavar="POINT", help=f"from the first picture to another: {_POINT_HELP}")
    way.add_argument(
        "--colours", nargs="+", metavar="POINT", help=f"each picture in the colours of others: {_POINT_HELP}"
    )
    drawn.add_argument("--words", help="what to paint, for a run trained with conditions: 'abstract by rothko'")
    drawn.add_argument("--truncation", type=float, help="below 2: more typical, less varied")
    drawn.add_argument("--temperature", type=float, help="below 1 calmer, above 1 wilder")
    drawn.add_argument(
        "--move",
        action="extend",
        nargs="+",
        default=[],
        metavar="DIRECTION=AMOUNT",
        help="see: python -m core directions",
    )
    drawn.add_argument("--category", type=int, help="of an InfoGAN, from 1")
    drawn.add_argument(
        "--slider", action="extend", nargs="+", default=[], metavar="N=VALUE", help="of an InfoGAN, from 1; -1 to 1"
    )
    drawn.add_argument("--guidance", type=float, help="of a flow: how strictly it keeps to the words")
    drawn.add_argument("--steps", type=int, help="of a flow: from noise to picture")
    drawn.add_argument("--keep", action="store_true", help="keep the pictures in the gallery, too")
    drawn.add_argument("--device", default="cpu", help="cpu (default), auto, cuda:0")
    drawn.add_argument("--out", type=Path, required=True, help="a PNG file, or a folder: a file for each picture")

    listed = add_command(commands, "directions", list_directions, "the directions along which a model can be moved")
    listed.add_argument("run")
    listed.add_argument("--epoch", type=int, help="default: the newest")
    listed.add_argument("--count", type=int, default=8, help="of the model's own (default 8)")

    learned = add_command(commands, "direction", learn_direction, "learn a direction from two sets of pictures")
    learned.add_argument("run")
    learned.add_argument("--epoch", type=int, help="default: the newest")
    learned.add_argument("--title", required=True, help="what to call it")
    learned.add_argument("--towards", required=True, metavar="FILTER", help="pictures of the catalog: 'tag = warm'")
    learned.add_argument("--away", required=True, metavar="FILTER", help="and those that they are told apart from")
    learned.add_argument("--device", default="auto")

    found = add_command(commands, "project", project, "search a GAN for the picture nearest to a real one")
    found.add_argument("run")
    found.add_argument("picture", type=Path)
    found.add_argument("--epoch", type=int, help="default: the newest")
    found.add_argument("--words", default="", help="what to ask a conditioned model for")
    found.add_argument("--starts", type=int, default=8)
    found.add_argument("--steps", type=int, default=400)
    found.add_argument("--seed", type=int, default=0)
    found.add_argument("--device", default="auto")
    found.add_argument("--out", type=Path, required=True, help="a PNG file, which carries the point")


# ---- sample ----------------------------------------------------------------------------------------------------------


def sample(options: argparse.Namespace) -> None:
    from core.sampling.explorer import load_explorer

    if options.columns < 1 or (options.count is not None and options.count < 1):
        raise ConfigError(f"--count and --columns must be at least 1; got {options.count} and {options.columns}.")
    workspace = Workspace()
    _check_out(options.out)
    if options.again is not None:
        explorer, points = _again(workspace, options)
    else:
        if options.run is None:
            raise ConfigError("Which run? Name it, or use a picture again with --again.")
        explorer = load_explorer(workspace, find_run_job(workspace, options.run).id, options.epoch, options.device)
        points = _begin(explorer, options)
    points = _on_the_way(workspace, explorer, [_told(point, options) for point in points], options)
    if options.words is not None:
        remark(f"Read as {explorer.read(options.words).in_words()}")
    facts = save_points(explorer, points, options.out, options.columns, seed=options.seed, words=options.words)
    if options.keep:
        from core.sampling.keeping import keep

        facts["kept"] = [made.sha256 for made in keep(workspace.create(), explorer, points)]
    print_result(options, {**facts, "out": str(options.out)}, str(options.out))


def save_samples(workspace: Workspace, run: str, out: Path, *, count: int, columns: int, seed: int) -> dict[str, Any]:
    """The first pictures of a seed by a run's newest weights, as one PNG; what the file says of them."""
    from core.sampling.explorer import load_explorer

    _check_out(out)
    explorer = load_explorer(workspace, run)
    return save_points(explorer, explorer.seeds(seed, count), out, columns, seed=seed)


def save_points(
    explorer: "Explorer", points: list["Point"], out: Path, columns: int, *, seed: int, words: str | None = None
) -> dict[str, Any]:
    """Draw points into a PNG, or into a folder with a PNG for each; return what is told of them."""
    from core.files import write_bytes
    from core.sampling.keeping import files
    from core.sampling.records import encode_sheet, record_of
    from core.training.grids import make_grid

    facts: dict[str, Any] = {
        "run": explorer.run,
        "preset": explorer.folder.preset,
        "epoch": explorer.epoch,
        "seed": seed,
        "count": len(points),
    }
    if words is not None:
        facts |= {"words": words, "read_as": explorer.read(words).in_words()}
    if not out.suffix:
        _save_each(out, [f"{explorer.folder.preset}-{explorer.epoch:04d}"] * len(points), files(explorer, points))
    elif len(points) == 1:
        write_bytes(out, files(explorer, points)[0])
    else:
        sheet = make_grid(explorer.draw(points), columns=min(columns, len(points)))
        write_bytes(out, encode_sheet(sheet, [record_of(explorer, point) for point in points], facts))
    return facts | {"points": [point.for_file().to_json() for point in points]}


def _check_out(out: Path) -> None:
    if out.suffix.lower() not in ("", ".png"):
        raise ConfigError(
            f"Pictures are saved without loss, as PNG; got {out.name!r}. Choose a name that ends in .png, or a folder."
        )


def _save_each(folder: Path, names: list[str], data: list[bytes]) -> None:
    from core.files import write_bytes

    targets = [folder / f"{name}-{number:04d}.png" for number, name in enumerate(names)]
    for target in targets:
        if target.exists():
            raise ConfigError(f"{target} exists already. Choose another folder; nothing is written over.")
    for target, bytes_of_file in zip(targets, data, strict=True):
        write_bytes(target, bytes_of_file, durable=False)


def _again(workspace: Workspace, options: argparse.Namespace) -> tuple["Explorer", list["Point"]]:
    from core.sampling.again import used_again
    from core.sampling.explorer import load_explorer
    from core.sampling.records import read_records

    records = read_records(options.again)
    if not records:
        raise ConfigError(f"{options.again} holds no point.")
    found = [used_again(workspace, record) for record in records]
    for words in dict.fromkeys(again.words for again in found if again.words):
        remark(words)
    if not found[0].can_draw:
        raise ConfigError(found[0].words)
    points = [again.point for again in found]
    if options.run is not None or options.epoch is not None:
        run = find_run_job(workspace, options.run).id if options.run else points[0].run
        explorer = load_explorer(workspace, run, options.epoch, options.device)
        points = [point.at(explorer.run, explorer.epoch) for point in points]
    else:
        explorer = load_explorer(workspace, points[0].run, points[0].epoch, options.device)
    for again in found:
        explorer.adopt(again.directions)
    return explorer, points[: options.count] if options.count and not _is_way(options) else points


def _is_way(options: argparse.Namespace) -> bool:
    return options.vary is not None or options.to is not None


def _begin(explorer: "Explorer", options: argparse.Namespace) -> list["Point"]:
    if options.encode is not None:
        return [_encoded(explorer, options.encode, options.words or "")]
    one = _is_way(options)
    return explorer.seeds(options.seed, 1 if one else options.count or (8 if options.colours else 64))


def _encoded(explorer: "Explorer", path: Path, words: str = "") -> "Point":
    from core.images import read_image
    from core.pictures.chosen import ChosenPicture

    return explorer.encode(read_image(path), ChosenPicture(label=path.name), words=words)


def _told(point: "Point", options: argparse.Namespace) -> "Point":
    """With what the options say, in place of what it said."""
    for move in options.move:
        name, amount = _pair(move, "--move")
        point = point.moved(name, amount)
    changes: dict[str, Any] = {
        name: value
        for name in ("truncation", "temperature", "words", "guidance", "steps")
        if (value := getattr(options, name)) is not None
    }
    if options.words is not None:
        changes["terms"] = ()
    if options.category is not None:
        changes["category"] = options.category - 1
    if options.slider:
        pairs = [_pair(slider, "--slider") for slider in options.slider]
        if not all(name.isdigit() for name, _ in pairs):
            raise ConfigError(f"--slider is N=VALUE, such as 1=0.5; got {' '.join(options.slider)!r}.")
        changes["sliders"] = tuple((int(name) - 1, value) for name, value in pairs)
    return replace(point, **changes)


def _pair(text: str, option: str) -> tuple[str, float]:
    name, _, value = text.partition("=")
    try:
        return name.strip(), float(value)
    except ValueError as error:
        raise ConfigError(f"{option} is NAME=NUMBER; got {text!r}.") from error


def _on_the_way(
    workspace: Workspace, explorer: "Explorer", points: list["Point"], options: argparse.Namespace
) -> list["Point"]:
    from core.sampling.mixing import mixing_grid
    from core.sampling.walks import morph

    if options.vary is not None:
        return explorer.vary(points[0], options.count or 8, options.vary, options.seed)
    if options.to is not None:
        return morph(points[0], _told(_point(workspace, explorer, options.to), options), options.count or 8)
    if options.colours:
        others = [_told(_point(workspace, explorer, name), options) for name in options.colours]
        options.columns = len(others)
        return mixing_grid(points, others)
    return points


def _point(workspace: Workspace, explorer: "Explorer", name: str) -> "Point":
    """SEED:NUMBER, a PNG with a point inside, or a picture to encode."""
    from core.pictures.carried import NoRequestError
    from core.sampling.records import read_record

    seed, colon, number = name.partition(":")
    if seed.isdigit() and (number.isdigit() or not colon):
        return explorer.seeds(int(seed), 1, start=int(number or 0))[0]
    path = Path(name)
    if not path.is_file():
        raise ConfigError(f"{name} is neither SEED:NUMBER nor a file.")
    try:
        record = read_record(path)
    except NoRequestError:
        return _encoded(explorer, path)
    explorer.adopt(record.directions)
    return record.point.at(explorer.run, explorer.epoch)


# ---- directions ------------------------------------------------------------------------------------------------------


def list_directions(options: argparse.Namespace) -> None:
    from core.sampling.directions import kept_directions
    from core.sampling.explorer import load_explorer
    from core.sampling.principal import principal_directions

    workspace = Workspace()
    explorer = load_explorer(workspace, find_run_job(workspace, options.run).id, options.epoch)
    own = principal_directions(explorer, options.count)
    learned = [one for one in kept_directions(explorer.folder, explorer.epoch) if one.origin == "learned"]
    rows = [
        {
            "direction": one.id,
            "title": one.title,
            "strength": round(one.strength, 1) if one.strength else "",
            "steady": f"{one.facts['steady']:.0%}" if "steady" in one.facts else "",
            "held out": f"{one.facts['held_out']:.0%}" if "held_out" in one.facts else "",
            "epoch": one.epoch,
        }
        for one in (*own, *learned)
    ]
    print_table(options, rows, ("direction", "title", "strength", "steady", "held out", "epoch"), empty="")


def learn_direction(options: argparse.Namespace) -> None:
    from core.cli_catalog import open_catalog
    from core.jobs import control
    from core.sampling.learning import create_direction, learned_of

    workspace = Workspace().create()
    run = find_run_job(workspace, options.run).id
    with open_catalog(workspace) as catalog:
        sets = [_chosen(catalog, text) for text in (options.towards, options.away)]
    names = (options.towards, options.away)
    job = create_direction(
        workspace,
        run,
        title=options.title,
        towards=sets[0],
        away=sets[1],
        names=names,
        epoch=options.epoch,
        device=options.device,
    )
    end = done(job, control.run_here(workspace, job, on_progress=progress_line()))
    learned = learned_of(workspace, job)
    name = learned.direction.id if learned else ""
    print_result(options, {"direction": name, "message": end.message}, f"{end.message}\n{name}".strip())


def _chosen(catalog: Any, where: str) -> list["ChosenPicture"]:
    from core.catalog.selection import Selection
    from core.pictures.chosen import ChosenPicture

    return [ChosenPicture(sha256=one.sha256, label=one.title) for one in catalog.pictures_for(Selection(where=where))]


def project(options: argparse.Namespace) -> None:
    from core.files import write_bytes
    from core.jobs import control
    from core.pictures.chosen import keep_picture
    from core.sampling.project import PICTURE, create_project, projection_of

    if options.out.suffix.lower() != ".png":
        raise ConfigError(f"The nearest picture is saved as PNG; got {options.out.name!r}.")
    if not options.picture.is_file():
        raise ConfigError(f"There is no picture {options.picture}.")
    workspace = Workspace().create()
    chosen = keep_picture(workspace, options.picture.read_bytes(), label=options.picture.name)
    job = create_project(
        workspace,
        find_run_job(workspace, options.run).id,
        chosen,
        epoch=options.epoch,
        words=options.words,
        starts=options.starts,
        steps=options.steps,
        seed=options.seed,
        device=options.device,
    )
    end = done(job, control.run_here(workspace, job, on_progress=progress_line()))
    found = projection_of(job)
    if found is not None:
        write_bytes(options.out, (job.path / PICTURE).read_bytes())
    near = vars(found.near) if found else {}
    print_result(options, {"job": job.id, "near": near, "out": str(options.out)}, text=f"{end.message}\n{options.out}")

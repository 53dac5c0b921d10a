"""The whole way in one go: paint the sample collection, make a dataset of it, train a model on that.

`first_steps` is what "Try it with the sample collection" and `python -m core demo` do. As a job of kind "demo" it only
directs: every step is a job of its own, with a folder of its own, exactly as if a person had started each by hand.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from core.catalog.ledger import Stored, read_blocks
from core.catalog.picture import PictureRef
from core.datasets.job import built_dataset_id, create_build
from core.datasets.recipe import Recipe
from core.errors import AtelierError
from core.files import write_json
from core.jobs import control
from core.jobs.folder import End, JobFolder, State, Status, list_jobs
from core.sources.job import LEDGER
from core.workspace import Workspace

if TYPE_CHECKING:
    from core.jobs.running import RunningJob

KIND = "demo"
RESULT = "result.json"
_PERCENT = (25, 5, 70)  # of the whole, about: painting, building, training


class DemoStoppedError(AtelierError):
    """A step ended before it was done."""


@dataclass(frozen=True, kw_only=True)
class DemoSettings:
    """Chosen so that two CPU cores need about two minutes for everything."""

    collection: str = "sample"
    count: int = 400  # paintings
    resolution: int = 32  # pixels per side
    preset: str = "quick-gan"
    epochs: int = 20
    seed: int = 0

    @property
    def dataset(self) -> str:
        return f"{self.collection}-{self.resolution}"


@dataclass(frozen=True)
class DemoResult:
    """What stands in result.json."""

    collection: str
    dataset_id: str
    run_id: str


def newest(workspace: Workspace) -> JobFolder | None:
    """The demo that was started last."""
    return next((job for job in list_jobs(workspace) if job.kind == KIND), None)


def submit(workspace: Workspace, settings: DemoSettings | None = None) -> JobFolder:
    """Start the demo in the background; the one that is at work already, if there is one."""
    last = newest(workspace)
    if last is not None and last.is_active:
        return last
    return control.submit(workspace, KIND, asdict(settings or DemoSettings()), title="First steps")


def first_steps(
    workspace: Workspace, settings: DemoSettings, *, do: Callable[[JobFolder], End], say: Callable[[int, str], None]
) -> DemoResult:
    """Paint, build, train.

    Args:
        do: does a job that was created but not started, to its end: in this process, or in one of its own.
        say: told which of the three steps begins (0, 1, 2), and what it is in words.
    Raises: DemoStoppedError when a step did not end as done.
    """
    from core.training.runs import create_run  # the settings of training are read only when it comes to that

    say(0, f"Painting {settings.count} pictures")
    wanted = {"source": "sample", "collection": settings.collection, "count": settings.count, "seed": settings.seed}
    collect = control.create(workspace, "collect", wanted, title=f"Sample collection: {settings.count} paintings")
    _must_be_done(collect, do(collect))

    say(1, f"Building a dataset of {settings.resolution} px")
    recipe = Recipe(resolution=settings.resolution, copies=("flip-lr",))
    pictures = pictures_in_ledger(collect)
    selection = {"collections": [settings.collection]}
    build = create_build(workspace, pictures, recipe, name=settings.dataset, selection=selection)
    _must_be_done(build, do(build))
    dataset_id = built_dataset_id(build)
    assert dataset_id is not None, "a build that is done tells its dataset"

    say(2, f"Training {settings.preset}")
    run_id = create_run(workspace, settings.preset, dataset_id, settings.epochs, {"seed": settings.seed})
    run = JobFolder(workspace.run(run_id))
    _must_be_done(run, do(run))
    return DemoResult(settings.collection, dataset_id, run_id)


def run(job: "RunningJob") -> str:
    """The job of kind "demo": every step is a process of its own, which shows in the queue and can be resumed."""
    settings = DemoSettings(**job.settings)
    begun = 0.0  # percent done when the current step began
    share = 0.0  # percent that the current step is of the whole
    words = ""

    def tell(status: Status | None) -> None:
        done = begun + share * (status.share if status else 0.0)
        counts = f": {status.done:,} of {status.total:,} {status.unit}" if status and status.total else ""
        job.progress(round(done), 100, unit="percent", message=words + counts)

    def say(number: int, what: str) -> None:
        nonlocal begun, share, words
        begun, share, words = sum(_PERCENT[:number]), _PERCENT[number], what
        tell(None)

    def do(step: JobFolder) -> End:
        control.start(job.workspace, step)
        while step.is_active:
            if job.stop_requested():
                control.stop(job.workspace, step)
                break
            try:
                return control.wait(step, timeout_seconds=0.5)
            except TimeoutError:
                tell(step.status())
        return control.wait(step)

    result = first_steps(job.workspace, settings, do=do, say=say)
    write_json(job.folder / RESULT, asdict(result))
    job.progress(100, 100, unit="percent", message="Done")
    return f"{settings.count} paintings, the dataset {settings.dataset} and the run {result.run_id} are ready."


def pictures_in_ledger(collect: JobFolder) -> list[PictureRef]:
    """The pictures that a collect job stored, each once, as the catalog would hand them on."""
    pictures: dict[str, PictureRef] = {}
    ledger = collect.path / LEDGER
    for block in read_blocks(ledger, 0, job_id=collect.id, collection=collect.settings["collection"]):
        for row in block.rows:
            if isinstance(row, Stored):
                image, artwork = row.image, row.artwork
                pictures.setdefault(
                    image["sha256"],
                    PictureRef(
                        image["sha256"],
                        image["suffix"],
                        artwork["id"],
                        artwork["artist"],
                        image["width"],
                        image["height"],
                        artwork["title"],
                        artwork["synthetic"],
                        artwork["style"],
                        artwork["genre"],
                        artwork["tags"],
                        (collect.settings["collection"],),
                    ),
                )
    return [pictures[sha256] for sha256 in sorted(pictures)]


def _must_be_done(job: JobFolder, end: End) -> None:
    if end.state is not State.DONE:
        raise DemoStoppedError(f"{job.title} is {end.state}: {end.message}")

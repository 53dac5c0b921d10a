"""The job of kind "describe": what pictures look like, in numbers, for similar pictures, duplicates and quality.

It opens no catalog: whoever asks for it hands the pictures over, as `rows.jsonl` in the job's folder. Descriptors go
into the feature store of the lab; measures and digests of pixels into the job's ledger, which the catalog takes in.
Stopped or killed, it goes on where it was: the store and the ledger say what is done.

With a network (core.features.choices) it is of kind "describe-network", waits for a device, and describes only.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from os import cpu_count
from typing import TYPE_CHECKING, Any

from PIL import Image

from core.duplicates.exact import pixel_digest
from core.errors import ConfigError
from core.features.choices import choice, store_folder
from core.features.descriptor import COLOUR_AND_TEXTURE
from core.features.fill import fill
from core.features.store import FeatureStore
from core.files import JsonLines
from core.images import ImageError, read_image
from core.jobs import control
from core.jobs.folder import JobFolder
from core.quality.measures import measure_quality
from core.workspace import Workspace

if TYPE_CHECKING:
    from core.jobs.running import RunningJob

LEDGER = "ledger.jsonl"
ROWS = "rows.jsonl"
_BATCH = 128  # pictures between two looks at whether to stop; what a kill may cost
_NETWORK_BATCH = 16  # the same where a picture takes a tenth of a second


@dataclass(frozen=True)
class DescribeRow:
    """A picture, and what the catalog has not been told of it yet. Its descriptor the store knows of."""

    sha256: str
    suffix: str  # of the original's file
    quality: bool  # the measures of core.quality.measures, from the thumbnail
    pixels: bool  # the digest of its decoded pixels, from the original: of pictures that another one may equal


def create_describe(workspace: Workspace, rows: Sequence[DescribeRow], *, title: str = "Describe") -> JobFolder:
    """A job folder that holds everything the work needs; nothing is started. Raises: ConfigError without a picture."""
    if not rows:
        raise ConfigError("There is no picture to describe: collect some first, or choose others.")
    job = control.create(workspace, "describe", {"pictures": len(rows)}, title=title)
    JsonLines(job.path / ROWS).append(*(asdict(row) for row in rows), durable=True)
    return job


def create_describe_network(
    workspace: Workspace, pictures: Sequence[str], key: str, *, title: str = "Describe by a network"
) -> JobFolder:
    """The same with a network, for pictures by their sha256.

    Raises: ConfigError without a picture; NotFoundError, core.style.weights.WeightsError where the network cannot be
    had.
    """
    if not pictures:
        raise ConfigError("There is no picture to describe: collect some first, or choose others.")
    chosen = choice(workspace, key)
    settings = {"pictures": len(pictures), "network": key, "descriptor": chosen.descriptor.name}
    job = control.create(workspace, "describe-network", settings, title=title)
    JsonLines(job.path / ROWS).append(*({"sha256": sha256} for sha256 in pictures), durable=True)
    return job


def run_network(job: "RunningJob") -> str:
    """The work of kind "describe-network". Raises: as `choice`; FeatureStoreError if another process describes now."""
    chosen = choice(job.workspace, job.settings["network"], device=job.torch_device)
    names = [value["sha256"] for value in JsonLines(job.folder / ROWS).rows()]
    job.log(f"{chosen.descriptor.label} on {job.torch_device}")
    filled = fill(
        store_folder(job.workspace, chosen.descriptor),
        chosen.descriptor,
        names,
        job.workspace.thumb,
        batch=_NETWORK_BATCH,
        progress=lambda done, total: job.progress(done, total, unit="pictures", message="Describing"),
        stop_requested=job.stop_requested,
    )
    for sha256, why in filled.unreadable.items():
        job.log(f"{sha256} could not be read: {why}")
    words = f"{filled.described:,} described by {chosen.descriptor.label}"
    if filled.stopped:
        return f"Stopped; {words} so far."
    lost = f"; {len(filled.unreadable):,} could not be read and are listed in the log" if filled.unreadable else ""
    return f"{words}{lost}."


def run(job: "RunningJob") -> str:
    """The work itself; returns the closing message.

    Raises: core.features.store.FeatureStoreError if another process describes pictures now.
    """
    rows = [DescribeRow(**value) for value in JsonLines(job.folder / ROWS).rows()]
    ledger = JsonLines(job.folder / LEDGER)
    told = {(line["sha256"], line["state"]) for line in ledger.rows()}
    measured = [row for row in rows if row.quality and (row.sha256, "measured") not in told]
    digested = [row for row in rows if row.pixels and (row.sha256, "digested") not in told]

    store, names = store_folder(job.workspace), [row.sha256 for row in rows]
    missing = len(FeatureStore(store, COLOUR_AND_TEXTURE).missing(names))
    steps = missing + len(measured) + len(digested)
    filled = fill(
        store,
        COLOUR_AND_TEXTURE,
        names,
        job.workspace.thumb,
        progress=lambda done, _: job.progress(done, steps, unit="steps", message="Describing"),
        stop_requested=job.stop_requested,
    )
    unreadable = dict(filled.unreadable)
    counts = {"measured": 0, "digested": 0}
    done = missing
    with ThreadPoolExecutor(cpu_count() or 1, thread_name_prefix="describe") as pool:
        for state, part, function, words in (
            ("measured", measured, _measured, "Measuring quality"),
            ("digested", digested, _digested, "Comparing pixels"),
        ):
            for batch in _batches(part):
                if job.stop_requested():
                    return f"Stopped; {_words(filled.described, counts)} so far."
                lines = list(pool.map(partial(function, job.workspace), batch))
                good = [line for line in lines if line["state"] == state]
                unreadable |= {line["sha256"]: line["detail"] for line in lines if line["state"] == "unreadable"}
                ledger.append(*good, durable=True)
                counts[state] += len(good)
                done += len(batch)
                job.progress(done, steps, unit="steps", message=words)
    if filled.stopped:
        return f"Stopped; {_words(filled.described, counts)} so far."
    for sha256, why in unreadable.items():
        job.log(f"{sha256} could not be read: {why}")
    words = _words(filled.described, counts)
    return f"{words}; {len(unreadable):,} could not be read and are listed in the log." if unreadable else f"{words}."


def _words(described: int, counts: dict[str, int]) -> str:
    return f"{described:,} described, {counts['measured']:,} measured, {counts['digested']:,} compared by pixels"


def _batches(rows: Sequence[DescribeRow]) -> Iterator[Sequence[DescribeRow]]:
    for begin in range(0, len(rows), _BATCH):
        yield rows[begin : begin + _BATCH]


def _measured(workspace: Workspace, row: DescribeRow) -> dict[str, Any]:
    try:
        with Image.open(workspace.thumb(row.sha256), formats=("WEBP",)) as image:
            measures = measure_quality(image.convert("RGB"))
    except OSError as error:  # lost or damaged: Pillow's errors are OSErrors too
        return {"sha256": row.sha256, "state": "unreadable", "detail": str(error)}
    return {"sha256": row.sha256, "state": "measured", "measures": measures}


def _digested(workspace: Workspace, row: DescribeRow) -> dict[str, Any]:
    try:
        digest = pixel_digest(read_image(workspace.image(row.sha256, row.suffix)))
    except ImageError as error:
        return {"sha256": row.sha256, "state": "unreadable", "detail": str(error)}
    return {"sha256": row.sha256, "state": "digested", "pixels": digest}

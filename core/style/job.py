"""The job of kind "style": one picture restyled in the background, with a preview, a film, stop and resume.

A stop keeps the result so far, in the gallery too; when the job is resumed, the finished picture takes its place.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import ConfigError
from core.files import remove_temporary
from core.jobs import control
from core.jobs.folder import JobFolder
from core.pictures.chosen import ChosenPicture, facts_of
from core.style.again import FILM, KIND, LIGHT_KIND, RESULT, pictures_of
from core.style.checking import check_disk, checked, memory_in_words, opened
from core.style.cost import cost_of, result_size, size_of
from core.style.engines import find_engine, settings_for
from core.style.errors import StateError
from core.style.keeping import keep_result
from core.style.live import FRAME_SIDE, MOST_FRAMES, Live, frames
from core.style.request import StyleRequest
from core.workspace import Workspace

if TYPE_CHECKING:
    from PIL import Image

    from core.jobs.running import RunningJob
    from core.style.restyle import Restyled

_ENDINGS = {".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".gif", ".bmp", ".avif", ".heic"}
_FRAME_BYTES = 0.25  # of a frame, per pixel: WebP at quality 90, painterly
_PICTURE_BYTES = 3 * 4  # of float32, per pixel
_STATE_PICTURES = {"adam": 5, "lbfgs": 25}  # what a state holds: moments and averages; L-BFGS looks back on ten steps


def create_style(
    workspace: Workspace,
    request: StyleRequest,
    *,
    title: str = "",
    bits: int = 8,
    film: bool = False,
    device: str = "auto",
) -> JobFolder:
    """A job folder that holds everything the restyling needs; nothing is started (core.jobs.control.start).

    Args:
        title: what people call the result; "": made of the pictures' names.
        bits: 8 or 16 a channel of the result.
        film: also make film.mp4 of how the picture came about.
        device: "auto", "cpu", "cuda", ...
    Raises, before there is a folder: NotFoundError (engine), ConfigError (settings), WeightsError, PictureGoneError,
        ImageError, FilmError, DiskFullError.
    """
    workspace.create()
    check_bits(bits)
    if film:
        from core.film import check_mp4

        check_mp4()
    request = checked(workspace, request, device=device)
    needed = disk_bytes(workspace, request, bits=bits, film=film)
    check_disk(workspace, needed)
    settings = {"request": request.to_json(), "bits": bits, "film": film, "device": device}
    kind = LIGHT_KIND if request.engine == "palette" else KIND
    return control.create(workspace, kind, settings, title=title or title_of(request), disk_bytes_needed=needed)


def run(job: "RunningJob") -> str:
    """The work itself; returns the closing message. Raises: StyleError, PictureGoneError, WeightsError, ..."""
    remove_temporary(job.folder)
    request = StyleRequest.from_json(job.settings["request"])
    bits, film = int(job.settings["bits"]), bool(job.settings["film"])
    live = Live(
        job.folder,
        film=film,
        progress=lambda done, total, unit: job.progress(done, total, unit=unit),
        stop_requested=job.stop_requested,
        log=job.log,
    )
    restyled = work(job, request, live)
    _, height, width = restyled.picture.shape
    share = live.done / live.total if live.total else 0.0
    if restyled.stopped and not live.moved:
        return "Stopped before the first step; there is nothing to keep yet."
    remark = f"Stopped at {share:.0%}".replace("%", " %") if restyled.stopped else ""
    _finish(job, request, restyled, live, remark=remark, bits=bits)
    if film:
        _make_film(job)
    if restyled.stopped:
        return f"{remark}: the result so far is kept. It can go on where it was."
    live.forget()
    return (
        f"{width} x {height} pixels in {in_words(live.seconds)}, with the engine {find_engine(request.engine).title}."
    )


def work(job: "RunningJob", request: StyleRequest, live: Live) -> "Restyled":
    """Restyle one picture of a job, from its state if it has one. The state so far is on disk however this ends."""
    from core.style.restyle import restyle

    device = use_device(job)

    def open_picture(picture: ChosenPicture) -> "Image.Image":
        return opened(job.workspace, picture)

    content = open_picture(request.content)
    width, height = result_size(*content.size, size_of(request))
    live.first_frame(content if content.size == (width, height) else content.resize((width, height)))
    try:
        with memory_in_words(request, width, height, device):
            try:
                restyled = restyle(request, open_picture, device=device, report=live.report)
            except StateError as error:
                live.begin_anew(str(error))
                restyled = restyle(request, open_picture, device=device, report=live.report)
    finally:
        live.flush()
    cost_of(request, *content.size, device)  # tries how fast this machine is, once: pages, without torch, then know
    return restyled


def use_device(job: "RunningJob") -> str:
    """What to hand to torch; on a processor, no more threads than it has cores."""
    import torch

    from core.training.device import physical_cores

    if job.torch_device == "cpu":
        torch.set_num_threads(min(torch.get_num_threads(), physical_cores()))
    return job.torch_device


def _finish(
    job: "RunningJob", request: StyleRequest, restyled: "Restyled", live: Live, *, remark: str, bits: int
) -> None:
    from core.style.output import encode_png
    from core.style.restyle import to_image

    settings = dict(vars(restyled.settings))
    _, height, width = restyled.picture.shape
    facts = {
        "seconds": round(live.seconds, 2),
        "settings": settings,
        "label": restyled.label,
        "width": width,
        "height": height,
        "stopped": restyled.stopped,
        "steps": live.done,
        "steps_total": live.total,
        "unit": live.unit,
        "remark": remark,
    }
    keep_result(
        job.workspace,
        job.folder,
        RESULT,
        encode_png(restyled.picture, bits=bits, request=request, label=restyled.label, settings=settings),
        facts,
        way="style",
        parents=parents_of(request),
        request=request.for_file().to_json(),
    )
    live.show(to_image(restyled.picture))


def _make_film(job: "RunningJob") -> None:
    from core.film import write_film
    from core.images import read_image

    pictures = frames(job.folder)
    write_film(
        job.folder / FILM,
        [*pictures, read_image(job.folder / RESULT)],
        frames_per_second=film_speed(len(pictures) + 1),
        longest_side=FRAME_SIDE,
    )


def film_speed(count: int) -> int:
    """Frames a second, so that a film of so many frames is some seconds long and no slide show."""
    return min(24, max(4, round(count / 8)))


def parents_of(request: StyleRequest) -> tuple[ChosenPicture, ...]:
    """Content, styles, then the masks: what a result was made of."""
    roles = {"content": 0, "style": 1, "mask": 2, "style mask": 2}
    ordered = sorted(pictures_of(request), key=lambda found: roles[found[0]])
    return tuple(picture for _, _, picture in ordered)


def title_of(request: StyleRequest) -> str:
    """ "bridge in the manner of wave and 2 more"."""
    first, *others = (stem(style.picture) for style in request.styles)
    more = f" and {len(others)} more" if others else ""
    return f"{stem(request.content)} in the manner of {first}{more}"


def stem(picture: ChosenPicture, longest: int = 40) -> str:
    """What a picture is called, without the ending of a file, and not too long."""
    name = Path(picture.name).stem if Path(picture.name).suffix.lower() in _ENDINGS else picture.name
    return name if len(name) <= longest else f"{name[: longest - 1]}…"


def disk_bytes(workspace: Workspace, request: StyleRequest, *, bits: int, film: bool, results: int = 1) -> int:
    """What a job writes at most, about: its results, in its folder and in the store, its state and its frames."""
    facts = facts_of(workspace, request.content)
    width, height = result_size(facts.width, facts.height, size_of(request))
    pixels = width * height
    frame_pixels = pixels * min(1.0, FRAME_SIDE / max(width, height)) ** 2
    of_film = 1.5 * MOST_FRAMES * frame_pixels * _FRAME_BYTES if film else 0
    settings = settings_for(request.engine, request.strength, request.overrides, seed=request.seed)
    of_state = 2 * _PICTURE_BYTES * _STATE_PICTURES.get(getattr(settings, "optimiser", ""), 1)  # one replaces the other
    return int(pixels * (results * 2 * 3 * bits / 8 + of_state) + of_film)


def check_bits(bits: int) -> None:
    if bits not in (8, 16):
        raise ConfigError(f"A result has 8 or 16 bits a channel; got {bits}.")


def in_words(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 60 else f"{seconds / 60:.1f} min"

"""What pages show of training runs: names, states in words, frames of samples, and a list to choose from."""

import base64
import io
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st
from PIL import Image

from core.errors import AtelierError
from core.jobs.folder import JobFolder, State, Status
from core.models.zoo import PRESETS
from core.training.run_folder import RunFolder
from core.workspace import Workspace
from ui import access
from ui.samples import Frame, place_name

_ASSETS = Path(__file__).with_name("assets")
_THUMB_SIDE = 132  # pixels of the small picture in the list

STATE_WORDS: dict[State, tuple[str, str, str]] = {  # label, icon, colour of st.badge
    State.QUEUED: ("Queued", ":material/hourglass_top:", "gray"),
    State.RUNNING: ("Running", ":material/play_arrow:", "blue"),
    State.HUNG: ("Not responding", ":material/warning:", "orange"),
    State.STOPPED: ("Stopped", ":material/stop:", "gray"),
    State.DONE: ("Done", ":material/check:", "green"),
    State.FAILED: ("Failed", ":material/error:", "red"),
    State.LOST: ("Lost", ":material/heart_broken:", "orange"),
}

_list = st.components.v2.component(
    "atelier_runs",
    html="<div id='runs'></div>\n",
    css=(_ASSETS / "runs.css").read_text(encoding="utf-8"),
    js=(_ASSETS / "runs.js").read_text(encoding="utf-8"),
)


def state_word(job: JobFolder, state: State) -> str:
    """The state as a person says it: a run that was asked to pause is paused, not stopped."""
    end = job.end()
    return "Paused" if state is State.STOPPED and end is not None and end.reason == "pause" else STATE_WORDS[state][0]


def list_run_jobs(workspace: Workspace) -> list[JobFolder]:
    """All readable training runs, newest first."""
    jobs = [JobFolder(path.parent) for path in workspace.checkpoints.glob("*/run.json")]
    usable = [job for job in jobs if not job.damage and "train_count" in job.settings]
    return sorted(usable, key=lambda job: (job.created, job.id), reverse=True)


def preset_title(name: str) -> str:
    return PRESETS[name].title if name in PRESETS else name


def run_label(job: JobFolder) -> str:
    """Short enough for a chooser, and tells runs apart: 'Quick GAN on sample 32 · 21 Nov 09:30'."""
    return f"{job.title} · {clock(job.created)}"


def clock(seconds: float) -> str:
    """Local time of a moment, with the year only when it is another one."""
    moment, today = time.localtime(seconds), time.localtime()
    year = "" if moment.tm_year == today.tm_year else f" {moment.tm_year}"
    return f"{moment.tm_mday} {time.strftime('%b', moment)}{year} {time.strftime('%H:%M', moment)}"


def duration(seconds: float) -> str:
    """'45 s', '12 min', '3 h 20 min', '2 days 4 h'."""
    seconds = max(0, round(seconds))
    if seconds < 100:
        return f"{seconds} s"
    minutes = round(seconds / 60)
    if minutes < 100:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    days, hours = divmod(hours, 24)
    return f"{days} days {hours} h" if hours else f"{days} days"


def worked_seconds(job: JobFolder, state: State, status: Status | None) -> float:
    """Time that all workers of the job spent on it so far, without waiting."""
    earlier = sum(float(row.get("seconds") or 0) for row in job.ends.rows())
    end = job.end()
    if end is not None:
        return earlier + end.seconds
    if status is None or not status.started:
        return earlier
    until = time.time() if state is State.RUNNING else status.updated
    return earlier + max(0.0, until - status.started)


def images_seen(job: JobFolder, status: Status | None) -> int:
    """By the worker's last word, which is newer than the last log point and read at once."""
    return status.done if status is not None else RunFolder(job.path).images_seen()


def images_at(run: RunFolder, epoch: int) -> int:
    """Images seen when the epoch was saved: whole batches. The last epoch of a run measured in images may be short."""
    return images_at_each(run, [epoch])[0]


def images_at_each(run: RunFolder, epochs: Sequence[int]) -> list[int]:
    """The same for many epochs: what was asked of the run is read once."""
    batch = int(run.settings.get("training", {}).get("batch_size") or 1)
    epoch_images, total = run.epoch_images, run.total_images
    return [math.ceil(min(epoch * epoch_images, total) / batch) * batch for epoch in epochs]


def frames(run: RunFolder, *, preview: bool = False) -> list[Frame]:
    """The sample grids of a run, ascending. preview: the picture between two epochs too, when it is the newest."""
    epochs = run.epochs()
    found = [
        Frame(epoch, run.grid(epoch), place_name(epoch), f"{images:,} images" if epoch else "")
        for epoch, images in zip(epochs, images_at_each(run, epochs), strict=True)
    ]
    if preview and (between := _preview(run, found[-1].at if found else 0)) is not None:
        found.append(between)
    return found


def _preview(run: RunFolder, after_epoch: float) -> Frame | None:
    try:
        with Image.open(run.preview) as picture:
            images = int(picture.info["images_seen"])
    except (OSError, KeyError, ValueError):
        return None
    at = images / max(1, run.epoch_images)
    return Frame(at, run.preview, place_name(at), f"{images:,} images") if at > after_epoch else None


def averaging_word(run: RunFolder) -> str:
    """Whether the samples come from averaged weights."""
    half_life = float(run.settings.get("training", {}).get("ema_half_life_images") or 0)
    return "averaged weights (EMA)" if half_life > 0 else "raw weights, no averaging"


@dataclass(frozen=True)
class RunRow:
    """One line of the list."""

    id: str
    title: str
    state: State
    word: str
    facts: str
    share: float  # of the training done, 0 to 1
    thumb: str  # data URL, "" before the first samples


def run_row(job: JobFolder) -> RunRow:
    run, state, status = RunFolder(job.path), job.state(), job.status()
    epochs, seen = run.planned_epochs, images_seen(job, status)
    facts = [f"epoch {run.epochs_over(seen):,} of {epochs:,}", clock(job.created)]
    if state is not State.QUEUED:
        facts.insert(1, duration(worked_seconds(job, state, status)))
    share = min(1.0, seen / max(1, run.total_images))
    return RunRow(job.id, job.title, state, state_word(job, state), " · ".join(facts), share, _thumb(run))


def run_list(rows: Sequence[RunRow], *, key: str, selected: str | None = None) -> str | None:
    """Draw the runs as a list to choose from; return the id that was just chosen, else None."""
    tones = {"gray": "gray", "blue": "blue", "orange": "orange", "green": "green", "red": "red"}
    data: list[dict[str, Any]] = [
        {
            "id": row.id,
            "title": row.title,
            "word": row.word,
            "tone": tones[STATE_WORDS[row.state][2]],
            "facts": row.facts,
            "share": row.share,
            "active": row.state.is_active,
            "thumb": row.thumb,
            "selected": row.id == selected,
        }
        for row in rows
    ]
    chosen = _list(key=key, data={"rows": data}, on_chosen_change=access.owner_action(lambda: None)).chosen
    return chosen if chosen in {row.id for row in rows} else None


def _thumb(run: RunFolder) -> str:
    path = run.newest_grid()
    try:
        return "" if path is None else _thumb_of(str(path), path.stat().st_mtime_ns, *run.shape)
    except (OSError, AtelierError):
        return ""  # the list serves without the picture; the run's own page says what is wrong


@st.cache_data(max_entries=256, show_spinner=False)
def _thumb_of(path: str, version: int, tall: int, wide: int) -> str:
    """The first pictures of a grid at true pixels, as a data URL."""
    height, width = (max(1, _THUMB_SIDE // (side + 2)) * (side + 2) - 2 for side in (tall, wide))
    with Image.open(path) as grid:
        buffer = io.BytesIO()
        grid.crop((0, 0, min(width, grid.width), min(height, grid.height))).save(buffer, "PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()

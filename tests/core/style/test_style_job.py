"""Restyling as a job: what it refuses before it begins, what it leaves, and that stops and kills lose nothing."""

import json
import shutil
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from core.errors import ConfigError, NotFoundError
from core.images import ImageError
from core.jobs import control
from core.jobs.folder import JobFolder, State
from core.pictures.chosen import ChosenPicture, PictureGoneError, facts_of
from core.pictures.gallery import Gallery
from core.style.again import past_of, recent, used_again
from core.style.checking import memory_in_words
from core.style.errors import StyleError
from core.style.job import create_style, run
from core.style.live import MOST_FRAMES, Frames, frames, stride
from core.style.output import read_request
from core.style.request import StylePicture, StyleRequest
from core.style.weights import WeightsError
from core.workspace import Workspace
from tests.core.style.jobs_made import PATCH, chosen, neural, png, request, run_until

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    torch.set_num_threads(1)


def facts(job: JobFolder) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((job.path / "result.json").read_text())
    return found


def pixels(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image)


def ended(workspace: Workspace, asked: StyleRequest, **options: Any) -> JobFolder:
    job = create_style(workspace, asked, **options)
    end = control.run_here(workspace, job)
    assert end.state is State.DONE, end
    return job


# --- what it leaves


def test_a_finished_job_leaves_a_result_its_facts_and_a_place_in_the_gallery(workspace: Workspace) -> None:
    asked = request(workspace, strength=80.0, mask=chosen(workspace, 3, "mask.png"))
    job = ended(workspace, asked, title="Bridge by Hokusai")
    found = facts(job)
    assert pixels(job.path / "result.png").shape == (54, 64, 3)
    assert (found["width"], found["height"], found["stopped"], found["remark"]) == (64, 54, False, "")
    assert found["settings"]["method"] == "mkl"
    assert found["label"].startswith("palette: closed-form")
    (made,) = Gallery(workspace).newest()
    assert (made.sha256, made.way, made.title, made.job) == (found["sha256"], "style", "Bridge by Hokusai", job.id)
    assert [parent.label for parent in made.parents] == ["bridge.jpg", "wave.png", "mask.png"]
    assert StyleRequest.from_json(made.request) == asked.for_file()
    assert read_request(job.path / "result.png") == asked.for_file()
    assert not (job.path / "state.pt").exists()


def test_a_picture_that_is_a_file_goes_into_the_store_so_that_nothing_depends_on_its_folder(
    workspace: Workspace, tmp_path: Path
) -> None:
    path = tmp_path / "sea.png"
    path.write_bytes(png(5))
    job = create_style(workspace, request(workspace, content=ChosenPicture(path=str(path))))
    path.unlink()
    assert control.run_here(workspace, job).state is State.DONE
    (made,) = Gallery(workspace).newest()
    assert made.parents[0].label == "sea.png"
    assert facts_of(workspace, made.parents[0]).width == 64
    assert str(tmp_path) not in (job.path / "job.json").read_text()
    assert made.title == "sea in the manner of wave"


def test_sixteen_bits_are_sixteen_bits(workspace: Workspace) -> None:
    job = ended(workspace, request(workspace), bits=16)
    assert (job.path / "result.png").read_bytes()[24] == 16  # of the header chunk
    assert facts_of(workspace, ChosenPicture(sha256=facts(job)["sha256"])).width == 64


def test_a_film_begins_with_the_content_and_ends_with_the_result(workspace: Workspace) -> None:
    import av

    job = ended(workspace, request(workspace, "patch"), film=True)
    kept = frames(job.path)
    assert [path.name for path in kept[:2]] == ["000000.webp", "000001.webp"]
    assert len(kept) == facts(job)["steps"] + 1
    with av.open(str(job.path / "film.mp4")) as film:
        shown = [frame.to_ndarray(format="rgb24").astype(int) for frame in film.decode(video=0)]
    assert len(shown) >= len(kept) + 1
    content = np.asarray(Image.open(workspace.image(request(workspace).content.sha256, "png")).convert("RGB"))
    assert abs(shown[0] - content).mean() < 8
    assert abs(shown[-1] - pixels(job.path / "result.png")).mean() < 8


def test_a_preview_is_small_and_there_before_the_end(workspace: Workspace) -> None:
    job = create_style(workspace, request(workspace, "patch"))
    run_until(workspace, job, 1, run)
    with Image.open(job.path / "preview.webp") as preview:
        assert max(preview.size) <= 512


def test_films_of_any_length_have_a_bounded_number_of_frames_evenly_apart() -> None:
    for count in (1, MOST_FRAMES, MOST_FRAMES + 1, 1000, 12345):
        kept = [number for number in range(1, count + 1) if number % stride(count) == 0]
        assert MOST_FRAMES / 2 - 1 <= len(kept) <= MOST_FRAMES or count < MOST_FRAMES / 2


def test_frames_that_became_too_many_are_thinned(workspace: Workspace, tmp_path: Path) -> None:
    steps = {"first_steps": 100, "steps": 60, "keep_steps": 1000}
    asked = neural(
        workspace,
        tmp_path,
        overrides={**steps, "content_layers": ["relu1_1"], "style_layers": ["relu1_1"], "style_layer_weights": [1.0]},
    )
    job = ended(workspace, asked, film=True)
    numbers = [int(path.stem) for path in frames(job.path)]
    assert numbers == list(range(0, 161, 2))


# --- stop and resume


@pytest.mark.parametrize(
    ("engine", "after"), [("patch", 1), ("patch", 4), ("patch", 6), ("neural", 1), ("neural", 9), ("lbfgs", 9)]
)
def test_a_job_that_was_stopped_and_resumed_makes_the_same_picture_as_one_that_never_was(
    workspace: Workspace, tmp_path: Path, engine: str, after: int
) -> None:
    optimiser = "lbfgs" if engine == "lbfgs" else "adam"
    asked = (
        neural(workspace, tmp_path, overrides={"optimiser": optimiser})
        if engine != "patch"
        else request(workspace, engine)
    )
    whole = ended(workspace, asked, film=True)
    job = create_style(workspace, asked, film=True)
    run_until(workspace, job, after, run)
    assert facts(job)["stopped"]
    kept = torch.load(job.path / "state.pt", weights_only=True)
    assert kept["previews"] == after  # nothing that was done is done again
    end = control.run_here(workspace, job)
    assert end.state is State.DONE
    assert (job.path / "result.png").read_bytes() == (whole.path / "result.png").read_bytes()
    for one, other in zip(frames(job.path), frames(whole.path), strict=True):
        assert (one.name, one.read_bytes()) == (other.name, other.read_bytes())


def test_a_stop_keeps_the_result_so_far_and_the_finished_one_takes_its_place(workspace: Workspace) -> None:
    job = create_style(workspace, request(workspace, "patch"))
    message = run_until(workspace, job, 2, run)
    found = facts(job)
    share = f"{100 * found['steps'] / found['steps_total']:.0f} %"
    assert message.startswith(f"Stopped at {share}: the result so far is kept.")
    (so_far,) = Gallery(workspace).newest()
    assert (so_far.remark, so_far.sha256) == (f"Stopped at {share}", found["sha256"])
    run_until(workspace, job, 1, run)
    (further,) = Gallery(workspace).newest()
    assert further.sha256 != so_far.sha256
    assert control.run_here(workspace, job).state is State.DONE
    (finished,) = Gallery(workspace).newest()
    assert (finished.remark, finished.sha256) == ("", facts(job)["sha256"])


def test_a_kill_between_a_result_and_the_gallery_leaves_no_stopped_picture_behind(workspace: Workspace) -> None:
    """result.json names it before the gallery has it, so a resumed job knows what to replace."""
    job = create_style(workspace, request(workspace, "patch"))
    run_until(workspace, job, 2, run)
    found = facts(job)
    (job.path / "result.json").write_text(json.dumps(found | {"kept": [found["sha256"], "0" * 64]}))
    assert control.run_here(workspace, job).state is State.DONE
    assert [made.remark for made in Gallery(workspace).newest()] == [""]


def test_a_stop_before_the_first_step_keeps_nothing(workspace: Workspace) -> None:
    job = create_style(workspace, request(workspace, "patch"))
    assert "before the first step" in run_until(workspace, job, 0, lambda running: _signalled(running))
    assert Gallery(workspace).newest() == []


def _signalled(running: Any) -> str:
    running.signalled = True
    return run(running)


def test_a_killed_job_is_lost_and_goes_on_to_the_same_picture(workspace: Workspace) -> None:
    asked = request(workspace, "patch", overrides={**PATCH, "repeats": 8, "style_patches": 1500})
    job = create_style(workspace, asked)
    control.start(workspace, job)
    give_up = time.monotonic() + 60
    while not (job.path / "state.pt").exists() and time.monotonic() < give_up:
        time.sleep(0.02)
    control.stop(workspace, job, force=True)
    assert job.state() is State.LOST
    step = torch.load(job.path / "state.pt", weights_only=True)["engine"]["step"]
    assert 0 < step < 40
    assert control.run_here(workspace, job).state is State.DONE
    whole = ended(workspace, asked)
    assert (job.path / "result.png").read_bytes() == (whole.path / "result.png").read_bytes()


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 cut short", b"no state at all"])
def test_a_damaged_state_is_told_and_the_work_begun_anew(workspace: Workspace, damage: bytes) -> None:
    job = create_style(workspace, request(workspace, "patch"))
    run_until(workspace, job, 2, run)
    (job.path / "state.pt").write_bytes(damage)
    assert control.run_here(workspace, job).state is State.DONE
    assert "damaged" in job.log_tail()
    whole = ended(workspace, request(workspace, "patch"))
    assert (job.path / "result.png").read_bytes() == (whole.path / "result.png").read_bytes()


def test_a_state_that_would_run_a_program_is_not_obeyed(workspace: Workspace, tmp_path: Path) -> None:
    import pickle

    class Hostile:
        def __reduce__(self) -> Any:
            return (Path.touch, (tmp_path / "ran",))

    job = create_style(workspace, request(workspace, "patch"))
    run_until(workspace, job, 2, run)
    torch.save({"version": 1, "item": "", "seconds": Hostile()}, job.path / "state.pt")
    assert control.run_here(workspace, job).state is State.DONE
    (job.path / "state.pt").write_bytes(pickle.dumps(Hostile()))
    assert not (tmp_path / "ran").exists()


def test_a_state_of_other_settings_is_told_and_not_gone_on_with(workspace: Workspace) -> None:
    one = create_style(workspace, request(workspace, "patch"))
    run_until(workspace, one, 2, run)
    other = create_style(workspace, request(workspace, "patch", seed=7))
    (other.path / "state.pt").write_bytes((one.path / "state.pt").read_bytes())
    assert control.run_here(workspace, other).state is State.DONE
    assert "begun anew" in (other.path / "notes.txt").read_text()
    whole = ended(workspace, request(workspace, "patch", seed=7))
    assert (other.path / "result.png").read_bytes() == (whole.path / "result.png").read_bytes()


def test_frames_of_what_is_begun_anew_do_not_get_into_the_film(tmp_path: Path) -> None:
    kept = Frames(tmp_path)
    kept.first(Image.new("RGB", (8, 8)))
    for _ in range(5):
        assert kept.count()
        kept.add(Image.new("RGB", (8, 8)))
    again = Frames(tmp_path)
    again.go_on_from(2)
    assert [path.stem for path in frames(tmp_path)] == ["000000", "000001", "000002"]
    assert again.count()
    again.add(Image.new("RGB", (8, 8)))
    assert len(frames(tmp_path)) == 4


# --- what it refuses


def test_everything_is_checked_before_there_is_a_folder(workspace: Workspace, tmp_path: Path) -> None:
    gone = ChosenPicture(sha256="0" * 64, label="lost.jpg")
    torn = tmp_path / "torn.png"
    torn.write_bytes(png(1)[:90])
    for asked, options, error, words in (
        (request(workspace, "oil"), {}, NotFoundError, "No engine called 'oil'"),
        (request(workspace, overrides={"speed": 3}), {}, ConfigError, "no setting speed"),
        (request(workspace, "neural"), {}, WeightsError, r"vgg19-dcbb9e9d\.pth .*575 MB.* published at https"),
        (request(workspace, content=gone), {}, PictureGoneError, r"lost\.jpg is not in this lab"),
        (request(workspace, styles=(StylePicture(gone),)), {}, PictureGoneError, r"lost\.jpg"),
        (request(workspace, content=ChosenPicture(path=str(torn))), {}, ImageError, r"torn\.png"),
        (request(workspace), {"bits": 12}, ConfigError, "8 or 16 bits"),
        (request(workspace), {"device": "cuda:7"}, ConfigError, "no device 'cuda:7'"),
    ):
        with pytest.raises(error, match=words):
            create_style(workspace, asked, **options)
    assert list(workspace.jobs.glob("*/job.json")) == []


def test_a_picture_that_went_after_the_job_was_made_is_named(workspace: Workspace) -> None:
    asked = request(workspace)
    job = create_style(workspace, asked)
    workspace.image(asked.styles[0].picture.sha256, "png").unlink()
    end = control.run_here(workspace, job)
    assert (end.state, end.message) == (State.FAILED, "wave.png is not in this lab. Choose the picture again.")


def test_running_out_of_memory_says_what_to_choose(workspace: Workspace) -> None:
    asked = request(workspace)
    for error in (MemoryError(), torch.OutOfMemoryError("CUDA out of memory"), RuntimeError("can't allocate memory")):
        with (
            pytest.raises(StyleError, match=r"ran out of memory while restyling 2048 x 1024 .* of 1024 or less"),
            memory_in_words(asked, 2048, 1024, "cpu"),
        ):
            raise error
    with pytest.raises(RuntimeError, match="something else"), memory_in_words(asked, 2048, 1024, "cpu"):
        raise RuntimeError("something else")


def test_a_loss_that_is_no_number_ends_the_job_with_what_to_change(workspace: Workspace, tmp_path: Path) -> None:
    job = create_style(workspace, neural(workspace, tmp_path, scale=1e15))
    end = control.run_here(workspace, job)
    assert end.state is State.FAILED
    assert "The loss was no number 6 times" in end.message
    assert "or choose another start" in end.message


def test_a_disk_that_is_too_small_is_told_before_there_is_a_folder(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system is asked for the free space; what it answers is all that is made up here."""
    free = shutil.disk_usage(workspace.root)._replace(free=600_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: free)
    create_style(workspace, request(workspace, size=512))
    with pytest.raises(control.DiskFullError, match=r"Found 0\.6 GB free"):
        create_style(workspace, request(workspace, size=8000))
    assert len(list(workspace.jobs.glob("*/job.json"))) == 1


# --- using a request again, and what was done before


def test_a_request_used_again_says_which_pictures_are_missing(workspace: Workspace) -> None:
    asked = request(
        workspace, styles=(StylePicture(chosen(workspace, 2, "wave.png"), 1.0, chosen(workspace, 4, "left.png")),)
    )
    assert used_again(workspace, asked).missing == ()
    workspace.facts(asked.content.sha256).unlink()
    named = StyleRequest(asked.content, (*asked.styles, StylePicture(ChosenPicture(label="night.jpg"))))
    found = used_again(workspace, named)
    assert [(one.role, one.index, one.name) for one in found.missing] == [
        ("content", 0, "bridge.jpg"),
        ("style", 1, "night.jpg"),
    ]
    assert found.words.startswith("Not in this lab: the content, bridge.jpg; the style 2, night.jpg.")


def test_recent_restylings_are_listed_the_newest_first(workspace: Workspace) -> None:
    jobs = [ended(workspace, request(workspace, strength=float(strength))) for strength in (10, 20)]
    waiting = create_style(workspace, request(workspace))
    (workspace.jobs / "damaged").mkdir()
    (workspace.jobs / "damaged" / "job.json").write_text("{")
    control.create(workspace, "demo", {}, title="another kind")
    found = {past.job.id: past for past in recent(workspace, 10)}
    assert found.keys() == {waiting.id, *(job.id for job in jobs)}
    assert len(recent(workspace, 2)) == 2
    past = found[jobs[0].id]
    assert (past.request.strength, past.state, past.sha256) == (10.0, State.DONE, facts(jobs[0])["sha256"])
    assert past.result == jobs[0].path / "result.png"
    assert past.preview == jobs[0].path / "preview.webp"
    new = past_of(waiting)
    assert new is not None
    assert (new.result, new.preview, new.film, new.sha256) == (None, None, None, "")

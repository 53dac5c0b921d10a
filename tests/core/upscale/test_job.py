"""Upscaling as a job: results in the gallery, batches that outlive one bad picture, stop and resume."""

import hashlib
from pathlib import Path

import pytest

from core.errors import ConfigError
from core.images import read_image
from core.jobs import control
from core.jobs.folder import State
from core.pictures.chosen import ChosenPicture, file_of, keep_picture
from core.pictures.gallery import Gallery
from core.upscale import job as upscale_job
from core.upscale.job import create_upscale, result_file
from core.upscale.output import read_request
from core.upscale.request import UpscaleRequest
from core.upscale.results import RESULTS, read_results
from core.workspace import Workspace
from tests.core.pictures import encoded, noise


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path).create()


def kept(workspace: Workspace, seed: int = 0) -> ChosenPicture:
    return keep_picture(workspace, encoded(noise(32, 24, seed)), label=f"Noise {seed}")


def test_a_job_leaves_its_picture_in_the_gallery_with_what_it_was_made_of(workspace: Workspace) -> None:
    request = UpscaleRequest(kept(workspace), 2, "backprojection")
    job = create_upscale(workspace, [request])
    assert job.kind == "resample"
    end = control.run_here(workspace, job)
    assert (end.state, end.message) == (State.DONE, "64 x 48 pixels.")
    (result,) = read_results(job.path)
    (made,) = Gallery(workspace).newest()
    assert result.sha256 == made.sha256
    assert (made.way, made.width, made.height, made.title) == ("upscale", 64, 48, "Noise 0, x2")
    assert made.parents == (request.picture,)
    assert made.job == job.id
    assert "no detail invented" in made.label
    assert read_request(file_of(workspace, made.chosen)) == request
    assert read_image(result_file(workspace, job, result)).size == (64, 48)


def test_one_picture_that_is_gone_costs_a_batch_only_that_picture(workspace: Workspace) -> None:
    pictures = [kept(workspace, 0), ChosenPicture(sha256="0" * 64, label="Gone"), kept(workspace, 1)]
    job = create_upscale(workspace, [UpscaleRequest(picture, 2) for picture in pictures])
    end = control.run_here(workspace, job)
    assert end.message == "2 of 3 pictures made larger. 1 could not be; the log tells why."
    assert [result.is_made for result in read_results(job.path)] == [True, False, True]
    assert "Gone is not in this lab" in read_results(job.path)[1].message
    assert len(Gallery(workspace).hashes()) == 2


def test_a_job_whose_only_picture_is_gone_fails_with_the_reason(workspace: Workspace) -> None:
    job = create_upscale(workspace, [UpscaleRequest(ChosenPicture(sha256="0" * 64, label="Gone"))])
    end = control.run_here(workspace, job)
    assert end.state is State.FAILED
    assert "Gone is not in this lab" in end.message


def test_a_stopped_batch_goes_on_without_doing_again_what_is_done(workspace: Workspace) -> None:
    requests = [UpscaleRequest(kept(workspace, seed), 2) for seed in range(24)]
    job = create_upscale(workspace, requests)

    def stop(status: object) -> None:  # told at the first picture; a job looks for a stop ten times a second
        if not job.stop_path.exists():
            control.stop(workspace, job)

    end = control.run_here(workspace, job, on_progress=stop)
    assert end.state is State.STOPPED
    assert end.message.startswith("Stopped: ")
    entries = sorted((job.path / RESULTS).glob("*.json"))
    assert len(entries) < 24
    written = {entry: entry.stat().st_mtime_ns for entry in entries}
    assert control.run_here(workspace, job).state is State.DONE
    assert [result.index for result in read_results(job.path)] == list(range(24))
    assert all(entry.stat().st_mtime_ns == before for entry, before in written.items())


def test_a_picture_that_failed_is_tried_again_when_a_job_goes_on(workspace: Workspace) -> None:
    data = encoded(noise(32, 24, 5))
    missing = ChosenPicture(sha256=hashlib.sha256(data).hexdigest(), label="Late")
    job = create_upscale(workspace, [UpscaleRequest(missing, 2)])
    assert control.run_here(workspace, job).state is State.FAILED
    keep_picture(workspace, data)
    assert control.run_here(workspace, job).state is State.DONE


def test_a_result_too_large_for_the_gallery_stays_a_file_of_the_job(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upscale_job, "fits_the_lab", lambda width, height: width * height <= 1000)
    job = create_upscale(workspace, [UpscaleRequest(kept(workspace), 2)], bits=16)
    end = control.run_here(workspace, job)
    (result,) = read_results(job.path)
    assert (result.sha256, result.chosen) == ("", None)
    assert read_image(result_file(workspace, job, result)).size == (64, 48)
    assert "1 too large for the gallery" in end.message
    assert Gallery(workspace).hashes() == []


def test_a_damaged_result_file_is_as_if_it_were_not_there(workspace: Workspace) -> None:
    job = create_upscale(workspace, [UpscaleRequest(kept(workspace), 2)])
    control.run_here(workspace, job)
    (job.path / RESULTS / "000000.json").write_text('{"index": 0, "more": 1}')
    assert read_results(job.path) == []


def test_pictures_of_one_job_share_their_method(workspace: Workspace) -> None:
    picture = kept(workspace)
    with pytest.raises(ConfigError, match="by one method"):
        create_upscale(workspace, [UpscaleRequest(picture, 2), UpscaleRequest(picture, 2, "nearest")])
    with pytest.raises(ConfigError, match="1 to 10,000 pictures"):
        create_upscale(workspace, [])
    with pytest.raises(ConfigError, match="8 or 16"):
        create_upscale(workspace, [UpscaleRequest(picture)], bits=12)

"""Training an upscaler as a job: kept with what it is worth, stopped, resumed, listed, used, removed."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors import safe_open

from core.errors import ConfigError, NotFoundError
from core.files import JsonLines
from core.jobs import control
from core.jobs.folder import JobFolder, State
from core.pictures.chosen import ChosenPicture, keep_picture
from core.pretrained import KNOWN
from core.training import device
from core.upscale.errors import ModelRefusedError
from core.upscale.estimate import estimate
from core.upscale.job import create_upscale
from core.upscale.listing import OWN_KEY, describe_file, list_upscalers, missing, remove_own
from core.upscale.network import network_for
from core.upscale.places import file_of_model, own_file
from core.upscale.request import UpscaleRequest
from core.upscale.results import read_results
from core.upscale.training_job import METRICS, PLAN, PREVIEW, RESULT, STATE, create_training
from core.upscale.training_settings import UpscalerSettings
from core.workspace import Workspace
from tests.core.pictures import encoded, noise
from tests.core.upscale.made import SMALL_RRDB, safetensors, weights
from tests.core.upscale.test_training import blobs

SETTINGS = UpscalerSettings(scale=2, steps=40, batch_size=2, crop=64)


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "hub"))
    monkeypatch.setattr(device, "physical_cores", lambda: 1)  # other tests run beside this one
    return Workspace(tmp_path / "lab").create()


def pictures(workspace: Workspace, count: int = 4) -> list[ChosenPicture]:
    return [keep_picture(workspace, encoded(blobs(seed, 96)), label=f"Blobs {seed}") for seed in range(count)]


def trained(workspace: Workspace, name: str = "Blue rivers") -> JobFolder:
    job = create_training(workspace, pictures(workspace), name=name, settings=SETTINGS, device="cpu")
    end = control.run_here(workspace, job)
    assert end.state is State.DONE, end.traceback
    return job


def test_a_trained_network_is_kept_with_what_it_is_worth_and_makes_pictures_larger(workspace: Workspace) -> None:
    job = trained(workspace)
    assert "held-out picture" in (job.end().message if job.end() else "")
    (found,) = list_upscalers(workspace)
    assert (found.name, found.method, found.scale) == ("blue-rivers", "own", 2)
    facts = found.training or {}
    assert facts == json.loads((job.path / RESULT).read_text())
    assert (facts["pictures"], facts["held_out"], facts["steps"], facts["images_seen"]) == (3, 1, 40, 80)
    assert set(facts["scores"]) == {"network", "bicubic", "lanczos"}
    assert facts["gain_db"] == pytest.approx(
        facts["scores"]["network"]["psnr_y"] - facts["scores"]["bicubic"]["psnr_y"], abs=0.01
    )
    assert not (job.path / STATE).exists()
    rows = [json.loads(line) for line in (job.path / METRICS).read_text().splitlines()]
    assert [row["step"] for row in rows[:2]] == [0, 2]
    assert rows[0]["psnr"] == pytest.approx(rows[0]["bicubic_psnr"], abs=0.1)  # it begins as bicubic
    with Image.open(job.path / PREVIEW) as preview:
        assert preview.size == (4 * 96 + 3 * 4, 96)
    request = UpscaleRequest(pictures(workspace, 1)[0], 2, "own", "blue-rivers")
    upscaling = create_upscale(workspace, [request], device="cpu")
    assert upscaling.kind == "upscale"
    assert control.run_here(workspace, upscaling).state is State.DONE
    (result,) = read_results(upscaling.path)
    assert (result.width, result.height) == (192, 192)
    assert "trained in this lab" in result.label
    assert "blue-rivers: Compact, 8 convolutions of 32 features, x2" in result.label


def test_a_stop_keeps_the_network_so_far_and_the_end_is_that_of_an_unbroken_training(workspace: Workspace) -> None:
    unbroken = trained(workspace, "unbroken")
    job = create_training(workspace, pictures(workspace), name="broken", settings=SETTINGS, device="cpu")

    def stop(status: object) -> None:
        done = getattr(status, "done", 0)
        if 0 < done < 40 and not job.stop_path.exists():
            control.stop(workspace, job)

    end = control.run_here(workspace, job, on_progress=stop)
    if end.state is State.STOPPED:  # always, but for a machine that takes 40 steps between two looks
        assert "It can go on where it was" in end.message
        stopped = describe_file(own_file(workspace, "broken")).training or {}
        assert 0 < stopped["steps"] < 40
        JsonLines(job.path / METRICS).append({"step": 39, "psnr": 0.0})  # as after a kill, of steps not saved
        assert control.run_here(workspace, job).state is State.DONE
    tensors = []
    for name in ("unbroken", "broken"):
        with safe_open(own_file(workspace, name), framework="pt") as file:
            tensors.append({key: file.get_tensor(key) for key in file.keys()})  # noqa: SIM118 (no mapping)
    assert all(torch.equal(tensor, tensors[1][key]) for key, tensor in tensors[0].items())
    steps = [[row["step"] for row in JsonLines(made.path / METRICS).rows()] for made in (unbroken, job)]
    assert steps[0] == steps[1] == list(range(0, 40, 2))


def test_minutes_become_steps_once_and_for_all(workspace: Workspace) -> None:
    settings = UpscalerSettings(scale=2, minutes=0.001, batch_size=1, crop=64)
    job = create_training(workspace, pictures(workspace), name="short", settings=settings, device="cpu")
    assert control.run_here(workspace, job).state is State.DONE
    plan = json.loads((job.path / PLAN).read_text())
    assert plan["steps"] >= 20
    assert plan["seconds_per_step"] > 0


def test_a_name_that_is_taken_or_empty_and_too_few_pictures_are_refused(workspace: Workspace) -> None:
    chosen = pictures(workspace)
    workspace.upscalers.mkdir(parents=True)
    own = workspace.upscalers / "blue-rivers.safetensors"
    safetensors(own)
    with pytest.raises(ConfigError, match="already"):
        create_training(workspace, chosen, name="Blue Rivers!")
    with pytest.raises(ConfigError, match="needs a name"):
        create_training(workspace, chosen, name=" ")
    with pytest.raises(ConfigError, match="2 to 100,000 pictures"):
        create_training(workspace, [chosen[0], chosen[0]], name="one")
    remove_own(workspace, "blue-rivers")
    assert not own.exists()


def test_a_training_without_usable_pictures_fails_in_words(workspace: Workspace) -> None:
    chosen = [keep_picture(workspace, encoded(noise(32, 32, seed))) for seed in range(3)]
    job = create_training(workspace, chosen, name="tiny", settings=SETTINGS, device="cpu")
    end = control.run_here(workspace, job)
    assert end.state is State.FAILED
    assert "Found 0 usable pictures" in end.message
    assert list_upscalers(workspace) == []


# --- listing


def test_published_files_are_listed_with_what_they_are_and_refused_ones_with_the_reason(workspace: Workspace) -> None:
    folder = workspace.data / "weights"
    folder.mkdir(parents=True)
    safetensors(folder / "crisp.safetensors", SMALL_RRDB)
    (folder / "RealESRGAN_x4plus.pth").write_bytes(b"not weights")
    torch.save({"params": weights(SMALL_RRDB), "odd": np.zeros(3)}, folder / "numbers.pth")
    (folder / "vgg19-dcbb9e9d.pth").write_bytes(b"known to serve something else")
    (folder / "vgg19-features.safetensors").write_bytes(b"a slim file")
    (folder / "notes.txt").write_text("no weights")
    found = {upscaler.name: upscaler for upscaler in list_upscalers(workspace)}
    assert set(found) == {"crisp.safetensors", "RealESRGAN_x4plus.pth", "numbers.pth"}
    assert found["crisp.safetensors"].title == "RRDB, 1 blocks of 8 features, x4"
    assert (found["crisp.safetensors"].scale, found["crisp.safetensors"].refused) == (4, "")
    assert "no file of weights" in found["RealESRGAN_x4plus.pth"].refused
    assert found["RealESRGAN_x4plus.pth"].known is not None
    assert "numpy" in found["numbers.pth"].refused
    gone = [known.key for known in missing(workspace)]
    assert "realesrgan-x2plus" in gone
    assert "realesrgan-x4plus" not in gone


def test_of_the_cache_of_other_programs_only_networks_for_upscaling_are_listed(
    workspace: Workspace, tmp_path: Path
) -> None:
    cache = tmp_path / "hub" / "hub" / "checkpoints"
    cache.mkdir(parents=True)
    safetensors(cache / "crisp.safetensors")
    torch.save({"fc.weight": torch.zeros(10, 10)}, cache / "resnet.pth")
    assert [found.name for found in list_upscalers(workspace)] == ["crisp.safetensors"]


def test_a_network_is_found_by_file_name_stem_and_key(workspace: Workspace) -> None:
    folder = workspace.data / "weights"
    folder.mkdir(parents=True)
    name = next(known.name for known in KNOWN if known.key == "realesr-general-x4v3")
    path = folder / name
    torch.save(weights(SMALL_RRDB), path)
    for model in (name, path.stem, "realesr-general-x4v3", str(path)):
        request = UpscaleRequest(ChosenPicture(label="a"), 4, "model", model)
        assert file_of_model(request, workspace) == path
    for method, model in (("model", "other.pth"), ("own", "other"), ("own", "../weights/crisp")):
        with pytest.raises(NotFoundError):
            file_of_model(UpscaleRequest(ChosenPicture(label="a"), 4, method, model), workspace)


def test_a_file_that_bears_a_published_name_has_to_be_that_file(workspace: Workspace) -> None:
    folder = workspace.data / "weights"
    folder.mkdir(parents=True)
    torch.save(weights(SMALL_RRDB), folder / "realesr-general-x4v3.pth")
    request = UpscaleRequest(ChosenPicture(label="a"), 4, "model", "realesr-general-x4v3")
    with pytest.raises(ModelRefusedError, match="not the file that was published"):
        network_for(request, workspace=workspace)
    (folder / "realesr-general-x4v3.pth").rename(folder / "mine.pth")
    assert network_for(replace(request, model="mine"), workspace=workspace).scale == 4


def test_what_a_file_says_of_its_training_is_only_told(workspace: Workspace) -> None:
    workspace.upscalers.mkdir(parents=True)
    for name, text in (("good", '{"gain_db": 1}'), ("list", "[]"), ("torn", "{"), ("none", "")):
        safetensors(workspace.upscalers / f"{name}.safetensors", **{OWN_KEY: text} if text else {})
    assert {found.name: found.training for found in list_upscalers(workspace)} == {
        "good": {"gain_db": 1},
        "list": None,
        "torn": None,
        "none": None,
    }


def test_a_larger_network_and_a_larger_picture_are_told_to_take_longer(workspace: Workspace) -> None:
    folder = workspace.data / "weights"
    folder.mkdir(parents=True)
    safetensors(folder / "small.safetensors")
    safetensors(folder / "large.safetensors", SMALL_RRDB)

    def seconds(model: str, side: int) -> float:
        request = UpscaleRequest(ChosenPicture(label="a"), 4, "model", model)
        return estimate(request, side, side, workspace=workspace).seconds

    assert seconds("small", 500) < seconds("large", 500) < seconds("large", 2000)
    gone = estimate(UpscaleRequest(ChosenPicture(label="a"), 4, "model", "gone"), 100, 100, workspace=workspace)
    assert gone.seconds > 0
    plain = UpscaleRequest(ChosenPicture(label="a"), 4)
    assert estimate(plain, 1000, 1000).seconds < seconds("small", 1000)

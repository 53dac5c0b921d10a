"""Train your own and Measure, through the app's own router: sets of pictures, trainings, tables, honest sentences."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from core.catalog.catalog import Catalog
from core.catalog.ingest import ingest_pending
from core.datasets.job import create_build
from core.datasets.recipe import Recipe
from core.jobs import control
from core.jobs.folder import State, list_jobs
from core.pictures.chosen import ChosenPicture, keep_picture
from core.upscale.measuring import Contender, Mean, create_measure
from core.upscale.places import own_files
from core.upscale.training_job import create_training
from core.upscale.training_settings import UpscalerSettings
from core.workspace import Workspace
from ui import upscale_measure, upscale_own

_APP = Path(__file__).parents[2] / "streamlit_app.py"
_PAGE = "app_pages/make/upscale.py"
_TRAIN, _MEASURE = "Train your own", "Measure"


def png(seed: int, side: int = 72) -> bytes:
    cells = np.random.default_rng(seed).integers(0, 256, (9, 9, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(cells).resize((side, side), Image.Resampling.BICUBIC).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "prints"
    place.mkdir()
    for number in range(4):
        (place / f"print {number}.png").write_bytes(png(number))
    (place / "notes.txt").write_text("no picture")
    return place


@pytest.fixture
def collection(workspace: Workspace, folder: Path) -> str:
    job = control.create(
        workspace, "collect", {"source": "folder", "collection": "prints", "path": str(folder)}, title="Prints"
    )
    control.run_here(workspace, job)
    return "prints"


def open_page(task: str, **address: str) -> AppTest:
    page = AppTest.from_file(str(_APP), default_timeout=30).run()
    for name, value in {"task": task, **address}.items():
        page.query_params[name] = value
    page.switch_page(_PAGE).run()
    assert not page.exception
    return page


def words(page: AppTest) -> str:
    found = (*page.markdown, *page.caption, *page.info, *page.warning, *page.subheader)
    return "\n".join(str(element.value) for element in found).replace("\\", "")


def trained(workspace: Workspace, name: str = "prints-x2") -> str:
    """A training of a few steps."""
    pictures = [keep_picture(workspace, png(seed), label=f"print {seed}") for seed in range(3)]
    settings = UpscalerSettings(scale=2, steps=4, batch_size=2, crop=64)
    job = create_training(workspace, pictures, name=name, settings=settings)
    assert control.run_here(workspace, job).state is State.DONE
    return job.id


def test_an_empty_lab_cannot_train_and_is_sent_to_collect(workspace):
    page = open_page(_TRAIN)
    assert page.get_by_key("upscale-train-start").disabled
    assert "The catalog is empty" in words(page)
    assert "held out" in words(page)


def test_a_training_on_a_collection_is_asked_for_with_its_settings(workspace, collection):
    page = open_page(_TRAIN)
    page.get_by_key("upscale-train-collections").set_value([collection]).run()
    assert "4 pictures." in words(page)
    assert "That is few" in words(page)
    page.get_by_key("upscale-train-scale").set_value(2).run()
    page.get_by_key("upscale-train-minutes").set_value(0.5).run()
    page.get_by_key("upscale-train-start").click().run()
    assert not page.exception
    job = next(job for job in list_jobs(workspace) if job.kind == "train-upscaler")
    assert page.query_params["training"] == job.id
    assert job.settings["name"] == "prints-x2"
    assert len(job.settings["pictures"]) == 4
    assert (job.settings["training"]["scale"], job.settings["training"]["minutes"]) == (2, 0.5)
    control.stop(workspace, job, force=True)


def test_of_a_dataset_the_originals_of_its_training_split_are_taken_once_each(workspace, collection):
    with Catalog(workspace.catalog) as catalog:
        ingest_pending(catalog, workspace)
        pictures = catalog.pictures_for()
    recipe = Recipe(resolution=32, copies=("flip-lr",), test_share=0.25)
    control.run_here(workspace, create_build(workspace, pictures, recipe, name="prints 32"))
    page = open_page(_TRAIN)
    page.get_by_key("upscale-train-way").set_value("dataset").run()
    assert "3 pictures." in words(page)
    page.get_by_key("upscale-train-start").click().run()
    assert not page.exception
    job = next(job for job in list_jobs(workspace) if job.kind == "train-upscaler")
    hashes = {picture["sha256"] for picture in job.settings["pictures"]}
    assert len(hashes) == len(job.settings["pictures"]) == 3
    assert hashes < {picture.sha256 for picture in pictures}
    control.stop(workspace, job, force=True)


def test_a_folder_is_looked_into_and_one_without_pictures_says_so(workspace, folder, tmp_path):
    page = open_page(_TRAIN)
    page.get_by_key("upscale-train-way").set_value("folder").run()
    page.get_by_key("upscale-train-folder").set_value(str(folder)).run()
    assert "4 pictures." in words(page)
    (tmp_path / "empty").mkdir()
    page.get_by_key("upscale-train-folder").set_value(str(tmp_path / "empty")).run()
    assert "holds no" in page.error[0].value
    assert page.get_by_key("upscale-train-start").disabled
    page.get_by_key("upscale-train-folder").set_value("/no/such/place").run()
    assert "There is no folder" in page.error[0].value


def test_a_finished_training_shows_its_measurements_and_can_be_used(workspace):
    job_id = trained(workspace)
    page = open_page(_TRAIN, training=job_id)
    ways = page.dataframe[0].value["Way"].tolist()
    assert ways == ["The network", "Bicubic", "Lanczos"]
    assert "So few pictures tell little about others" in words(page)
    assert "Trained here" in words(page)
    assert page.dataframe[1].value["Name"].tolist() == ["prints-x2"]
    page.get_by_key(f"upscale-own-use-{job_id}").click().run()
    assert not page.exception
    assert page.get_by_key("upscale-method").value == "own"
    assert page.get_by_key("upscale-own").value == "prints-x2"
    assert page.get_by_key("upscale-scale").value == 2


def test_the_usual_name_of_a_network_is_never_one_that_is_taken(workspace, folder):
    trained(workspace)
    page = open_page(_TRAIN)
    page.get_by_key("upscale-train-way").set_value("folder").run()
    page.get_by_key("upscale-train-folder").set_value(str(folder)).run()
    page.get_by_key("upscale-train-scale").set_value(2).run()
    page.get_by_key("upscale-train-start").click().run()
    job = next(job for job in list_jobs(workspace) if job.kind == "train-upscaler" and job.is_active)
    assert job.settings["name"] == "prints-x2-2"
    control.stop(workspace, job, force=True)


def test_a_name_that_is_taken_is_refused_and_nothing_is_lost(workspace, folder):
    trained(workspace)
    page = open_page(_TRAIN)
    page.get_by_key("upscale-train-way").set_value("folder").run()
    page.get_by_key("upscale-train-folder").set_value(str(folder)).run()
    page.get_by_key("upscale-train-name").set_value("prints x2").run()
    page.get_by_key("upscale-train-start").click().run()
    assert "There is a network called 'prints-x2' already" in page.error[0].value
    assert len(own_files(workspace)) == 1
    assert page.get_by_key("upscale-train-folder").value == str(folder)


@pytest.mark.parametrize(
    ("gain", "told"),
    [
        (-0.4, "0.40 dB less close"),
        (0.03, "hardly differs from bicubic"),
        (0.52, "0.52 dB closer"),
    ],
)
def test_the_sentence_says_what_the_numbers_say(gain, told):
    assert told in upscale_own.verdict({"gain_db": gain, "held_out": 8, "degradation": "bicubic"})


def test_the_sentence_owns_that_lanczos_is_better():
    scores = {"network": {"psnr_y": 23.88}, "lanczos": {"psnr_y": 24.0}}
    told = upscale_own.verdict({"gain_db": 0.2, "held_out": 8, "scores": scores})
    assert "Lanczos, which needs no training, comes 0.12 dB closer still" in told


# ---- measuring


def mean(method: str, psnr: float, better: int, *, pictures: int = 5, model: str = "") -> Mean:
    return Mean(Contender(method, model), psnr, 0.9, psnr, 0.9, 0.1, pictures, better)


def test_the_verdict_names_the_best_and_on_how_many_it_was_closer():
    told = upscale_measure.verdict([mean("own", 31.0, 4, model="mine"), mean("bicubic", 30.0, 0)])
    assert "comes 1.00 dB closer" in told
    assert "closer on 4 of them" in told
    assert "with your own eyes" in told


def test_the_verdict_does_not_make_much_of_little():
    assert "nothing differs from bicubic" in upscale_measure.verdict(
        [mean("lanczos", 30.04, 3), mean("bicubic", 30, 0)]
    )
    assert "nothing comes closer than Bicubic" in upscale_measure.verdict(
        [mean("bicubic", 30, 0), mean("nearest", 25, 0)]
    )
    few = upscale_measure.verdict([mean("lanczos", 32.0, 1, pictures=1), mean("bicubic", 30, 0, pictures=1)])
    assert "So few pictures tell little" in few


def test_a_measurement_is_asked_for_with_bicubic_always_among_the_ways(workspace):
    kept = keep_picture(workspace, png(0), label="print")
    page = open_page(_MEASURE)
    assert page.get_by_key("upscale-measure-start").disabled
    page.get_by_key("upscale-measure-pictures-source").set_value("upload").run()
    page.file_uploader[0].upload("print.png", png(0)).run()
    page.get_by_key("upscale-measure-scale").set_value(2).run()
    page.get_by_key("upscale-measure-ways").set_value(["Back-projection"]).run()
    page.get_by_key("upscale-measure-start").click().run()
    assert not page.exception
    (job,) = list_jobs(workspace)
    assert page.query_params["measured"] == job.id
    assert [way["method"] for way in job.settings["contenders"]] == ["bicubic", "backprojection"]
    assert job.settings["pictures"] == [ChosenPicture(sha256=kept.sha256, label="print.png").to_json()]
    control.stop(workspace, job, force=True)


def test_a_finished_measurement_shows_its_table_its_sentence_and_the_pictures(workspace):
    pictures = [keep_picture(workspace, png(seed), label=f"print {seed}") for seed in range(2)]
    ways = [Contender(name) for name in ("bicubic", "lanczos", "backprojection")]
    job = create_measure(workspace, [*pictures, ChosenPicture(sha256="0" * 64, label="lost")], ways, scale=2)
    control.run_here(workspace, job)
    page = open_page(_MEASURE, measured=job.id)
    table = page.dataframe[0].value
    assert sorted(table["Way"]) == ["Back-projection", "Bicubic", "Lanczos"]
    assert table["PSNR"].tolist() == sorted(table["PSNR"], reverse=True)
    assert f"{table['Way'][0]} comes" in words(page)
    assert any("1 could not be measured" in expander.label for expander in page.expander)
    assert page.get_by_key(f"upscale-measure-compare-{job.id}") is not None
    page.get_by_key(f"upscale-look-{job.id}").set_value(1).run()
    assert not page.exception


@pytest.mark.parametrize(("task", "name"), [(_TRAIN, "training"), (_MEASURE, "measured")])
def test_an_address_that_names_no_such_job_is_told(workspace, task, name):
    assert "no-such-job" in words(open_page(task, **{name: "no-such-job"}))

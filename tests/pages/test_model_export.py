"""The panel that lets a run's network leave, and brings one in: on real files, with the work done in this process."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.jobs import control
from core.jobs.folder import JobFolder, State, list_jobs
from core.model_files.export import export_network
from core.model_files.job import EXPORT, IMPORT, exported_files
from core.training.run_folder import RunFolder
from core.workspace import Workspace
from tests.core.model_files.made import make_run

pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit:FutureWarning")


_ROUTER = Path(__file__).resolve().parents[2] / "streamlit_app.py"


def opened() -> AppTest:
    """The page of the run, with the panel open."""
    app = AppTest.from_file(str(_ROUTER), default_timeout=60).run()
    app.switch_page("app_pages/make/train.py")
    app.query_params["run"] = "run-dcgan"
    app.session_state["run-export-open"] = True
    app.run()
    assert not app.exception, app.exception
    return app


def jobs_of(workspace: Workspace, kind: str) -> list[JobFolder]:
    return [job for job in list_jobs(workspace) if job.kind == kind]


def wait_for(workspace: Workspace, kind: str) -> JobFolder:
    """The one job of this kind, when its worker has ended."""
    (job,) = jobs_of(workspace, kind)
    control.wait(job, timeout_seconds=120)
    return job


def words(app: AppTest) -> str:
    return " ".join(element.value for kind in (app.markdown, app.caption, app.error, app.success) for element in kind)


def test_a_run_without_weights_offers_no_export(workspace: Workspace):
    run = make_run(workspace, "dcgan")
    run.weights_path(4).unlink()
    app = opened()
    assert "once the first epoch is kept" in words(app)
    assert "model-export-run-dcgan" not in [button.key for button in app.button]


def test_an_export_is_made_in_the_background_and_can_be_downloaded_with_its_example(workspace: Workspace):
    make_run(workspace, "dcgan")
    app = opened()
    assert app.selectbox(key="model-epoch-run-dcgan").options == ["4"]
    app.button(key="model-export-run-dcgan").click().run()
    assert not app.exception, app.exception
    job = wait_for(workspace, EXPORT)
    assert job.state() is State.DONE, job.end()
    app.run()
    assert "Epoch 4" in words(app)
    assert [download.label for download in app.get("download_button")] == ["Network", "Example in Python", "Settings"]
    assert exported_files(job)[0].name == "quick-gan-epoch-0004.safetensors"


def test_a_failed_export_says_why(workspace: Workspace):
    run = make_run(workspace, "dcgan")
    run.weights_path(4).write_bytes(b"no weights")
    app = opened()
    app.button(key="model-export-run-dcgan").click().run()
    assert wait_for(workspace, EXPORT).state() is State.FAILED
    app.run()
    assert "not a file of weights" in words(app).replace("\\", "")


def test_an_uploaded_network_becomes_a_run(workspace: Workspace):
    out = export_network(make_run(workspace, "dcgan"), None, "safetensors", workspace.root / "mine.safetensors")
    app = opened()
    app.file_uploader(key="model-import-file").set_value(("mine.safetensors", out.read_bytes(), "")).run()
    app.text_input(key="model-import-title").set_value("Mine").run()
    app.button(key="model-import").click().run()
    assert not app.exception, app.exception
    job = wait_for(workspace, IMPORT)
    assert job.state() is State.DONE, job.end()
    app.run()
    (made,) = [path.parent for path in workspace.checkpoints.glob("*/run.json") if path.parent.name != "run-dcgan"]
    assert RunFolder(made).request["title"] == "Mine"
    assert "is done" in words(app)
    assert not list((job.path / "files").iterdir()), "the upload is kept twice"


def test_an_uploaded_file_that_is_no_network_is_refused_in_words(workspace: Workspace):
    make_run(workspace, "dcgan")
    app = opened()
    app.file_uploader(key="model-import-file").set_value(("mine.pt", b"\x80\x04no", "")).run()
    app.button(key="model-import").click().run()
    assert wait_for(workspace, IMPORT).state() is State.FAILED
    app.run()
    assert "Python pickle" in words(app)

"""The form for films: what it asks, what it says before anything is made, and the films that there are."""

import pytest
from streamlit.testing.v1 import AppTest

from core.jobs import control
from core.jobs.folder import State, list_jobs
from core.sampling.films.job import create_film, request_of
from core.sampling.films.request import FilmRequest
from core.training.run_folder import RunFolder
from core.workspace import Workspace
from tests.runs import make_run
from ui.film_look import usual_seconds

_RUNS = """
from core.jobs.folder import list_jobs
from ui import access, film_form, lab
access.require_owner()
film_form.show(lab.workspace(), [job for job in list_jobs(lab.workspace()) if job.kind == "train"], key="films")
"""
_WALK = """
import streamlit as st
from core.jobs.folder import list_jobs
from core.sampling.points import seed_points
from ui import access, film_form, lab
access.require_owner()
run = next(job.id for job in list_jobs(lab.workspace()) if job.kind == "train")
film_form.show_walk(lab.workspace(), seed_points(run, 2, 0, st.session_state.get("points", 3)), key="walk")
"""


@pytest.fixture
def run(workspace: Workspace) -> RunFolder:
    return make_run(workspace, "quick-gan", epochs=(1, 2))


def open_form(script: str, **state: object) -> AppTest:
    page = AppTest.from_string(script, default_timeout=30)
    for name, value in state.items():
        page.session_state[name] = value
    page.run()
    assert not page.exception
    return page


def captions(page: AppTest) -> str:
    return "\n".join(caption.value for caption in page.caption)


def test_the_form_says_what_the_film_comes_to_makes_it_as_chosen_and_plays_it(
    workspace: Workspace, run: RunFolder
) -> None:
    page = open_form(_RUNS)
    assert "3 epochs · 3.5 s" in captions(page)
    page.selectbox(key="films-layout").set_value("rolling").run()
    page.multiselect(key=f"films-curves-{run.id}").set_value(["swd"]).run()
    page.number_input(key="films-window").set_value(3).run()
    page.selectbox(key="films-size.mp4").set_value(480).run()
    page.slider(key="films-fade").set_value(40).run()
    page.button(key="films-make").click().run()
    assert not page.exception
    (job,) = [job for job in list_jobs(workspace) if job.kind == "animate"]
    request = request_of(job)
    assert (request.layout, request.runs, request.curves) == ("rolling", (run.id,), ("swd",))
    assert (request.window, request.fade, request.size) == (3, 0.4, 480)
    assert control.wait(job, timeout_seconds=100).state is State.DONE
    page.run()
    assert "480 × 270 pixels" in captions(page)
    assert any(button.label == "Download" for button in page.download_button)


def test_runs_stand_side_by_side_and_share_one_curve(workspace: Workspace, run: RunFolder) -> None:
    other = make_run(workspace, "quick-vae", epochs=(1, 2))
    page = open_form(_RUNS)
    page.selectbox(key="films-layout").set_value("static").run()
    assert not page.exception
    assert not page.error
    curves = next(widget for widget in page.multiselect if widget.label == "Curve")
    assert curves.value == ["swd"]
    runs = next(widget for widget in page.multiselect if widget.label == "Runs, side by side")
    runs.set_value([other.id]).run()
    assert any(widget.label == "Pictures" for widget in page.segmented_control)  # a VAE alone has reconstructions


def test_a_film_that_is_made_plays_can_be_had_and_stays_found(workspace: Workspace, run: RunFolder) -> None:
    one = FilmRequest("grid", (run.id,), caption="none", size=160, seconds=0.1, hold_seconds=0, suffix=".gif")
    jobs = [create_film(workspace, one), create_film(workspace, one)]
    assert all(control.run_here(workspace, job).state is State.DONE for job in jobs)
    page = open_form(_RUNS)
    assert "3 frames" in captions(page)
    assert "Made before" in captions(page)


def test_one_point_goes_through_the_epochs_and_several_make_a_walk(workspace: Workspace, run: RunFolder) -> None:
    alone = open_form(_WALK, points=1)
    assert "choose a second one" in captions(alone)
    assert "2 epochs" in captions(alone)
    page = open_form(_WALK)
    assert "3 points" in captions(page)
    page.selectbox(key="walk-size.mp4").set_value(480).run()
    page.number_input(key="walk-seconds-walk").set_value(0.2).run()
    page.toggle(key="walk-loop").set_value(True).run()
    page.button(key="walk-make").click().run()
    (job,) = [job for job in list_jobs(workspace) if job.kind == "animate-walk"]
    request = request_of(job)
    assert (request.loop, len(request.points)) == (True, 3)
    control.stop(workspace, job)  # that walks are made, the tests of the core show
    assert control.wait(job, timeout_seconds=100).state in (State.STOPPED, State.DONE)


def test_a_run_without_pictures_says_so(workspace: Workspace, run: RunFolder) -> None:
    for epoch in run.epochs():
        run.grid(epoch).unlink()
    assert "kept none yet" in captions(open_form(_RUNS))


def test_a_long_training_is_offered_as_a_film_of_half_a_minute() -> None:
    assert [usual_seconds(epochs) for epochs in (3, 60, 300, 5_000)] == [0.5, 0.5, 0.1, 0.05]

"""Train in a real browser: the words on broken trainings, and a training from start to a branch of it."""

import re
from collections.abc import Callable

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from core.files import JsonLines, read_json, write_json
from core.training.health import Health, TrainingDivergedError, variety
from core.training.run_folder import RunFolder
from core.workspace import Workspace
from tests.browser.conftest import App
from tests.core.training.packs import stripes, write_pack
from tests.pages import run_fixtures as made

REAL = stripes(16, 32)
IN_A_ROW = 4  # grids or log points until a finding is certain
LONG = 90_000  # milliseconds: a training starts a process that loads torch


def one_colour(health: Health) -> None:
    """Each picture plain, and no two of the same colour."""
    colours = np.random.default_rng(0).integers(0, 256, (16, 1, 1, 3)).astype(np.uint8)
    for _ in range(IN_A_ROW):
        health.see_samples(variety(np.broadcast_to(colours, (16, 32, 32, 3))))


def sameness(health: Health) -> None:
    for _ in range(IN_A_ROW):
        health.see_samples(variety(np.repeat(stripes(1, 32), 16, axis=0)))


def discriminator_wins(health: Health) -> None:
    for _ in range(IN_A_ROW):
        health.see_measurements({"sign_real": 0.999, "sign_fake": -0.995})


def overfitting(health: Health) -> None:
    for _ in range(IN_A_ROW):
        health.see_measurements({"score_train": 3.0, "score_held_out": -1.0, "score_fake": -2.0})


def posterior_collapse(health: Health) -> None:
    health.see_measurements({"active_latents": 0.0})


def diverged(health: Health) -> None:
    health.see_measurements({"loss_generator": float("nan")})


BROKEN: list[tuple[Callable[[Health], None], str, str, str]] = [
    (one_colour, "gan", "Collapsed to one colour", "nearly one colour each: their grey varies by 0.0 of 255 levels"),
    (sameness, "gan", "Samples resemble one another", "This is mode collapse"),
    (discriminator_wins, "gan", "The discriminator wins", "Try a higher penalty_gamma"),
    (overfitting, "gan", "Learned by heart", "it scores pictures it has never seen 80% of the way"),
    (posterior_collapse, "vae", "Posterior collapse", "0 latent numbers are in use"),
    (diverged, "gan", "Diverged", "loss_generator became infinite or undefined"),
]


def make_broken(workspace: Workspace, run_id: str, family: str, breaks: Callable[[Health], None]) -> None:
    """A run whose newest log point holds what health itself says of these numbers and pictures."""
    health, end = Health(variety(REAL)), {"state": "stopped", "message": "Stopped."}
    try:
        breaks(health)
        found = [{"code": finding.code, "message": finding.message} for finding in health.findings()]
    except TrainingDivergedError as error:
        found, end = [{"code": "diverged", "message": str(error)}], {"state": "failed", "message": str(error)}
    made.make_run(workspace, run_id, preset=f"quick-{family}", family=family, kept=range(6), health=found, end=end)


def test_broken_trainings_are_told_in_words_with_evidence_and_advice(app: App, page: Page) -> None:
    workspace = Workspace(app.home).create()
    ids = [f"20261121-09000{number}-quick-{family}-aaaa" for number, (_, family, _, _) in enumerate(BROKEN)]
    for run_id, (breaks, family, _, _) in zip(ids, BROKEN, strict=True):
        make_broken(workspace, run_id, family, breaks)
    made.make_run(workspace, "20261121-091000-quick-gan-bbbb", kept=range(6), end={"state": "done"})

    page.goto(app.url)
    expect(page.get_by_role("heading").first).to_be_visible()
    for run_id, (_, _, title, words) in zip(ids, BROKEN, strict=True):
        page.goto(f"{app.url}/train?run={run_id}")
        verdict = page.locator(".st-key-run-health").get_by_role("alert")
        expect(verdict).to_have_count(1, timeout=20_000)
        expect(verdict).to_contain_text(f"{title}.")
        expect(verdict).to_contain_text(words)
        expect(page.get_by_text("Healthy so far")).to_have_count(0)

    page.goto(f"{app.url}/train?run=20261121-091000-quick-gan-bbbb")
    expect(page.get_by_text("Healthy so far.")).to_be_visible(timeout=20_000)
    page.get_by_text("What was looked at").click()
    expect(page.get_by_text("5 sample grids compared with real pictures")).to_be_visible()


@pytest.fixture
def lab(app: App) -> Workspace:
    workspace = Workspace(app.home).create()
    folder = workspace.dataset("stripes")
    write_pack(folder, stripes(36, 32), test=4)
    manifest = read_json(folder / "manifest.json")
    write_json(folder / "manifest.json", {**manifest, "recipe": {"resolution": 32}, "counts": {}})
    return workspace


def set_number(page: Page, label: str, value: str) -> None:
    field = page.get_by_label(label, exact=True)
    field.fill(value)
    field.press("Enter")
    expect(field).to_have_value(value)


def run_in_sight(page: Page) -> str:
    expect(page).to_have_url(re.compile(r"\?run="), timeout=LONG)
    return page.url.split("run=")[1]


def test_a_training_runs_from_the_form_to_a_branch_of_one_of_its_epochs(app: App, page: Page, lab: Workspace) -> None:
    page.goto(f"{app.url}/train?dataset=stripes")
    expect(page.get_by_text("Parameters", exact=True).first).to_be_visible(timeout=LONG)
    set_number(page, "Epochs", "3")
    set_number(page, "Batch size", "8")
    page.get_by_text("Saving and keeping", exact=True).click()
    set_number(page, "Save every (epochs)", "1")
    set_number(page, "Keep states every", "1")
    set_number(page, "Grid size", "4")
    page.get_by_text("Network", exact=True).click()
    set_number(page, "Width", "8")
    set_number(page, "Max width", "32")
    expect(page.get_by_text(re.compile(r"^Network · 2 changed"))).to_be_visible()
    page.get_by_role("button", name="Start training").click()
    first = run_in_sight(page)
    expect(page.get_by_text("Trained for 3 epochs, 96 images")).to_be_visible(timeout=LONG)

    # back to epoch 2, and on from there with another learning rate
    expect(page.get_by_role("img", name="Epoch 3")).to_be_visible()
    page.mouse.move(5, 5)
    page.keyboard.press("ArrowLeft")
    page.get_by_role("button", name="Branch from epoch 2").click()
    expect(page.get_by_text("64 of them before the branch, 32 new")).to_be_visible(timeout=LONG)
    expect(page.get_by_label("Batch size", exact=True)).to_have_value("8")
    page.get_by_text("Network", exact=True).click()
    expect(page.get_by_label("Width", exact=True)).to_be_disabled()
    set_number(page, "Epochs", "4")
    set_number(page, "Learning rate", "0.0005")
    page.get_by_role("button", name="Start training").click()
    second = run_in_sight(page)
    expect(page.get_by_text("Trained for 4 epochs, 128 images")).to_be_visible(timeout=LONG)
    assert first != second

    branch = RunFolder(lab.run(second))
    start = branch.settings["start"]
    assert (start["run"], start["epoch"], start["kind"]) == (first, 2, "branch")
    assert branch.settings["training"]["learning_rate"] == 0.0005
    assert branch.weight_epochs() == [3, 4]  # the others are those of the first run
    before = {row["epoch"]: row for row in JsonLines(RunFolder(lab.run(first)).scores_file).rows()}
    shared = [row for row in branch.scores() if row["epoch"] <= 2]
    assert shared == [before[row["epoch"]] for row in shared]
    assert shared

"""A search of six tiny trials in a real browser, from its form to the best trial and a vote."""

import re

from playwright.sync_api import Page, expect

from core.sweeps.sweep import list_sweeps
from core.sweeps.votes import VoteFile
from core.workspace import Workspace
from tests.browser.conftest import App
from tests.pages.test_train import make_dataset, note_needs

LONG = 240_000  # milliseconds: six trainings, each a process that loads torch
FORM = "sweep-quick-gan-32-rates"


def test_six_trials_are_searched_and_the_best_is_shown(app: App, page: Page) -> None:
    workspace = Workspace(app.home).create()
    make_dataset(workspace)
    note_needs(workspace, "quick-gan", "stripes")
    page.goto(f"{app.url}/sweeps")
    expect(page.get_by_role("heading", name="Sweeps")).to_be_visible()

    # the space, checked as one types
    values = page.get_by_label("Batch size: values, with commas between")
    values.fill("8, nine")
    values.press("Enter")
    expect(page.get_by_text("'nine' is no number")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("Start"))).to_have_count(0)
    values.fill("4, 8")
    values.press("Enter")
    page.locator(f".st-key-{FORM}-learning_rate-way").get_by_text("Values").click()
    page.get_by_role("radiogroup", name="Method").get_by_text("Grid").click()
    expect(page.get_by_text("6 combinations in all")).to_be_visible()
    images = page.get_by_role("spinbutton", name="Images of each trial")
    images.fill("40")
    images.press("Enter")
    expect(page.get_by_test_id("stMetric").filter(has_text="All trials")).to_be_visible()

    page.get_by_role("button", name="Start 6 trials").click()
    expect(page).to_have_url(re.compile("sweep="))
    expect(page.get_by_test_id("stMetric").filter(has_text="Trials ended")).to_contain_text("6 of 6", timeout=LONG)
    expect(page.get_by_role("heading", name="The best so far: trial")).to_be_visible()
    expect(page.get_by_role("link", name="Compare the best 4")).to_be_visible()
    expect(page.get_by_role("heading", name="What decides")).to_be_visible()
    expect(page.get_by_test_id("stVegaLiteChart").last).to_be_visible()

    (sweep,) = list_sweeps(workspace)
    assert [str(trial.state) for trial in sweep.trials] == ["done"] * 6

    # a vote, without knowing which trials they are
    page.get_by_text("Ask your own eye").click()
    page.get_by_role("button", name="Left is better").click()
    expect(page.get_by_text("1 vote so far")).to_be_visible()
    assert len(VoteFile(sweep.job.path).votes()) == 1

    # the best trial is an ordinary run
    page.get_by_role("link", name="Open the run").click()
    expect(page.get_by_role("heading", name="Train", exact=True)).to_be_visible()
    best = sweep.best
    assert best is not None
    expect(page).to_have_url(re.compile(best.run_id))

"""Runs that begin with what another run was."""

import pytest
import torch

from core.errors import ConfigError, NotFoundError
from core.training.resume import ResumeError
from core.training.run_folder import RunFolder
from core.training.runs import create_run
from core.training.starting import Start, branchable_epochs
from core.training.weights import load_network
from tests.core.training.hosts import go_on, train


def begin(workspace, start, settings, *, preset="quick-gan", epochs=3):
    return begin_and_listen(workspace, start, settings, preset=preset, epochs=epochs)[0]


def begin_and_listen(workspace, start, settings, *, preset="quick-gan", epochs=3):
    run = RunFolder(workspace.run(create_run(workspace, preset, "stripes", epochs, settings, start=start)))
    host = go_on(workspace, run)
    return run, "\n".join(host.logged)


def weights(run, epoch):
    return load_network(run.weights(epoch), torch.device("cpu"))[0].state_dict()


def test_a_branch_with_the_same_settings_ends_where_the_run_ended(workspace, small):
    every = small | {"keep_states_every": 1}
    first = train(workspace, every, epochs=3)
    branch = begin(workspace, Start(first.id, 1, "branch"), every)
    assert branch.weight_epochs() == [2, 3]
    ours, theirs = weights(branch, 3), weights(first, 3)
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)


def test_a_branch_with_other_settings_goes_another_way_from_the_same_place(workspace, small):
    every = small | {"keep_states_every": 1}
    first = train(workspace, every, epochs=3)
    branch = begin(workspace, Start(first.id, 2, "branch"), every | {"learning_rate_final": 5e-3})
    ours, theirs = weights(branch, 3), weights(first, 3)
    assert any(not torch.equal(ours[name], theirs[name]) for name in theirs)


def test_a_branch_shows_the_log_of_the_run_up_to_its_epoch(workspace, small):
    first = train(workspace, small | {"keep_states_every": 1}, epochs=3)
    branch = begin(workspace, Start(first.id, 2, "branch"), small)
    rows = [row["images_seen"] for row in branch.metrics()[0]]
    assert rows == sorted(set(rows))
    assert rows[0] == first.metrics()[0][0]["images_seen"]


def test_a_branch_outlives_the_run_it_came_from(workspace, small):
    first = train(workspace, small, epochs=2)
    run = RunFolder(
        workspace.run(create_run(workspace, "quick-gan", "stripes", 3, small, start=Start(first.id, None, "branch")))
    )
    for path in sorted(first.path.rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    go_on(workspace, run)
    assert run.latest() == 3


def test_a_branch_with_another_optimiser_keeps_the_networks(workspace, small):
    first = train(workspace, small, epochs=2)
    _, told = begin_and_listen(workspace, Start(first.id, 2, "branch"), small | {"optimiser": "adadelta"})
    assert "optimisers begin anew" in told


def test_a_branch_into_another_network_is_refused_before_anything_is_made(workspace, small):
    first = train(workspace, small, epochs=1)
    before = sorted(workspace.checkpoints.iterdir())
    with pytest.raises(ConfigError, match="kind=transfer"):
        create_run(workspace, "quick-gan", "stripes", 3, small | {"width": 8}, start=Start(first.id, 1, "branch"))
    assert sorted(workspace.checkpoints.iterdir()) == before


def test_an_epoch_that_was_not_kept_is_refused_with_those_that_were(workspace, small):
    first = train(workspace, small | {"keep_states_every": 2}, epochs=5)
    assert set(branchable_epochs(first)) >= {2, 4, 5}
    with pytest.raises(NotFoundError, match="2, 4, 5"):
        create_run(workspace, "quick-gan", "stripes", 6, small, start=Start(first.id, 3, "branch"))


def test_a_transfer_takes_what_fits_and_begins_at_nothing_seen(workspace, small):
    first = train(workspace, small, epochs=2)
    start = Start(first.id, None, "transfer")
    wider, told = begin_and_listen(workspace, start, small | {"max_width": 16}, epochs=1)
    assert wider.metrics()[0][0]["images_seen"] == 16
    assert "tensors of the discriminator" in told


def test_a_transfer_from_equal_networks_takes_everything(workspace, small):
    first = train(workspace, small, epochs=2)
    _, told = begin_and_listen(workspace, Start(first.id, 2, "transfer"), small)
    taken, of_all = told.split("Taken over: ")[1].split(" tensors")[0].split(" of ")
    assert taken == of_all


def test_a_damaged_start_is_told(workspace, small):
    first = train(workspace, small, epochs=1)
    run = RunFolder(
        workspace.run(create_run(workspace, "quick-gan", "stripes", 2, small, start=Start(first.id, 1, "branch")))
    )
    (run.path / "start.pt").unlink()
    (run.path / "start.pt").write_bytes(b"half")
    with pytest.raises(ResumeError, match="damaged"):
        go_on(workspace, run)


@pytest.mark.parametrize(("text", "expected"), [("my-run", ("my-run", None)), ("my-run:40", ("my-run", 40))])
def test_a_start_is_read_as_it_is_typed(text, expected):
    start = Start.read(text, "branch")
    assert (start.run, start.epoch) == expected


@pytest.mark.parametrize("text", ["", ":4", "run:", "run:x"])
def test_a_mistyped_start_is_refused(text):
    with pytest.raises(ConfigError, match="RUN:EPOCH"):
        Start.read(text, "branch")

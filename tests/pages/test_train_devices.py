"""The form for a run on a machine with several GPUs."""

import pytest

from core.jobs import devices
from core.training import estimate
from core.training.measured import recall, remember
from core.training.runs import plan_run
from core.workspace import Workspace
from tests.pages.test_train import make_dataset, open_page


@pytest.mark.parametrize("count", [1, 2])
def test_how_many_gpus_share_a_batch_is_asked_where_there_are_several(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    monkeypatch.setattr(devices, "visible_gpus", lambda: [str(number) for number in range(count)])
    make_dataset(workspace)
    path = workspace.data / "training-speed.json"
    key = estimate._key(plan_run(workspace, "quick-gan", "stripes", 1), "cuda:0")
    roomy = {"device_bytes": 10**11, "device_free_bytes": 10**11}
    remember(path, "needs", key, recall(path, "needs", key) | roomy)
    app = open_page(preset="quick-gan")
    asked = [widget for widget in app.number_input if widget.key == "new-run-devices"]
    if count == 1:
        assert not asked
        return
    assert (asked[0].min, asked[0].max, asked[0].value) == (1, 2, 1)
    asked[0].set_value(2).run()
    assert not app.exception
    assert not app.error
    shown = " ".join(element.value for element in [*app.markdown, *app.caption])
    assert "calculated for 2 devices" in shown

"""Where a picture went: datasets that hold it, and runs trained on them."""

from core.datasets.pack import INDEX, MANIFEST
from core.datasets.uses import uses_of
from core.files import write_json
from core.workspace import Workspace
from tests.core.catalog.ledgers import sha


def dataset(workspace: Workspace, name: str, pictures: list[int], created: str) -> None:
    folder = workspace.dataset(name)
    folder.mkdir(parents=True)
    manifest = {
        "id": name,
        "name": name.capitalize(),
        "content_hash": name,
        "created": created,
        "recipe": {},
        "counts": {},
    }
    write_json(folder / MANIFEST, manifest)
    write_json(folder / INDEX, [{"sha256": sha(picture), "copy": ""} for picture in pictures])


def test_datasets_and_runs_are_found_by_the_hash(workspace: Workspace) -> None:
    dataset(workspace, "old", [1, 2], "2026-01-01")
    dataset(workspace, "new", [2, 2, 3], "2026-02-01")
    for run, held in (("run-1", "new"), ("run-2", "new"), ("run-3", "old")):
        folder = workspace.run(run)
        folder.mkdir(parents=True)
        write_json(folder / "run.json", {"kind": "train", "title": run.upper(), "settings": {"dataset_id": held}})
    found = uses_of(workspace, sha(2))
    assert [(use.id, use.rows, [run.id for run in use.runs]) for use in found] == [
        ("new", 2, ["run-2", "run-1"]),
        ("old", 1, ["run-3"]),
    ]
    assert [use.names for use in uses_of(workspace, sha(1))] == [("Old",)]
    assert uses_of(workspace, sha(9)) == []

"""What came of a dataset."""

from core.datasets.build import build_dataset
from core.datasets.recipe import Recipe
from core.files import read_json, write_json
from core.studies.lineage import lineage
from tests.core.datasets.conftest import Lab


def make_run(lab: Lab, run_id: str, dataset_id: str, content_hash: str, created: float) -> None:
    settings = {"preset": "quick-gan", "dataset_id": dataset_id, "dataset_hash": content_hash, "epochs": 3}
    folder = lab.workspace.run(run_id)
    folder.mkdir(parents=True)
    write_json(
        folder / "run.json",
        {"format": 1, "kind": "train", "title": f"Run {run_id}", "settings": settings, "created": created},
    )


def make_study(lab: Lab, study_id: str, source: dict, provenance: dict) -> None:
    manifest = {
        "id": study_id,
        "title": study_id.title(),
        "created": f"2026-01-{len(study_id):02}",
        "conditions": [{"source": source}],
        "items": [{"provenance": provenance}],
    }
    write_json(lab.workspace.study(study_id) / "manifest.json", manifest)


def test_runs_by_id_and_by_contents_and_the_studies_of_either(tmp_path):
    from core.workspace import Workspace

    lab = Lab(Workspace(tmp_path).create())
    dataset = build_dataset(lab.workspace, lab.add_many(4), Recipe(resolution=32), name="Used").dataset
    make_run(lab, "direct", dataset.id, dataset.content_hash, 2.0)
    make_run(lab, "copied", "used-elsewhere", dataset.content_hash, 3.0)
    make_run(lab, "stranger", "another", "0" * 64, 4.0)
    make_study(lab, "generated", {"run_id": "direct", "epoch": 1}, {"run": "direct"})
    make_study(lab, "restyled", {"of": {"run_id": "copied"}}, {})
    make_study(lab, "by-preset", {"preset": "quick-gan", "dataset_id": "x"}, {"run": "copied"})
    make_study(lab, "real", {"dataset_id": dataset.id}, {"dataset": dataset.id})
    make_study(lab, "of-others", {"run_id": "stranger", "dataset_id": "another"}, {"run": "stranger"})
    write_json(lab.workspace.study("damaged") / "manifest.json", {"id": "damaged"})
    write_json(lab.workspace.run("torn") / "run.json", {"settings": 3})
    found = lineage(lab.workspace, dataset)
    assert [(run.id, run.by_hash, run.epochs) for run in found.runs] == [("copied", True, 3), ("direct", False, 3)]
    assert {study.id: (study.runs, study.shows_dataset) for study in found.studies} == {
        "generated": (("direct",), False),
        "restyled": (("copied",), False),
        "by-preset": (("copied",), False),
        "real": ((), True),
    }
    assert read_json(lab.workspace.study("real") / "manifest.json")["id"] in str(found.to_json())

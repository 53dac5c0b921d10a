"""A build that was stopped, killed or cut off goes on with the pictures it had."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from dataclasses import asdict
from pathlib import Path

import psutil
import pytest

from core.datasets import spool
from core.datasets.build import BuildStoppedError, build_dataset
from core.datasets.crew import open_crew
from core.datasets.listing import broken_datasets, list_datasets
from core.datasets.pack import open_pack
from core.datasets.recipe import Recipe
from core.datasets.taking import Take
from core.errors import ConfigError
from core.files import JsonLines
from tests.core.datasets.conftest import Lab

RECIPE = Recipe(resolution=32, copies=("flip-lr",), test_share=0.2)


def under_way(lab: Lab) -> list[Path]:
    return list(lab.workspace.datasets.glob(".building-*"))


def recorded(lab: Lab) -> int:
    """Pictures that the record of the one build under way tells of."""
    (folder,) = under_way(lab)
    return sum(len(row["slots"]) for row in JsonLines(folder / "done.jsonl").rows())


def built_again(lab: Lab, pictures, recipe: Recipe = RECIPE) -> tuple[int, bytes]:
    """Build to the end: how many pictures were there at its first report, and the pixels."""
    begun_with: list[int] = []
    dataset = build_dataset(
        lab.workspace, pictures, recipe, name="Again", on_progress=lambda done, *_, **__: begun_with.append(done)
    ).dataset
    assert not under_way(lab)
    return begun_with[0], open_pack(dataset.folder, verify=True).images.tobytes()


def stop_after(looks: int):
    left = iter(range(looks))
    return lambda: next(left, None) is None


def test_a_stopped_build_goes_on_where_it_was(lab, tmp_path):
    pictures = lab.add_many(70)
    with pytest.raises(BuildStoppedError, match=r"Stopped with 32 of 70 pictures done\. They are kept"):
        build_dataset(lab.workspace, pictures, RECIPE, name="Stopped", stop_requested=stop_after(1))
    assert list_datasets(lab.workspace) == []
    assert recorded(lab) == 32
    begun_with, pixels = built_again(lab, pictures)
    assert begun_with == 32
    other = type(lab)(type(lab.workspace)(tmp_path / "other").create())
    assert built_again(other, other.add_many(70)) == (0, pixels)


def test_other_copies_limits_or_a_new_split_go_on_with_the_same_pictures_another_size_does_not(lab):
    pictures = lab.add_many(40)
    with pytest.raises(BuildStoppedError):
        build_dataset(lab.workspace, pictures, RECIPE, name="Stopped", stop_requested=stop_after(1))
    assert built_again(lab, pictures, Recipe(resolution=32, min_deviation=9.0, seed=5))[0] == 32
    with pytest.raises(BuildStoppedError):
        build_dataset(lab.workspace, pictures, RECIPE, name="Stopped", stop_requested=stop_after(1))
    (folder,) = under_way(lab)
    build_dataset(lab.workspace, pictures, Recipe(resolution=48), name="Another size")
    assert under_way(lab) == [folder]


def test_a_build_stopped_while_writing_rows_decodes_nothing_again(lab):
    pictures = lab.add_many(20)
    with pytest.raises(BuildStoppedError, match="Stopped while writing the rows"):
        build_dataset(lab.workspace, pictures, RECIPE, name="Stopped", stop_requested=stop_after(2))
    assert list_datasets(lab.workspace) == []
    assert broken_datasets(lab.workspace) == []
    for picture in pictures:
        lab.workspace.image(picture.sha256, picture.suffix).unlink()
    assert len(built_again(lab, pictures)[1]) == (20 + 16) * 32 * 32 * 3


def test_a_torn_record_counts_as_far_as_it_goes(lab):
    pictures = lab.add_many(40)
    with pytest.raises(BuildStoppedError):
        build_dataset(lab.workspace, pictures, RECIPE, name="Stopped", stop_requested=stop_after(1))
    with (under_way(lab)[0] / "done.jsonl").open("ab") as record:
        record.write(b'{"slots": [35, 3')
    assert built_again(lab, pictures)[0] == 32


def test_a_refused_name_loses_no_picture(lab):
    pictures = lab.add_many(20)
    build_dataset(lab.workspace, pictures[:10], RECIPE, name="Taken")
    with pytest.raises(ConfigError, match="already a dataset called 'Taken'"):
        build_dataset(lab.workspace, pictures, RECIPE, name="Taken")
    assert built_again(lab, pictures)[0] == 10  # the new ones


def test_what_nobody_went_on_with_for_a_week_is_swept_up(lab):
    pictures = lab.add_many(40)
    with pytest.raises(BuildStoppedError):
        build_dataset(lab.workspace, pictures, RECIPE, name="Stopped", stop_requested=stop_after(1))
    (folder,) = under_way(lab)
    for path in (*folder.iterdir(), folder):
        os.utime(path, (0, 0))
    build_dataset(lab.workspace, pictures[:5], RECIPE, name="Another")
    assert not under_way(lab)


def test_a_killed_build_leaves_no_process_and_no_half_dataset_and_goes_on(lab, tmp_path):
    pictures = lab.add_many(100)
    JsonLines(tmp_path / "pictures.jsonl").append(*(asdict(picture) for picture in pictures))
    script = textwrap.dedent("""
        import sys, time
        from pathlib import Path
        from core.catalog.picture import PictureRef
        from core.datasets import spool
        from core.datasets.build import build_dataset
        from core.datasets.recipe import Recipe
        from core.files import JsonLines
        from core.workspace import Workspace
        root = Path(sys.argv[1])
        spool._SYNC_SECONDS = 0.0
        def on_progress(done, total, **_):
            if done >= 48:
                (root / "under-way").touch()
                time.sleep(60)
        pictures = [PictureRef(**row) for row in JsonLines(root / "pictures.jsonl").rows()]
        recipe = Recipe(resolution=32, copies=("flip-lr",), test_share=0.2)
        build_dataset(Workspace(root), pictures, recipe, name="Killed", on_progress=on_progress, processes=2)
    """)
    process = subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], cwd=Path(__file__).parents[3])
    try:
        deadline = time.monotonic() + 30
        while not (tmp_path / "under-way").exists():
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.02)
        crew = psutil.Process(process.pid).children()
    finally:
        os.kill(process.pid, getattr(signal, "SIGKILL", signal.SIGTERM))
        process.wait()
    assert len(crew) == 2
    assert not psutil.wait_procs(crew, timeout=20)[1]
    assert list_datasets(lab.workspace) == []
    assert recorded(lab) == 48
    assert built_again(lab, pictures)[0] == 48


def test_a_process_that_dies_is_replaced_and_its_pictures_taken_all_the_same(lab, tmp_path):
    pictures = lab.add_many(40)
    takes = [
        Take(number, str(lab.workspace.image(picture.sha256, "png")), measure=False, fit=True)
        for number, picture in enumerate(pictures)
    ]
    files = spool.Spool(tmp_path / "spool", sorted(picture.sha256 for picture in pictures), RECIPE).open()
    others = set(psutil.Process().children())  # of other tests
    with open_crew(len(takes), recipe=RECIPE, spool=files.pixels_path, processes=1) as crew:
        (member,) = set(psutil.Process().children()) - others
        member.kill()
        taken = [one for order in crew.take(takes) for one in order]
    assert [one.slot for one in taken if one.fitted] == list(range(40))
    assert not set(psutil.Process().children()) - others
    files.close()

"""The Collect page, through the app's own router, over small real pictures."""

import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import TextInput

from core.files import JsonLines
from core.jobs import control
from core.jobs.folder import JobFolder, State, list_jobs
from core.workspace import Workspace
from tests.core.pictures import encoded

_APP = Path(__file__).parents[2] / "streamlit_app.py"
_PAGE = "app_pages/gather/collect.py"


def picture(number: int) -> bytes:
    return encoded(Image.new("RGB", (40, 30), (number * 37 % 256, 90, 20)))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three pictures, a broken one, and a table that describes two of them."""
    path = tmp_path / "seas"
    path.mkdir()
    for number in range(3):
        (path / f"{number}.png").write_bytes(picture(number))
    (path / "broken.png").write_bytes(b"<html>not found</html>")
    (path / "labels.csv").write_text("file,artist,wall\n0.png,Ann,north\n1.png,Bo,south\n9.png,Cy,east\n")
    return path


def open_page(way: str = "files") -> AppTest:
    page = AppTest.from_file(str(_APP), default_timeout=30)
    page.query_params["from"] = way
    page.run().switch_page(_PAGE)
    page.query_params["from"] = way
    page.run()
    assert not page.exception
    return page


def look_at(page: AppTest, path: Path | str) -> AppTest:
    page.text_input(key="path-0").set_value(str(path)).run()
    assert not page.exception
    return page


def name_field(page: AppTest) -> TextInput:
    return next(field for field in page.text_input if field.label == "Collection")


def metrics(page: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in page.metric}


def text_of(page: AppTest) -> str:
    return "\n".join(str(element.value) for element in [*page.markdown, *page.caption, *page.info, *page.error])


def wait_for(job: JobFolder) -> JobFolder:
    control.wait(job, timeout_seconds=60)
    return job


def import_here(workspace: Workspace, **settings: object) -> JobFolder:
    job = control.create(workspace, "collect", settings, title=str(settings["collection"]))
    control.run_here(workspace, job)
    return job


def test_a_folder_is_looked_through_before_anything_is_imported(folder, workspace):
    page = look_at(open_page(), folder)
    assert metrics(page) == {"Pictures found": "4", "Other files, left aside": "1", "With labels": "2"}
    assert "artist → artist" in text_of(page).replace("\\", "")
    assert "wall" in text_of(page)
    assert name_field(page).value == "seas"
    assert list_jobs(workspace) == []
    assert not list(workspace.images.rglob("*.png"))


def test_an_import_runs_in_the_background_and_tells_what_became_of_each_file(folder, workspace):
    page = look_at(open_page(), folder)
    name_field(page).set_value("Northern seas").run()
    page.button(key="begin").click().run()
    assert not page.exception
    (job,) = list_jobs(workspace)
    assert job.settings == {
        "source": "files",
        "path": str(folder),
        "format": "auto",
        "labels": "labels.csv",
        "collection": "Northern seas",
    }
    assert wait_for(job).state() is State.DONE
    rows = JsonLines(job.path / "ledger.jsonl").rows()
    assert [row["artwork"]["artist"] for row in rows if row["state"] == "stored"] == ["Ann", "Bo", ""]

    page.run()
    assert {"Stored": "3", "Refused": "1"}.items() <= metrics(page).items()
    assert any("Not a picture".lower() in expander.label for expander in page.expander)
    page.session_state[f"not-arrived-{job.id}"] = True
    page.run()
    assert "broken.png" in page.dataframe[0].value.to_string()


def test_another_folder_suggests_another_name(folder, make_folder):
    page = look_at(open_page(), folder)
    assert name_field(look_at(page, make_folder("lakes"))).value == "lakes"


def test_no_labels_can_be_chosen(folder, workspace):
    page = look_at(open_page(), folder)
    page.selectbox[0].set_value("No labels").run()
    assert metrics(page)["With labels"] == "None"
    page.button(key="begin").click().run()
    (job,) = list_jobs(workspace)
    assert "labels" not in wait_for(job).settings


def test_a_table_from_elsewhere_can_be_named(folder, tmp_path):
    (tmp_path / "other.csv").write_text("image;title\n2.png;Calm\n")
    page = look_at(open_page(), folder)
    page.selectbox[0].set_value("Another file …").run()
    page.text_input(key="labels-path").set_value(str(tmp_path / "other.csv")).run()
    assert metrics(page)["With labels"] == "1"
    assert "title → title" in text_of(page).replace("\\", "")


@pytest.mark.parametrize(
    ("path", "words"),
    [("nowhere", "There is no"), ("empty", "Found no picture in"), ("text.txt", "Found no picture in text.txt")],
)
def test_a_path_that_cannot_be_used_says_why(tmp_path, path, words):
    (tmp_path / "empty").mkdir()
    (tmp_path / "text.txt").write_text("hello")
    page = look_at(open_page(), tmp_path / path)
    assert words in page.error[0].value.replace("\\", "")
    assert not [button for button in page.button if button.key == "begin"]


def test_a_table_that_cannot_be_used_says_why(folder):
    (folder / "labels.csv").write_text("artist,wall\nAnn,north\n")
    page = look_at(open_page(), folder)
    assert "none that names the picture file" in page.error[0].value


def test_an_existing_collection_is_added_to_and_the_page_says_so(folder, workspace):
    import_here(workspace, source="folder", path=str(folder), collection="seas")
    page = look_at(open_page(), folder)
    assert "The collection seas exists and holds 3 pictures" in page.info[0].value
    name_field(page).set_value("lakes").run()
    assert not page.info


def test_a_collection_needs_a_name(folder, workspace):
    page = look_at(open_page(), folder)
    name_field(page).set_value("  ").run()
    page.button(key="begin").click().run()
    assert "needs a name" in page.error[0].value
    assert list_jobs(workspace) == []


def test_uploads_are_staged_shown_and_imported(workspace):
    page = open_page("upload")
    page.file_uploader(key="files-0").upload("one.png", picture(1)).run()
    page.file_uploader(key="files-0").upload("two.png", picture(2)).run()
    assert metrics(page)["Pictures found"] in ("1", "2")
    name_field(page).set_value("mine").run()
    page.button(key="begin").click().run()
    assert not page.exception
    (job,) = list_jobs(workspace)
    assert wait_for(job).state() is State.DONE
    assert not list((workspace.jobs / ".staging").iterdir())
    assert JsonLines(job.path / "ledger.jsonl").rows()[0]["source"] == "uploads"


def test_an_upload_of_something_else_says_so():
    page = open_page("upload")
    page.file_uploader(key="files-0").upload("notes.txt", b"hello").run()
    assert "Found no picture among the uploaded files" in page.error[0].value.replace("\\", "")


def test_a_broken_archive_among_uploads_says_so():
    page = open_page("upload")
    page.file_uploader(key="files-0").upload("pictures.zip", b"PK, by name only").run()
    assert "pictures.zip is not a zip or tar archive" in page.error[0].value.replace("\\", "")


def test_earlier_imports_are_listed(folder, workspace):
    import_here(workspace, source="folder", path=str(folder), collection="seas")
    page = open_page()
    listed = page.dataframe[0].value
    assert list(listed["Collection"]) == ["seas"]
    assert list(listed["Outcome"]) == ["3 pictures stored, 1 refused."]


def test_an_empty_lab_shows_the_ways_in_and_nothing_else():
    page = open_page()
    assert not page.dataframe
    assert not page.error
    assert page.title[0].value == "Collect"


@pytest.fixture
def make_folder(tmp_path: Path) -> Callable[[str], Path]:
    def make(name: str) -> Path:
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.png").write_bytes(picture(1))
        return tmp_path / name

    return make


def test_names_with_markup_are_shown_as_they_are(make_folder):
    page = look_at(open_page(), make_folder("[x](https:example) <b>"))
    assert not page.error
    assert name_field(page).value.startswith("[x](https")


def test_the_sample_collection_is_shown_named_synthetic_and_imported(workspace):
    page = open_page("sample")
    assert page.button(key="begin").label == "Import 400 pictures"
    assert "synthetic" in text_of(page)
    assert "CC0" in text_of(page)
    page.number_input(key="count").set_value(10).run()
    page.button(key="begin").click().run()
    (job,) = list_jobs(workspace)
    assert job.settings == {"source": "sample", "count": 10, "seed": 0, "collection": "sample"}
    assert wait_for(job).state() is State.DONE
    assert len(list(workspace.images.rglob("*.jpg"))) == 10


@pytest.fixture
def classes(tmp_path: Path) -> Path:
    """Two classes in two splits."""
    root = tmp_path / "styles"
    for place, name in enumerate(("train/baroque", "train/ukiyo_e", "test/baroque", "test/ukiyo_e")):
        (root / name).mkdir(parents=True)
        for number in range(2):
            (root / name / f"{number}.png").write_bytes(picture(10 * place + number))
    return root


def badges(page: AppTest) -> str:
    return "\n".join(element.value for element in page.markdown).replace("\\", "")


def test_a_dataset_is_recognised_and_comes_with_its_classes(classes, workspace):
    page = look_at(open_page(), classes)
    assert all(words in badges(page) for words in ("Class folders", "baroque: 4", "train: 4", "test: 4"))
    assert metrics(page)["Pictures found"] == "8"
    page.button(key="begin").click().run()
    (job,) = list_jobs(workspace)
    assert wait_for(job).state() is State.DONE
    rows = JsonLines(job.path / "ledger.jsonl").rows()
    described = " ".join(str(row["artwork"]) for row in rows)
    assert described.count("baroque") >= 4


def test_a_dataset_can_be_read_as_what_else_it_may_be(classes, workspace):
    page = look_at(open_page(), classes)
    choice = page.selectbox(key=f"format-{classes}")
    assert choice.value == "classes"
    choice.set_value("folder").run()
    assert "baroque: 4" not in badges(page)
    page.button(key="begin").click().run()
    (job,) = list_jobs(workspace)
    assert wait_for(job).settings["format"] == "folder"


def test_a_tar_archive_is_looked_into(classes, tmp_path):
    with tarfile.open(tmp_path / "styles.tar", "w") as archive:
        archive.add(classes, arcname="styles")
    page = look_at(open_page(), tmp_path / "styles.tar")
    assert metrics(page)["Pictures found"] == "8"
    assert name_field(page).value == "styles"


def test_a_dataset_that_is_uploaded_is_recognised(classes, tmp_path):
    shutil.make_archive(str(tmp_path / "sent"), "zip", classes)
    page = open_page("upload")
    page.file_uploader(key="files-0").upload("sent.zip", (tmp_path / "sent.zip").read_bytes()).run()
    assert metrics(page)["Pictures found"] == "8"
    assert "Recognised" in badges(page)


def test_a_link_to_the_former_way_of_folders_still_leads_to_files():
    assert open_page("folder").text_input(key="path-0").label == "Folder, archive or file"

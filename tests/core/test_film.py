"""Films, opened again: how many frames, how large, how long, which colours."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from core.film import FilmError, write_film
from core.images import ImageError


def pictures(count: int, width: int = 64, height: int = 48) -> Iterator[Image.Image]:
    """Soft colours that change from one to the next."""
    across, down = np.linspace(0, 1, width)[None], np.linspace(0, 1, height)[:, None]
    for index in range(count):
        turn = index / max(count, 1)
        parts = [across * 200 + down * 50, down * 250 + across * 0, (1 - across) * 250 * turn + down * 0]
        yield Image.fromarray(np.stack(parts, axis=2).astype(np.uint8))


def read_mp4(path: Path) -> tuple[list[np.ndarray], float, float]:
    """Frames, frames a second, seconds."""
    with av.open(str(path)) as film:
        stream = film.streams.video[0]
        assert stream.codec_context.name == "h264"
        assert stream.codec_context.pix_fmt == "yuv420p"
        seconds = float(film.duration or 0) / 1e6
        rate = float(stream.average_rate or 0)
        return [frame.to_ndarray(format="rgb24") for frame in film.decode(video=0)], rate, seconds


def read_gif(path: Path) -> tuple[list[np.ndarray], float]:
    """Frames, seconds."""
    found, seconds = [], 0.0
    with Image.open(path) as film:
        for index in range(getattr(film, "n_frames", 1)):
            film.seek(index)
            seconds += film.info["duration"] / 1000
            found.append(np.asarray(film.convert("RGB")))
    return found, seconds


def difference(one: np.ndarray, other: Image.Image | np.ndarray) -> float:
    return float(np.abs(one.astype(int) - np.asarray(other).astype(int)).mean())


def test_an_mp4_has_the_frames_it_was_given_and_holds_the_last(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    film = write_film(path, pictures(10), frames_per_second=10, hold_last_seconds=0.5)
    found, rate, seconds = read_mp4(path)
    assert (film.frames, film.width, film.height, film.seconds) == (15, 64, 48, 1.5)
    assert (len(found), rate, found[0].shape) == (15, 10, (48, 64, 3))
    assert seconds == pytest.approx(1.5, abs=0.01)
    for frame, given in zip(found, pictures(10), strict=False):
        assert difference(frame, given) < 4
    assert difference(found[-1], found[9]) < 1


def test_an_mp4_of_odd_pictures_gets_even_sides_without_resampling(tmp_path: Path) -> None:
    given = list(pictures(3, 33, 21))
    write_film(tmp_path / "film.mp4", given, hold_last_seconds=0)
    found, _, _ = read_mp4(tmp_path / "film.mp4")
    assert found[0].shape == (22, 34, 3)
    assert difference(found[2][:21, :33], given[2]) < 5


def test_a_gif_has_the_frames_the_colours_and_the_seconds(tmp_path: Path) -> None:
    path = tmp_path / "film.gif"
    film = write_film(path, pictures(10), frames_per_second=12, hold_last_seconds=1)
    found, seconds = read_gif(path)
    assert (film.frames, len(found), found[0].shape) == (10, 10, (48, 64, 3))
    assert seconds == film.seconds == pytest.approx(10 / 12 + 1, abs=0.02)  # although no frame has a whole tick
    for frame, given in zip(found, pictures(10), strict=True):
        assert difference(frame, given) < 6


def test_a_gif_of_few_colours_has_exactly_those(tmp_path: Path) -> None:
    colours = np.random.default_rng(0).integers(0, 256, (40, 3), dtype=np.uint8)
    given = [np.roll(colours, step, axis=0).reshape(5, 8, 3).repeat(6, axis=0).repeat(6, axis=1) for step in range(3)]
    write_film(tmp_path / "film.gif", [Image.fromarray(frame) for frame in given])
    found, _ = read_gif(tmp_path / "film.gif")
    assert all(np.array_equal(*pair) for pair in zip(found, given, strict=True))


@pytest.mark.parametrize("name", ["film.mp4", "film.gif"])
def test_frames_of_any_size_are_laid_into_that_of_the_first(tmp_path: Path, name: str) -> None:
    """A neural transfer grows from scale to scale; a frame of other proportions gets bars beside it."""
    small, tall = Image.new("RGB", (16, 12), "white"), Image.new("RGB", (12, 48), "white")
    film = write_film(tmp_path / name, [Image.new("RGB", (64, 48), "white"), small, tall], hold_last_seconds=0)
    frames = read_mp4(tmp_path / name)[0] if name.endswith("mp4") else read_gif(tmp_path / name)[0]
    assert (film.width, film.height, len(frames)) == (64, 48, 3)
    assert frames[1].min() > 245
    assert frames[2][:, 30:34].min() > 240
    assert max(frames[2][:, :20].max(), frames[2][:, 44:].max()) < 15


def test_a_film_is_made_smaller_but_never_larger(tmp_path: Path) -> None:
    assert write_film(tmp_path / "a.gif", pictures(1, 640, 320))[1:3] == (480, 240)
    assert write_film(tmp_path / "b.mp4", pictures(1), longest_side=32)[1:3] == (32, 24)
    assert write_film(tmp_path / "c.mp4", pictures(1), longest_side=1000)[1:3] == (64, 48)
    assert write_film(tmp_path / "d.mp4", pictures(1), size=(100, 50))[1:3] == (100, 50)


def test_frames_are_asked_for_one_by_one_and_may_be_files(tmp_path: Path) -> None:
    """The memory of a long film is that of a few frames: none is asked for before the one ahead of it is written."""
    ahead: list[int] = []
    written = 0

    def asked() -> Iterator[Path]:
        for index, picture in enumerate(pictures(30)):
            ahead.append(index - written)
            path = tmp_path / "one.png"
            picture.save(path)
            yield path

    def count(number: int) -> None:
        nonlocal written
        written = number

    write_film(tmp_path / "film.mp4", asked(), progress=count, hold_last_seconds=0)
    assert len(read_mp4(tmp_path / "film.mp4")[0]) == 30
    assert max(ahead) <= 1


def test_a_film_that_is_stopped_ends_with_the_frame_before(tmp_path: Path) -> None:
    written: list[int] = []
    film = write_film(
        tmp_path / "film.gif", pictures(9), progress=written.append, stop_requested=lambda: len(written) >= 4
    )
    assert film.frames == len(read_gif(tmp_path / "film.gif")[0]) == 4


def test_a_film_that_cannot_be_made_leaves_the_one_before_as_it_was(tmp_path: Path) -> None:
    path, torn = tmp_path / "film.mp4", tmp_path / "torn.webp"
    path.write_bytes(b"the one before")
    torn.write_bytes(b"RIFF no picture")
    with pytest.raises(ImageError, match=r"The frame torn\.webp"):
        write_film(path, [*pictures(2), torn])
    assert path.read_bytes() == b"the one before"
    assert sorted(found.name for found in tmp_path.iterdir()) == ["film.mp4", "torn.webp"]


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("film.avi", {}, r"\.mp4 or \.gif; got 'film\.avi'"),
        ("film.gif", {"frames_per_second": 60}, "at most 50"),
        ("film.mp4", {"frames_per_second": 0}, "more than 0"),
        ("film.mp4", {"longest_side": 5000}, "16 to 4096"),
        ("film.mp4", {"hold_last_seconds": -1}, "0 to 600"),
    ],
)
def test_what_no_player_would_show_is_refused(tmp_path: Path, name: str, options: dict[str, Any], words: str) -> None:
    with pytest.raises(FilmError, match=words):
        write_film(tmp_path / name, pictures(2), **options)


def test_no_frames_are_no_film(tmp_path: Path) -> None:
    with pytest.raises(FilmError, match="no frames"):
        write_film(tmp_path / "film.gif", [])
    assert not list(tmp_path.iterdir())


def test_without_the_library_an_mp4_is_refused_with_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(FilmError, match=r"pip install av.*\.gif"):
        write_film(tmp_path / "film.mp4", pictures(2))


def test_the_same_picture_again_stays_longer_in_a_gif_and_is_there_once(tmp_path: Path) -> None:
    first, second = pictures(2)
    path = tmp_path / "film.gif"
    film = write_film(path, [first] * 7 + [second] * 3, frames_per_second=10, hold_last_seconds=0)
    found, seconds = read_gif(path)
    assert (film.frames, len(found)) == (2, 2)
    assert (film.seconds, seconds) == (pytest.approx(1.0), pytest.approx(1.0))
    with Image.open(path) as opened:
        assert opened.info["duration"] == 700


def test_the_same_picture_again_is_a_frame_of_its_own_in_an_mp4(tmp_path: Path) -> None:
    first, second = pictures(2)
    path = tmp_path / "film.mp4"
    write_film(path, [first] * 3 + [second] * 2, frames_per_second=10, hold_last_seconds=0)
    found, _, _ = read_mp4(path)
    assert len(found) == 5
    assert difference(found[2], first) < 4
    assert difference(found[3], second) < 4

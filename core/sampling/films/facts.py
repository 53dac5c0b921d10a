"""What a film says of a run in words: its settings, and its scores at an epoch."""

from collections.abc import Sequence
from typing import Any

from core.sampling.films.series import EVALUATED, curve_keys, curve_title, read_series
from core.sampling.films.ticks import short
from core.training.run_folder import RunFolder

# setting -> how it is written; those that a run has not are left out
_SETTINGS = {
    "dataset": "{}",
    "architecture": "{}",
    "pixels": "{} pixels",
    "latent_dim": "latent of {}",
    "condition": "conditioned on {}",
    "batch_size": "batch {}",
    "optimiser": "{}",
    "learning_rate": "learning rate {}",
    "loss": "loss {}",
    "kl_weight": "KL weight {}",
    "penalty": "penalty {}",
    "augment": "augmentation {}",
    "seed": "seed {}",
}


def settings_words(run: RunFolder, *, leave_out: Sequence[str] = ()) -> list[str]:
    """The settings that decide most, each as a few words."""
    return [
        form.format(values[name])
        for values in [_values(run)]
        for name, form in _SETTINGS.items()
        if name not in leave_out and values.get(name) not in (None, "", "none")
    ]


def differing_words(runs: Sequence[RunFolder]) -> list[list[str]]:
    """For each run those of its settings in which the runs differ."""
    tables = [_values(run) for run in runs]
    same = [name for name in _SETTINGS if len({str(table.get(name)) for table in tables}) == 1]
    return [settings_words(run, leave_out=same) for run in runs]


class Scores:
    """How far the pictures of an epoch are from real ones, and what an evaluation found, read once."""

    def __init__(self, run: RunFolder) -> None:
        keys = [key for key in curve_keys(run) if key == "swd" or key.startswith(EVALUATED)]
        self._run, self._series = run, [read_series(run, key) for key in keys]

    def words(self, epoch: int) -> list[str]:
        """ "20,576 images", "sliced Wasserstein distance 69.0 (real pictures 64.8)"; of that very epoch."""
        found = [f"{epoch * self._run.epoch_images:,} images"]
        for title, value, floor in self._measured(epoch):
            title = title if title.isupper() else title[:1].lower() + title[1:]
            found.append(f"{title} {value}{f' (real pictures {floor})' if floor else ''}")
        return found

    def brief(self, epoch: int) -> list[str]:
        """ "SWD 69.0 (real 64.8)"."""
        return [
            f"{''.join(word[0] for word in title.split()).upper() if ' ' in title else title} {value}"
            f"{f' (real {floor})' if floor else ''}"
            for title, value, floor in self._measured(epoch)
        ]

    def _measured(self, epoch: int) -> list[tuple[str, str, str]]:
        return [
            (curve_title(one.key), short(one.at(epoch)), "" if one.floor is None else short(one.floor))
            for one in self._series
            if epoch in one.x
        ]


def _values(run: RunFolder) -> dict[str, Any]:
    settings = run.settings
    height, width = run.shape
    count = settings.get("train_count")
    name = str(settings.get("dataset_name") or settings.get("dataset_id") or "")
    return {
        **{key: _plain(value) for key, value in settings.get("network", {}).items()},
        **{key: _plain(value) for key, value in settings.get("training", {}).items()},
        "dataset": f"{name} ({count:,} pictures)" if name and count else name,
        "architecture": settings.get("architecture"),
        "pixels": f"{width} × {height}",
    }


def _plain(value: Any) -> Any:
    return f"{value:g}" if isinstance(value, float) else value

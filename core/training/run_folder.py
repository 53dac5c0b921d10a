"""RunFolder: what a training has left in its folder so far, for pages and scripts. Loads no torch and caches nothing.

run.json                               what was asked: preset, settings, dataset and its hash, epochs
metrics.jsonl                          one object per log point
samples/epoch-0040.png                 grid of samples, the same latents in the same cells at every epoch
samples/raw-0040.png                   the same grid by the weights of that moment, before averaging
samples/reconstructions-0040.png       VAE: pictures, and below each what comes back
samples/preview.png                    the newest grid, renewed before the first epoch is over
samples/latents.safetensors            the latents of the grid
weights/epoch-0040.safetensors         averaged weights, and in the metadata what rebuilds the network
states/epoch-0040.pt                   everything to branch from that epoch
scores.jsonl                           how close each epoch's samples come to real pictures (core.training.score_sheet)
resume.pt, resume-previous.pt          everything to go on exactly
"""

import json
import re
from pathlib import Path
from typing import Any

from core.errors import AtelierError, NotFoundError
from core.files import JsonLines, read_json
from core.metrics.registry import METRICS, best_row, comparable
from core.training.score_sheet import ScoreSheet, is_evaluation

START_STATE, START_WEIGHTS = "start.pt", "start.safetensors"  # what a branch or a transfer begins with
_TAIL_BYTES = 16_384  # of the log: many times the longest line
_EPOCH_FILE = re.compile(r"epoch-(\d{4,})\.(?:png|safetensors|pt)")


class RunFolder:
    def __init__(self, path: Path) -> None:
        self.path = Path(path)
        self.id = self.path.name
        self.samples = self.path / "samples"
        self.metrics_file = self.path / "metrics.jsonl"
        self.scores_file = self.path / "scores.jsonl"

    @property
    def request(self) -> dict[str, Any]:
        """run.json as it stands. Raises NotFoundError if this is no run."""
        request = read_json(self.path / "run.json")
        if request is None:
            raise NotFoundError("run", self.id)
        if not isinstance(request, dict) or not isinstance(request.get("settings"), dict):
            raise AtelierError(f"The run {self.id} cannot be read: its run.json holds no settings.")
        return request

    @property
    def settings(self) -> dict[str, Any]:
        """Everything that was chosen: preset, family, architecture, network, training, dataset, epochs."""
        return self.request["settings"]

    @property
    def preset(self) -> str:
        return str(self.settings["preset"])

    @property
    def family(self) -> str:
        """ "gan" or "vae"."""
        return str(self.settings["family"])

    @property
    def dataset_id(self) -> str:
        return str(self.settings["dataset_id"])

    @property
    def resolution(self) -> int:
        """Pixels of the longer side."""
        return int(self.settings["network"]["resolution"])

    @property
    def shape(self) -> tuple[int, int]:
        """(height, width) of its pictures in pixels."""
        network = self.settings["network"]
        return int(network.get("height") or self.resolution), int(network.get("breadth") or self.resolution)

    @property
    def planned_epochs(self) -> int:
        return int(self.settings["epochs"])

    @property
    def epoch_images(self) -> int:
        """Images in one epoch: one pass over the training pictures and their copies."""
        return int(self.settings["train_count"])

    @property
    def total_images(self) -> int:
        return int(self.settings.get("images") or self.planned_epochs * self.epoch_images)

    def epochs_over(self, images_seen: int) -> int:
        """Whole epochs; a training measured in images is over within its last one, which counts then."""
        if images_seen >= self.total_images:
            return self.planned_epochs
        return images_seen // max(1, self.epoch_images)

    def metrics(self, offset: int = 0) -> tuple[list[dict[str, Any]], int]:
        """Log points from byte `offset` on, and the offset to go on from."""
        return JsonLines(self.metrics_file).read(offset)

    def images_seen(self) -> int:
        """As of the newest log point; of an imported network, as its file said."""
        newest = self._newest_row() or self.settings.get("imported", {})
        return int(newest.get("images_seen", 0))

    def health(self) -> list[str]:
        """What the newest log point found wrong, in words; empty when nothing is."""
        newest = self._newest_row() or {}
        return [str(finding["message"]) for finding in newest.get("health", [])]

    def _newest_row(self) -> dict[str, Any] | None:
        """The last whole line of the log, without reading those before it: lists of runs ask this of every run."""
        try:
            size = self.metrics_file.stat().st_size
        except FileNotFoundError:
            return None
        rows: list[dict[str, Any]] = []
        if size > _TAIL_BYTES:
            with self.metrics_file.open("rb") as log:
                log.seek(size - _TAIL_BYTES)
                lines = log.read().split(b"\n")[1:-1]  # the first is cut off in front, the last has no end yet
                rows = [json.loads(lines[-1])] if lines else []
        rows = rows or self.metrics()[0]
        return rows[-1] if rows else None

    def epochs(self) -> list[int]:
        """Epochs with a sample grid, ascending; 0 is before training."""
        return _epochs(self.samples, "png")

    def weight_epochs(self) -> list[int]:
        """Epochs whose weights were kept, ascending: what can be sampled from."""
        return _epochs(self.path / "weights", "safetensors")

    def state_epochs(self) -> list[int]:
        """Epochs of which everything was kept, ascending: what can be branched from."""
        return _epochs(self.path / "states", "pt")

    def state_path(self, epoch: int) -> Path:
        """Where the whole state of an epoch is, or would be."""
        return self.path / "states" / f"epoch-{epoch:04d}.pt"

    def scores(self) -> list[dict[str, Any]]:
        """What the training itself measured: one row per saved epoch, ascending; of one measured again, the newest."""
        rows = ScoreSheet(self.scores_file).rows()
        return [row for _, row in sorted({row["epoch"]: row for row in rows if not is_evaluation(row)}.items())]

    def evaluations(self) -> list[dict[str, Any]]:
        """What evaluations measured, ascending by epoch: the newest row of each metric, epoch and reference.

        See `core.training.score_sheet` for what a row holds.
        """
        newest = {
            (row["metric"], row["epoch"], row["against"], row["against_hash"]): row
            for row in ScoreSheet(self.scores_file).rows()
            if is_evaluation(row)
        }
        return sorted(newest.values(), key=lambda row: row["epoch"])

    def best_epochs(self) -> dict[str, int]:
        """Metric -> the best epoch by evaluations, for every metric by which an epoch can be the best.

        Only rows against the same pictures and of the same count are compared: of several such groups that with the
        most epochs, and of equally long ones the newest.
        """
        groups: dict[str, dict[tuple[str, str, str, int], list[dict[str, Any]]]] = {}
        for row in self.evaluations():
            if row["epoch"] > 0 and row["metric"] in METRICS and METRICS[row["metric"]].chooses:
                groups.setdefault(row["metric"], {}).setdefault(comparable(row), []).append(row)
        best = {}
        for key, of_metric in groups.items():
            rows = max(of_metric.values(), key=lambda group: (len(group), max(float(row["at"]) for row in group)))
            found = best_row(rows, METRICS[key])
            if found is not None:
                best[key] = int(found["epoch"])
        return best

    def best_epoch(self) -> int | None:
        """The saved epoch whose samples come closest to real pictures; None before one was measured."""
        measured = [row for row in self.scores() if row["epoch"] > 0]
        return min(measured, key=lambda row: row["value"])["epoch"] if measured else None

    def latest(self) -> int | None:
        """The newest epoch with weights, or None."""
        return max(self.weight_epochs(), default=None)

    def grid(self, epoch: int) -> Path:
        """Where the sample grid of an epoch is, or would be."""
        return self.samples / f"epoch-{epoch:04d}.png"

    def raw_grid(self, epoch: int) -> Path:
        """Where the grid by the weights before averaging is, or would be. Runs that average nothing have none."""
        return self.samples / f"raw-{epoch:04d}.png"

    def reconstructions(self, epoch: int) -> Path:
        """Where the reconstructions of an epoch are, or would be. Only a VAE has them."""
        return self.samples / f"reconstructions-{epoch:04d}.png"

    @property
    def preview(self) -> Path:
        return self.samples / "preview.png"

    @property
    def latents(self) -> Path:
        return self.samples / "latents.safetensors"

    def newest_grid(self) -> Path | None:
        """The newest picture of what the run can do, be it between two epochs; None before the first."""
        candidates = [self.grid(max(self.epochs(), default=0)), self.preview]
        return max((path for path in candidates if path.exists()), key=lambda p: p.stat().st_mtime_ns, default=None)

    def weights(self, epoch: int | None = None) -> Path:
        """The weights of an epoch, by default the newest. Raises NotFoundError naming the epochs there are."""
        known = self.weight_epochs()
        if epoch is None and known:
            epoch = known[-1]
        if epoch not in known:
            raise NotFoundError(
                "epoch with weights", "newest" if epoch is None else str(epoch), [str(e) for e in known]
            )
        return self.weights_path(epoch)

    def weights_path(self, epoch: int) -> Path:
        """Where the weights of an epoch are, or would be."""
        return self.path / "weights" / f"epoch-{epoch:04d}.safetensors"


def _epochs(folder: Path, suffix: str) -> list[int]:
    if not folder.is_dir():
        return []
    matches = (_EPOCH_FILE.fullmatch(path.name) for path in folder.glob(f"epoch-*.{suffix}"))
    return sorted(int(match[1]) for match in matches if match)

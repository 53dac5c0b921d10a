"""Is this training going well? What can be told from its numbers and its samples, said in words."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import AtelierError

_ONE_COLOUR_DEVIATION = 7.0  # grey levels of 255; the limit and the patience are those of gan_project
_ONE_COLOUR_SHARE = 0.4  # ... and well below the real pictures, for there are nearly plain paintings
_PATIENCE = 4  # grids, or log points, in a row
_SAMENESS_SHARE = 0.3  # generated pictures differ from one another this little, compared with real ones
_FAR_AWAY = 10_000.0  # a logit: a training that works stays below some hundreds, a Wasserstein critic's too
_WINNING_SIGN = 0.98  # mean sign of the logits: nearly every picture told apart
_OVERFITTING_GAP = 0.5  # of the way from the logits of training pictures down to those of generated ones
_LEARNED_SHARE = 0.9  # the best distance of a run that learned anything is less than this of the untrained one
_OVERFITTING_RATIO = 2.0  # of the error at held-out pictures to that at pictures trained on
_OVERFITTING_SPAN = 1.0  # logits: in the first steps that way is so short that chance alone crosses it


class TrainingDivergedError(AtelierError):
    """The numbers have become infinite or undefined: nothing sensible can follow."""

    def __init__(self, broken: str) -> None:
        super().__init__(
            f"Training diverged: {broken} became infinite or undefined. What was saved before is kept. "
            "Start a new run with a lower learning_rate, a larger batch_size or precision=float32."
        )


@dataclass(frozen=True)
class Finding:
    code: str  # one of base_settings.FINDINGS, "diverged" or "went-back"
    message: str


@dataclass(frozen=True)
class Variety:
    """How much pictures vary: inside each (standard deviation of its grey), and from one to the next."""

    deviation: float  # grey levels of 255, mean over the pictures
    distance: float  # root mean square difference of two pictures at 16 pixels a side, levels of 255


class Health:
    """Watches one training. `real` is what a sample of the training pictures shows, as the measure of variety."""

    def __init__(self, real: Variety, *, went_back: int = 0) -> None:
        self._real = real
        self._scores: list[float] = []
        self._plain: deque[bool] = deque(maxlen=_PATIENCE)
        self._same: deque[bool] = deque(maxlen=_PATIENCE)
        self._won: deque[bool] = deque(maxlen=_PATIENCE)
        self._by_heart: deque[bool] = deque(maxlen=_PATIENCE)
        self._findings: dict[str, Finding] = {}
        self._note(
            "went-back",
            went_back > 0,
            f"The training diverged {'once' if went_back == 1 else f'{went_back} times'}: each time it went back to "
            f"its last good state and halved the learning rate, which is now {0.5**went_back:g} of what was planned. "
            "It can go on so; a next run is better begun with that rate.",
        )

    def see_samples(self, samples: Variety) -> None:
        """Of each sample grid after training began."""
        limit = min(_ONE_COLOUR_DEVIATION, _ONE_COLOUR_SHARE * self._real.deviation)
        self._plain.append(samples.deviation < limit)
        self._note(
            "one-colour",
            _all(self._plain),
            f"The last {_PATIENCE} sample grids are nearly one colour each: their grey varies by "
            f"{samples.deviation:.1f} of 255 levels, that of the real pictures by {self._real.deviation:.1f}. "
            "The generator has collapsed: stop, and start again with a lower learning_rate.",
        )
        self._same.append(samples.distance < _SAMENESS_SHARE * self._real.distance)
        self._note(
            "sameness",
            _all(self._same),
            f"The samples resemble one another: two of them differ by {samples.distance:.0f} levels, two real pictures "
            f"by {self._real.distance:.0f}. This is mode collapse: go back to an earlier epoch, or try a higher "
            "penalty_gamma.",
        )

    def see_score(self, row: Mapping[str, Any]) -> None:
        """Of each row of scores.jsonl, in order; the first is of the untrained network."""
        self._scores.append(float(row["value"]))
        first, since = self._scores[0], self._scores[1:]
        best = min(since, default=first)
        self._note(
            "nothing-learned",
            len(since) >= _PATIENCE and best > _LEARNED_SHARE * first,
            f"Nothing was learned yet: the samples of {len(since)} saved epochs are as far from real pictures (sliced "
            f"Wasserstein distance {best:.0f} at best) as those before training ({first:.0f}). Try a higher "
            "learning_rate, or another preset; if the pictures are very few, more of them.",
        )

    def see_measurements(self, means: dict[str, float]) -> None:
        """Of each log point. Raises TrainingDivergedError if a number is not finite."""
        broken = sorted(name for name, value in means.items() if not np.isfinite(value))
        if broken:
            raise TrainingDivergedError(", ".join(broken))
        if "score_real" in means and "score_fake" in means:
            farthest = max(abs(means["score_real"]), abs(means["score_fake"]))
            self._note(
                "running-away",
                farthest > _FAR_AWAY,
                f"The numbers run away: the discriminator scores pictures by {farthest:,.0f}, where tens are usual. "
                "Nothing more is learned: stop, and start again with a lower learning_rate or a higher penalty_gamma.",
            )
        if "sign_real" in means:
            self._won.append(min(means["sign_real"], -means["sign_fake"]) > _WINNING_SIGN)
            self._note(
                "discriminator-wins",
                _all(self._won),
                "The discriminator tells nearly every picture apart, so the generator learns little. "
                "Try a higher penalty_gamma, more augment, or more pictures.",
            )
        if "score_held_out" in means and "score_fake" in means:
            span = means["score_train"] - means["score_fake"]
            gap = min(1.0, (means["score_train"] - means["score_held_out"]) / span) if span > 0 else 0.0
            self._by_heart.append(span > _OVERFITTING_SPAN and gap > _OVERFITTING_GAP)
            self._note(
                "overfitting",
                _all(self._by_heart),
                f"The discriminator knows the training pictures by heart: it scores pictures it has never seen "
                f"{gap:.0%} of the way towards generated ones. Add pictures or more augment, or stop here.",
            )
        if "error_held_out" in means:
            ratio = means["error_held_out"] / max(means["error_train"], 1e-12)
            self._by_heart.append(ratio > _OVERFITTING_RATIO)
            self._note(
                "overfitting",
                _all(self._by_heart),
                f"The model knows the training pictures by heart: its error at pictures it has never seen is "
                f"{ratio:.1f} times as large. Add pictures, or stop here; the best epoch is kept.",
            )
        if "active_latents" in means:
            self._note(
                "latents-unused",
                means["active_latents"] < 2,
                f"Posterior collapse: {means['active_latents']:.0f} latent numbers are in use, so all samples look "
                "alike. Try a lower kl_weight, or let it rise slowly (kl_warmup_images).",
            )

    def findings(self) -> list[Finding]:
        return list(self._findings.values())

    def _note(self, code: str, found: bool, message: str) -> None:
        if found:
            self._findings[code] = Finding(code, message)
        else:
            self._findings.pop(code, None)


def variety(images: NDArray[np.uint8]) -> Variety:
    """Of pictures (N, H, W, 3), of any shape."""
    count = len(images)
    grey = images.astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)
    flat = _blocks(images).reshape(count, -1)
    spread = flat.var(axis=0).mean() * (2 * count / max(1, count - 1))  # mean squared difference over all pairs
    return Variety(float(grey.std(axis=(1, 2)).mean()), float(np.sqrt(spread)))


def _blocks(images: NDArray[np.uint8], side: int = 16) -> NDArray[np.float32]:
    """Means over side by side blocks, as nearly of one size as whole pixels allow, (N, side, side, 3)."""
    _, height, width, _ = images.shape
    tops, lefts = (np.arange(side) * pixels // side for pixels in (height, width))
    summed: NDArray[np.float32] = np.add.reduceat(
        np.add.reduceat(images.astype(np.float32), tops, axis=1), lefts, axis=2
    )
    pixels = np.outer(np.diff(tops, append=height), np.diff(lefts, append=width))
    return np.divide(summed, pixels[:, :, None], dtype=np.float32)


def _all(seen: deque[bool]) -> bool:
    return len(seen) == seen.maxlen and all(seen)

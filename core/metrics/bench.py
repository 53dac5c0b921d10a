"""Measures one run: its samples of an epoch, the pictures they are compared with, and every metric by name."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.datasets.conditions import Vocabulary
from core.datasets.pack import Pack
from core.metrics import autoencoding, discriminator, look, ms_ssim
from core.metrics.errors import MetricError
from core.metrics.measured import Measured, share_interval
from core.metrics.nearest import TrainingPictures
from core.metrics.references import MOST, Reference
from core.metrics.registry import METRICS
from core.metrics.sliced_interval import sliced_interval
from core.metrics.sliced_wasserstein import sliced_wasserstein
from core.models.autoencoder import Autoencoder
from core.sampling.sampler import Sampler, load_sampler
from core.training.run_folder import RunFolder

METHOD = 1  # goes up when a number would come out otherwise: rows and baselines of another method are not taken over
_SEARCHED = 512  # samples at least whose nearest training picture is looked for: copies may be rare
_BATCH = 256  # samples drawn at a time


class StoppedError(Exception):
    """The job is to end; what was being measured is measured when it goes on."""


@dataclass
class Baselines:
    """What real pictures give among themselves, and what the worst gives; None where there is no such thing."""

    floor: float | None
    ceiling: float | None


@dataclass
class Bench:
    """
    Args:
        reference: None for metrics that compare with none (see `needs_reference`).
        wanted: all metrics that will be asked for, so that those that share work are taken together.
        inception: the network, where a metric needs it.
    """

    run: RunFolder
    pack: Pack
    reference: Reference | None
    seed: int
    device: str = "cpu"
    wanted: Sequence[str] = ()
    inception: Any = None
    resize: str = ""
    stop_requested: Callable[[], bool] = lambda: False
    _epoch: int | None = field(default=None, init=False)
    _sampler: Sampler | None = field(default=None, init=False)
    _samples: NDArray[np.uint8] | None = field(default=None, init=False)
    _shared: dict[str, Measured] = field(default_factory=dict, init=False)
    _kept: dict[str, Any] = field(default_factory=dict, init=False)

    def measure(self, metric: str, epoch: int) -> Measured:
        """Raises MetricError for what cannot be measured, StoppedError when the job is to end."""
        if epoch != self._epoch:
            self._epoch, self._sampler, self._samples, self._shared = epoch, None, None, {}
        if METRICS[metric].needs == "inception":
            return self._by_inception(metric)
        measured: Measured = getattr(self, f"_{metric}")()
        return measured

    def baselines(self, metric: str) -> Baselines:
        """Of metrics whose baselines do not depend on the epoch. For those found with the value: `with_value`."""
        if METRICS[metric].needs == "inception":
            return self._inception_baselines(metric)
        found: Baselines = getattr(self, f"_{metric}_baselines")()
        return found

    def against(self, metric: str) -> tuple[str, str, str]:
        """Kind, name and hash of the pictures that this metric compares with."""
        if needs_reference(metric):
            reference = self._real
            return reference.against, reference.name, reference.hash
        of_test = len(self.pack.test) > 0 and metric != "active_units"
        return ("test" if of_test else "train"), self.pack.name, self.pack.content_hash[:16]

    def count(self, metric: str) -> int:
        """Pictures that this metric will be of."""
        if needs_reference(metric):
            return self._real.count
        if metric == "memorisation":
            return self._searched
        return len(self._rows("train" if metric == "active_units" else "test"))

    def weights_hash(self, epoch: int) -> str:
        """The beginning of the SHA-256 of the file of weights."""
        digest = hashlib.sha256(self.run.weights(epoch).read_bytes()).hexdigest()
        return digest[:16]

    # ---- metrics -----------------------------------------------------------------------------------------------------

    def _swd(self) -> Measured:
        real, samples = self._real.pictures, self.samples(self._real.count)
        found = sliced_wasserstein(samples, real, seed=self.seed, device=self.device)
        low, high = sliced_interval(samples, real, found.mean, seed=self.seed)
        levels = {str(side): round(value, 3) for side, value in found.levels.items()}
        return Measured(found.mean, low, high, found.count, {"levels": levels})

    def _swd_baselines(self) -> Baselines:
        real = self._real
        floor, ceiling = (
            sliced_wasserstein(other, real.pictures, seed=self.seed, device=self.device).mean
            for other in (real.others, real.noise(self.seed))
        )
        return Baselines(floor, ceiling)

    def _ms_ssim(self) -> Measured:
        return ms_ssim.alikeness(self.samples(self._real.count), seed=self.seed, device=self.device)

    def _ms_ssim_baselines(self) -> Baselines:
        return Baselines(ms_ssim.diversity(self._real.pictures, seed=self.seed, device=self.device), 1.0)

    def _memorisation(self) -> Measured:
        found = self._training.nearest(self.samples(self._searched))
        copies = found.is_copy
        low, high = share_interval(int(copies.sum()), len(copies))
        relative, detail = found.cuts
        chance = float(found.holdout_is_copy.mean())
        details = {
            "copies": int(copies.sum()),
            "chance": round(chance, 4),  # the same share of pictures that were held out
            "is_copying": low > max(chance, 0.05),
            "held_out": len(found.holdout_distances),
            "held_out_are": found.against,
            "median_distance": round(float(np.median(found.distances)), 3),
            "held_out_median_distance": round(float(np.median(found.holdout_distances)), 3),
            "median_relative": round(float(np.median(found.ratios.relative)), 4),
            "held_out_median_relative": round(float(np.median(found.holdout_ratios.relative)), 4),
            "cut_relative": round(relative, 4),
            "cut_detail": round(detail, 4),
        }
        return Measured(float(copies.mean()), low, high, len(copies), details)

    def _memorisation_baselines(self) -> Baselines:
        return Baselines(self._training.chance, 1.0)

    def _colour(self) -> Measured:
        return look.compare(
            look.colour_numbers(self.samples(self._real.count)),
            self._once("colour", lambda: look.colour_numbers(self._real.pictures)),
            seed=self.seed,
        )

    def _colour_baselines(self) -> Baselines:
        return self._look_baselines(look.colour_numbers)

    def _edges(self) -> Measured:
        return look.compare(
            look.edge_numbers(self.samples(self._real.count)),
            self._once("edges", lambda: look.edge_numbers(self._real.pictures)),
            seed=self.seed,
        )

    def _edges_baselines(self) -> Baselines:
        return self._look_baselines(look.edge_numbers)

    def _look_baselines(self, numbers: Callable[[NDArray[np.uint8]], look.Numbers]) -> Baselines:
        real = numbers(self._real.pictures)
        others = (self._real.others, self._real.noise(self.seed))
        floor, ceiling = (look.compare(numbers(other), real, seed=self.seed).value for other in others)
        return Baselines(floor, ceiling)

    def _discriminator(self) -> Measured:
        network = discriminator.load_discriminator(self.run, self._at, self.device)
        trained, held_out = self._some("train"), self._some("test")
        count = len(held_out[0])
        fake, asked = self.samples(count), self._asked(count)
        logits = [
            discriminator.scores(network, *of, self.device)
            for of in ((trained[0][:count], _first(trained[1], count)), held_out, (fake, asked))
        ]
        loss = str(self.run.settings["training"].get("loss", ""))
        return discriminator.overfitting(logits[0], logits[1], logits[2], loss=loss, seed=self.seed)

    def _discriminator_baselines(self) -> Baselines:
        return Baselines(0.5, 1.0)

    def _reconstruction(self) -> Measured:
        held_out = self._some("test")
        count = len(held_out[0])
        pictures, terms = self._some("train")
        trained = pictures[:count], _first(terms, count)
        return autoencoding.reconstruction(self._autoencoder, held_out, trained, seed=self.seed, device=self.device)

    def _reconstruction_baselines(self) -> Baselines:
        return Baselines(None, autoencoding.mean_picture_error(self._some("test")[0], self._some("train")[0]))

    def _active_units(self) -> Measured:
        return autoencoding.active_units(self._autoencoder, *self._some("train"), seed=self.seed, device=self.device)

    def _active_units_baselines(self) -> Baselines:
        return Baselines(None, float(self.run.settings["network"]["latent_dim"]))

    # ---- Inception ---------------------------------------------------------------------------------------------------

    def _by_inception(self, metric: str) -> Measured:
        if metric not in self._shared:
            from core.metrics.inception import measure_inception

            real = self._once("real features", lambda: self._features(self._real.pictures))
            keys = [key for key in self.wanted if METRICS[key].needs == "inception"] or [metric]
            found = measure_inception(
                self._features(self.samples(self._real.count)),
                real,
                keys,
                seed=self.seed,
                stop_requested=self.stop_requested,
            )
            if metric not in found:
                raise StoppedError
            self._shared |= found
        measured = self._shared[metric]
        named = {"resize": self.resize, "network": self.inception.words}
        return Measured(measured.value, measured.low, measured.high, measured.count, {**measured.details, **named})

    def _inception_baselines(self, metric: str) -> Baselines:
        from core.metrics.inception import measure_inception

        real = self._once("real features", lambda: self._features(self._real.pictures))
        others = self._once("other features", lambda: self._features(self._real.others))
        noise = self._once("noise features", lambda: self._features(self._real.noise(self.seed)))
        floor, ceiling = (
            measure_inception(other, real, [metric], seed=self.seed, intervals=False) for other in (others, noise)
        )
        return Baselines(floor[metric].value, ceiling[metric].value)

    def _features(self, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        if self.inception is None:
            raise MetricError("This metric needs the weights of the Inception network. See the page Measure.")
        features: NDArray[np.float32] = self.inception.features(
            pictures, resize=self.resize, stop_requested=self.stop_requested
        )
        if len(features) < len(pictures):
            raise StoppedError
        return features

    # ---- pictures and networks ---------------------------------------------------------------------------------------

    def samples(self, count: int) -> NDArray[np.uint8]:
        """The first `count` samples of the epoch. A conditioned network is asked for what training pictures are."""
        if self._samples is None or len(self._samples) < count:
            parts = [] if self._samples is None else [self._samples]
            begin = sum(map(len, parts))
            asked = self._asked(count)
            while begin < count:
                if self.stop_requested():
                    raise StoppedError
                some = min(_BATCH, count - begin)
                terms = None if asked is None else asked[begin : begin + some]
                parts.append(self._drawn_from.sample(some, self.seed, start=begin, terms=terms))
                begin += some
            self._samples = np.concatenate(parts)
        return self._samples[:count]

    def _asked(self, count: int) -> NDArray[np.float32] | None:
        """What each sample shall be, (count, T): the terms of random training pictures, the same at every epoch."""
        terms = self._once("terms", lambda: self._terms(self.pack.train))
        if terms is None:
            return None
        places = np.random.default_rng(self.seed).integers(0, len(terms), max(count, MOST))[:count]
        return terms[places]

    def _terms(self, rows: NDArray[np.int64]) -> NDArray[np.float32] | None:
        told = self.run.settings.get("terms")
        return Vocabulary.from_json(told).matrix([self.pack.rows[row] for row in rows]) if told else None

    def _some(self, split: str) -> tuple[NDArray[np.uint8], NDArray[np.float32] | None]:
        """At most MOST pictures of a split and what is known of each."""
        rows = self._rows(split)
        return self._once(f"{split} pictures", lambda: (self.pack.images[rows], self._terms(rows)))

    def _rows(self, split: str) -> NDArray[np.int64]:
        pack = self.pack
        train = pack.train_pictures if len(pack.train_pictures) else pack.train
        rows = train if split == "train" else pack.test
        return np.sort(np.random.default_rng(self.seed).permutation(rows)[:MOST])

    def _once(self, name: str, make: Callable[[], Any]) -> Any:
        if name not in self._kept:
            self._kept[name] = make()
        return self._kept[name]

    @property
    def _at(self) -> int:
        if self._epoch is None:
            raise RuntimeError("No epoch is being measured.")
        return self._epoch

    @property
    def _drawn_from(self) -> Sampler:
        if self._sampler is None:
            self._sampler = load_sampler(self.run, self._at, self.device)
        return self._sampler

    @property
    def _autoencoder(self) -> Autoencoder:
        network = self._drawn_from.network
        if not isinstance(network, Autoencoder):
            raise MetricError(f"{self.run.id} is no variational autoencoder.")
        return network

    @property
    def _training(self) -> TrainingPictures:
        return self._once("training pictures", lambda: TrainingPictures(self.pack))

    @property
    def _searched(self) -> int:
        return max(_SEARCHED, self.reference.count if self.reference else 0)

    @property
    def _real(self) -> Reference:
        if self.reference is None:
            raise MetricError("This metric needs real pictures to compare with.")
        return self.reference


def needs_reference(metric: str) -> bool:
    """Whether a metric compares samples with the chosen reference, rather than with the run's own dataset."""
    return metric not in ("memorisation", "discriminator", "reconstruction", "active_units")


def _first(terms: NDArray[np.float32] | None, count: int) -> NDArray[np.float32] | None:
    return None if terms is None else terms[:count]

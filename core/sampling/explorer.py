"""An explorer: a trained network held ready, to draw points, to encode pictures, and to tell what it can do."""

import functools
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from core.datasets.conditions import Term, Vocabulary
from core.datasets.fit import fit_to
from core.datasets.reading import Reading
from core.errors import AtelierError, ConfigError, NotFoundError
from core.models.autoencoder import Autoencoder
from core.models.codes import CodeLayout
from core.models.flow import Flow
from core.models.latents import draw_latents
from core.pictures.chosen import ChosenPicture
from core.sampling.points import Between, Given, Mixed, Point, Seed, seed_points
from core.sampling.sampler import truncate
from core.sampling.walks import slerp, vary
from core.sampling.weights_hash import hash_weights
from core.training.device import choose_device
from core.training.pictures import to_images, to_pixels
from core.training.run_folder import RunFolder
from core.training.runs import find_run
from core.training.weights import load_network
from core.workspace import Workspace

if TYPE_CHECKING:
    from core.sampling.directions import Direction

_CHUNK = 32  # pictures at a time: bounds the memory
_SETTLE_AT = 6  # points within points, from which a variation begins anew with the numbers themselves
_BACK = 4  # times as many steps as a flow was trained to draw with, when it is gone back along
_FEWEST_STEPS = 24  # with which a picture that a flow encoded is drawn again: with 8 it comes a quarter as near


class CannotError(AtelierError):
    """A model was asked for something that models of its kind do not do."""


@dataclass(frozen=True)
class Abilities:
    """What can be done with a model, for a page to offer."""

    family: str  # "gan", "infogan", "vae" or "flow"
    latent_dim: int
    shape: tuple[int, int]  # (height, width) in pixels
    encodes: bool  # real pictures become points at once: VAEs and flows
    projects: bool  # the nearest point to a picture can be searched for: GANs and VAEs
    mixes: str  # what keeps form and colour apart, in words for people; see core.sampling.mixing
    categories: int  # of an InfoGAN, else 0
    sliders: int  # of an InfoGAN, else 0
    vocabulary: Vocabulary  # empty: it cannot be asked for anything
    steps: int | None  # of a flow, as trained
    guidance: float | None  # of a flow that can be asked for something, as trained


@dataclass(frozen=True)
class Fitting:
    """How a picture is brought to the shape that the model was trained on."""

    fit: str  # one of core.datasets.recipe.FITS
    pad_colour: str
    words: str  # for people; tells where the run's own recipe is gone


class Resolved(NamedTuple):
    """What a network is given for one point."""

    z: NDArray[np.float32]  # (latent_dim,)
    colour: NDArray[np.float32] | None  # (latent_dim,), where the colours are those of another latent
    terms: NDArray[np.float32] | None  # (T,); None: anything


class Explorer:
    """One epoch of a run. Not for several threads at once: guard it with a lock."""

    def __init__(self, folder: RunFolder, epoch: int, network: torch.nn.Module, facts: dict[str, Any]) -> None:
        self.folder, self.run, self.epoch, self.network, self.facts = folder, folder.id, epoch, network, facts
        self.device = next(network.parameters()).device
        self.latent_dim = int(network.latent_dim)  # type: ignore[arg-type]
        self.vocabulary = Vocabulary.from_json(facts.get("terms") or [])
        layout = getattr(network, "layout", None)
        self.codes = layout if isinstance(layout, CodeLayout) else None
        self._directions: dict[str, Direction] = {}
        self._readings: dict[str, Reading] = {}

    @functools.cached_property
    def abilities(self) -> Abilities:
        from core.sampling.mixing import WORDS, how_it_mixes

        flow = self.network if isinstance(self.network, Flow) else None
        return Abilities(
            family=self.folder.family,
            latent_dim=self.latent_dim,
            shape=self.folder.shape,
            encodes=isinstance(self.network, Autoencoder | Flow),
            projects=flow is None,
            mixes=WORDS[how_it_mixes(self)],
            categories=self.codes.categories if self.codes else 0,
            sliders=self.codes.continuous if self.codes else 0,
            vocabulary=self.vocabulary,
            steps=flow.sampling_steps if flow else None,
            guidance=flow.guidance if flow and len(self.vocabulary) else None,
        )

    @functools.cached_property
    def weights_hash(self) -> str:
        """SHA-256 of the weights: what tells whether a point still means the same picture."""
        return hash_weights(self.folder.weights(self.epoch))

    @functools.cached_property
    def colour_rows(self) -> NDArray[np.float32]:
        """(4, latent_dim): see core.sampling.colour_rows. The first time for an epoch it takes some seconds."""
        from core.sampling.colour_rows import find_colour_rows

        return find_colour_rows(self)

    @functools.cached_property
    def fitting(self) -> Fitting:
        """By the recipe of the run's dataset; where that is gone, cropped in the middle, and told so."""
        from core.datasets.pack import PackError, read_manifest
        from core.datasets.recipe import FITS, Recipe

        dataset = self.folder.path.parent.parent / "data" / "datasets" / self.folder.dataset_id
        try:
            recipe = Recipe.from_json(read_manifest(dataset)["recipe"])
        except (PackError, KeyError, ConfigError):
            return Fitting("crop", "edge", "cropped in the middle, as the dataset of this run is not in the lab")
        return Fitting(recipe.fit, recipe.pad_colour, FITS[recipe.fit])

    # ---- points ------------------------------------------------------------------------------------------------------

    def seeds(self, seed: int, count: int, *, start: int = 0, **settings: Any) -> list[Point]:
        """Points number `start` to `start + count` of a seed; settings: the other fields of Point."""
        return seed_points(self.run, self.epoch, seed, count, start=start, **settings)

    def read(self, words: str) -> Reading:
        """What free words ask this model for. Raises: ConditionError if it was trained without conditions."""
        if words not in self._readings:
            self._must_be_conditioned()
            self._readings[words] = self.vocabulary.read(words)
        return self._readings[words]

    def latents(self, points: Sequence[Point]) -> NDArray[np.float32]:
        """What the network is given, (N, latent_dim); of mixed points, what the form comes from."""
        return np.stack([self.resolve(point).z for point in points])

    def resolve(self, point: Point) -> Resolved:
        """Raises: ConfigError for a point of another model; NotFoundError for a direction that is not known here;
        ConditionError."""
        if (point.run, point.epoch) != (self.run, self.epoch):
            raise ConfigError(
                f"The point is of {point.run}, epoch {point.epoch}; this model is {self.run}, epoch {self.epoch}."
            )
        z, colour, terms = self._base(point)
        asked = self._asked(point)
        return Resolved(
            self._finished(z, point),
            None if colour is None else self._finished(colour, point),
            asked if asked is not None else terms,
        )

    def settled(self, point: Point) -> Point:
        """The same picture by the numbers of its latent alone, or of both where its colours are another's: what led
        there is forgotten, but for what was asked for.

        Half-way between two things asked for, a point stays as it is: no words say that.
        """
        resolved = self.resolve(point)
        terms: tuple[tuple[str, str], ...] = ()
        if resolved.terms is not None:
            if not set(np.unique(resolved.terms)) <= {0.0, 1.0}:
                return point
            terms = tuple(
                (t.column, t.value) for t, on in zip(self.vocabulary.terms, resolved.terms, strict=True) if on
            )
        pictures = point.pictures()
        of = pictures[0] if len(pictures) == 1 else None

        def given(latent: NDArray[np.float32]) -> Point:
            return Point(
                self.run,
                self.epoch,
                Given.of_numbers(latent, "settled", of),
                terms=terms,
                guidance=point.guidance,
                steps=point.steps,
            )

        if resolved.colour is None:
            return given(resolved.z)
        return replace(given(resolved.z), base=Mixed(given(resolved.z), given(resolved.colour)), terms=())

    def vary(self, point: Point, count: int, amount: float, seed: int = 0) -> list[Point]:
        """Points around one; amount 0 (the point itself) to 1 (nothing of it)."""
        return vary(self.settled(point) if point.depth >= _SETTLE_AT else point, count, amount, seed)

    # ---- directions --------------------------------------------------------------------------------------------------

    def adopt(self, directions: Sequence["Direction"]) -> None:
        """Know these directions from now on. Raises: ConfigError for one of another length."""
        for direction in directions:
            if len(direction.vector) != self.latent_dim:
                raise ConfigError(
                    f"The direction {direction.title} has {len(direction.vector)} numbers, the latents of this model "
                    f"{self.latent_dim}: it is of another model."
                )
            self._directions[direction.id] = direction

    def directions(self) -> dict[str, "Direction"]:
        """Those kept in the run's folder for this epoch, and those adopted: id -> direction."""
        from core.sampling.directions import kept_directions

        kept = kept_directions(self.folder, self.epoch)
        return {one.id: one for one in kept if len(one.vector) == self.latent_dim} | self._directions

    def direction(self, name: str) -> "Direction":
        """By its id. Raises: NotFoundError."""
        if name not in self._directions:
            known = self.directions()
            if name not in known:
                raise NotFoundError("direction of this model", name, list(known))
            self._directions[name] = known[name]
        return self._directions[name]

    # ---- pictures ----------------------------------------------------------------------------------------------------

    def draw(self, points: Sequence[Point]) -> NDArray[np.uint8]:
        """Their pictures, uint8 (N, H, W, 3).

        On a processor a picture is the same however many are drawn, up to the last rounding of a pixel.
        """
        resolved = [self.resolve(point) for point in points]
        drawn = np.zeros((len(points), *self.folder.shape, 3), np.uint8)
        roads: dict[tuple[float | None, int | None], list[int]] = {}
        for place, point in enumerate(points):
            roads.setdefault((point.guidance, point.steps), []).append(place)
        for (guidance, steps), places in roads.items():
            with self.along(guidance, steps):
                for begin in range(0, len(places), _CHUNK):
                    some = places[begin : begin + _CHUNK]
                    drawn[some] = to_pixels(self.paint([resolved[place] for place in some]))
        return drawn

    @torch.no_grad()
    def paint(self, resolved: Sequence[Resolved]) -> torch.Tensor:
        """(N, 3, H, W) in [-1, 1]."""
        z = torch.from_numpy(np.stack([one.z for one in resolved])).to(self.device)
        told: dict[str, torch.Tensor] = {}
        if any(one.terms is not None for one in resolved):
            anything = np.zeros(len(self.vocabulary), np.float32)
            terms = np.stack([anything if one.terms is None else one.terms for one in resolved])
            told["terms"] = torch.from_numpy(terms).to(self.device)
        if any(one.colour is not None for one in resolved):
            colours = np.stack([one.z if one.colour is None else one.colour for one in resolved])
            told["colour_z"] = torch.from_numpy(colours).to(self.device)
        painted: torch.Tensor = self.network(z, **told)
        return painted

    def fit(self, picture: Image.Image) -> NDArray[np.uint8]:
        """The picture as a training would have seen it, uint8 (H, W, 3).

        Args:
            picture: upright RGB of any size, as core.images.read_image gives it.
        """
        return np.array(fit_to(picture, self.folder.shape, self.fitting.fit, self.fitting.pad_colour))

    def encode(
        self, picture: Image.Image, chosen: ChosenPicture | None = None, *, words: str = "", like: Point | None = None
    ) -> Point:
        """The point that a real picture is of, as near as the model comes; `draw` of it is its reconstruction.

        Args:
            chosen: which picture it is, kept in the point.
            words: what the picture shows, for a model that can be told.
            like: a point whose words, terms, guidance and steps are taken over.
        Raises: CannotError for a GAN: its nearest point has to be searched for (core.sampling.project).
        """
        plain = Point(self.run, self.epoch, Seed(0), words=words)
        if like is not None:
            plain = replace(plain, words=like.words, terms=like.terms, guidance=like.guidance, steps=like.steps)
        if isinstance(self.network, Flow) and plain.steps is None and self.network.sampling_steps < _FEWEST_STEPS:
            plain = replace(plain, steps=_FEWEST_STEPS)
        asked = self._asked(plain)
        latent = self.encode_pixels(self.fit(picture)[None], None if asked is None else asked[None], steps=plain.steps)
        return replace(plain, base=Given.of_numbers(latent[0], "encoded", chosen))

    @torch.no_grad()
    def encode_pixels(
        self, pixels: NDArray[np.uint8], terms: NDArray[np.float32] | None = None, *, steps: int | None = None
    ) -> NDArray[np.float32]:
        """Fitted pictures uint8 (N, H, W, 3), of these terms (N, T) -> latents (N, latent_dim).

        Of a VAE the middle of the posterior, as standard normal numbers; of a flow the noise that leads to the picture.
        """
        found = []
        for begin in range(0, len(pixels), _CHUNK):
            images = to_images(torch.from_numpy(np.array(pixels[begin : begin + _CHUNK])).to(self.device))
            told = None if terms is None else torch.from_numpy(terms[begin : begin + _CHUNK]).to(self.device)
            if isinstance(self.network, Autoencoder):
                centred = self.network.encode(images, told).mean - self.network.prior_mean
                z = torch.linalg.solve_triangular(self.network.prior_factor, centred.T, upper=False).T
            elif isinstance(self.network, Flow):
                with self.along(None, _BACK * max(steps or 0, self.network.sampling_steps)):
                    z = self.network.invert(images, told)
            else:
                raise CannotError(
                    f"{self.title} is a GAN: it paints, and cannot encode. Search for the nearest point instead."
                )
            found.append(z.float().cpu().numpy())
        return np.concatenate(found)

    @property
    def title(self) -> str:
        """What made a picture, in words: "Quick GAN, epoch 40"."""
        from core.models.zoo import PRESETS

        preset = PRESETS.get(self.folder.preset)
        return f"{preset.title if preset else self.folder.preset}, epoch {self.epoch}"

    # ---- how points become latents -----------------------------------------------------------------------------------

    def _base(self, point: Point) -> Resolved:
        base = point.base
        if isinstance(base, Seed):
            return Resolved(draw_latents(1, self.latent_dim, base.seed, start=base.number)[0], None, None)
        if isinstance(base, Given):
            return Resolved(self._given(base), None, None)
        if isinstance(base, Between):
            return self._between(self.resolve(base.a), self.resolve(base.b), base.share)
        return self._mixed(base)

    def _given(self, given: Given) -> NDArray[np.float32]:
        numbers = given.numbers()
        if len(numbers) != self.latent_dim:
            raise ConfigError(
                f"The latent has {len(numbers)} numbers, those of {self.title} have {self.latent_dim}: "
                "it is of another model."
            )
        return numbers

    def _between(self, a: Resolved, b: Resolved, share: float) -> Resolved:
        colour = None
        if a.colour is not None or b.colour is not None:
            ends = [one.z if one.colour is None else one.colour for one in (a, b)]
            colour = self._arc(ends[0], ends[1], share)
        terms = None
        if a.terms is not None or b.terms is not None:
            anything = np.zeros(len(self.vocabulary), np.float32)
            first, second = (anything if one.terms is None else one.terms for one in (a, b))
            terms = ((1 - share) * first + share * second).astype(np.float32)
        return Resolved(self._arc(a.z, b.z, share), colour, terms)

    def _arc(self, a: NDArray[np.float32], b: NDArray[np.float32], share: float) -> NDArray[np.float32]:
        """The noise goes along the arc, codes go straight: a category cannot be left by halves, a slider is even."""
        if self.codes is None:
            return slerp(a, b, share)
        noise = self.codes.noise
        z = np.concatenate([slerp(a[:noise], b[:noise], share), (a if share < 0.5 else b)[noise:]])
        ends = [self.codes.split(torch.from_numpy(one)[None]).continuous[0].numpy() for one in (a, b)]
        values = (1 - share) * ends[0] + share * ends[1]
        return self._with_codes(z, None, {number: float(value) for number, value in enumerate(values)})

    def _mixed(self, base: Mixed) -> Resolved:
        from core.sampling.mixing import mixed

        return mixed(self, self.resolve(base.form), self.resolve(base.colour))

    def _finished(self, z: NDArray[np.float32], point: Point) -> NDArray[np.float32]:
        if point.truncation is not None:
            z = truncate(z, point.truncation)
        z = z * np.float32(point.temperature)
        if point.category is not None or point.sliders:
            z = self._with_codes(z, point.category, dict(point.sliders))
        for move in point.moves:
            direction = self.direction(move.direction)
            z = z + np.float32(move.amount) * direction.vector
        return z.astype(np.float32)

    def _with_codes(
        self, z: NDArray[np.float32], category: int | None, sliders: Mapping[int, float]
    ) -> NDArray[np.float32]:
        if self.codes is None:
            raise CannotError(f"{self.title} has no categories or sliders: only an InfoGAN has. Take them away.")
        found = self.codes.latents_with(torch.from_numpy(z)[None], category=category, continuous=sliders)
        return found[0].numpy()

    def _asked(self, point: Point) -> NDArray[np.float32] | None:
        """(T,), or None if nothing is asked for."""
        if point.terms:
            self._must_be_conditioned()
            return self.vocabulary.vector(Term(column, value, 0) for column, value in point.terms)
        if not point.words.strip():
            return None
        from core.datasets.conditions import ConditionError

        reading = self.read(point.words)
        if reading.unknown and not reading.terms:
            known = ", ".join(term.value for term in self.vocabulary.terms[:8])
            raise ConditionError(
                f"This model has learnt none of these words: {', '.join(reading.unknown)}. "
                f"It knows, among others: {known}."
            )
        return reading.vector

    def _must_be_conditioned(self) -> None:
        from core.datasets.conditions import ConditionError

        if not len(self.vocabulary):
            raise ConditionError(
                f"The run {self.run} was trained without conditions, so it cannot be asked for anything. "
                "Leave the words out, or train with a condition (style, artist, tags)."
            )

    @contextmanager
    def along(self, guidance: float | None, steps: int | None) -> Iterator[None]:
        """A flow's road for as long as the block lasts."""
        if guidance is None and steps is None:
            yield
            return
        if not isinstance(self.network, Flow):
            raise CannotError(f"{self.title} is no flow: it draws at once, without steps or guidance. Leave them out.")
        flow = self.network
        trained = flow.guidance, flow.sampling_steps
        try:
            flow.guidance = trained[0] if guidance is None else guidance
            flow.sampling_steps = trained[1] if steps is None else steps
            yield
        finally:
            flow.guidance, flow.sampling_steps = trained


def load_explorer(workspace: Workspace, run_id: str, epoch: int | None = None, device: str = "cpu") -> Explorer:
    """The averaged weights of an epoch, by default the newest. Raises: NotFoundError, WeightsError."""
    folder = find_run(workspace, run_id)
    weights = folder.weights(epoch)
    found = folder.latest() if epoch is None else epoch
    network, facts = load_network(weights, choose_device(str(device)))
    return Explorer(folder, found or 0, network, facts)

"""A transfer from its first scale to its last: stoppable, resumable, and watched for numbers that are none."""

import hashlib
import math
from collections.abc import Sequence
from functools import partial
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from core.style import colour
from core.style.engines import Report
from core.style.errors import StateError, StyleError
from core.style.neural.masks import Division, Region, divide
from core.style.neural.memory import fitting_tile
from core.style.neural.objective import Losses, Objective
from core.style.neural.optimise import LBFGS, Adam, BrokenDownError, Optimiser
from core.style.neural.pyramid import resized
from core.style.neural.scales import Scale, fitted, scales_of
from core.style.neural.settings import NeuralSettings
from core.style.neural.vgg import Features
from core.style.regions import laid_over

NOTED_STEPS = 50  # from one line of losses to the next
_MOST_RECOVERIES = 5  # each halves the step; after so many it is not the step that is wrong
_SMALLEST_TILE = 64  # pixels: where even this does not fit, margins are most of it
_STATE_VERSION = 1


class Transfer:
    """One picture on its way. Arguments as in core.style.engines.Engine.run; the features lie on the device."""

    def __init__(
        self,
        features: Features,
        content: Tensor,
        styles: Sequence[Tensor],
        weights: Sequence[float],
        settings: NeuralSettings,
        *,
        masks: Sequence[Tensor | None] | None = None,
        device: str = "cpu",
    ) -> None:
        for name, picture in (("content", content), *(("style", style) for style in styles)):
            if not bool(torch.isfinite(picture).all()):
                raise StyleError(
                    f"The {name} picture holds values that are no numbers. Save it again, or choose another."
                )
        self.features = features
        self.settings = settings
        self.scales = scales_of(settings, content.shape[1], content.shape[2], device)
        self._content = content
        self._styles = styles
        self._weights = weights
        self._device = device
        self._division: Division = divide(masks, weights, *content.shape[1:])
        self._fingerprint = _fingerprint(features, content, styles, weights, settings, masks)
        self._recoveries = 0
        self._stride = features.plan.layer(settings.deepest).stride
        self._tile_side: int | None = None  # once memory has run out; until then by what is free

    def run(self, report: Report) -> Tensor:
        """The result; on a stop, the averaged result so far, at full size. Raises StyleError."""
        scale_index, step = 0, 0
        optimiser = self._begin(self.scales[0])
        if report.state is not None:
            scale_index, step = self._restore(report.state)
            scale = self.scales[scale_index]
            optimiser = self._begin(scale)
            optimiser.restore(_moved(report.state["optimiser"], self._device))
        stopped = False
        for index in range(scale_index, len(self.scales)):
            scale = self.scales[index]
            if index > scale_index:
                optimiser, step = optimiser.next_scale(scale.height, scale.width), 0
            objective = self._objective_with_room(scale, report)
            optimiser, objective, stopped = self._descend(optimiser, objective, index, step, report)
            if stopped:
                break
        result = optimiser.result()
        if not stopped:
            self._note_removed(objective, result, report)
        return self._finished(result)

    def objective(self, scale: Scale) -> Objective:
        """The loss at a scale."""
        settings = self.settings
        size = (scale.height, scale.width)
        styles = [resized(style.to(self._device), *self._style_size(style, scale)) for style in self._styles]
        regions = [Region(region.styles, _resized_mask(region.mask, *size)) for region in self._division.regions]
        return Objective(
            self.features,
            settings,
            self._content_at(scale),
            styles,
            self._weights,
            regions,
            tile_side=fitting_tile(settings, *size, self._device) if self._tile_side is None else self._tile_side,
        )

    def _style_size(self, style: Tensor, scale: Scale) -> tuple[int, int]:
        """Height and width at which a style is seen: never enlarged, and no smaller than the network can see."""
        height, width = style.shape[1:]
        side = self.settings.style_side or max(1, round(max(scale.height, scale.width) * self.settings.style_scale))
        needed = math.ceil(self._stride * max(height, width) / min(height, width))
        return fitted(height, width, max(side, needed), enlarge=False)

    def _objective_with_room(self, scale: Scale, report: Report) -> Objective:
        """The loss at a scale, in tiles small enough for the device. Raises StyleError."""
        while True:
            try:
                return self.objective(scale)
            except torch.OutOfMemoryError as error:
                self._halve_tiles(scale, report, error)

    def _halve_tiles(self, scale: Scale, report: Report, error: torch.OutOfMemoryError) -> None:
        side = self._tile_side or fitting_tile(self.settings, scale.height, scale.width, self._device)
        halved = (side or max(scale.height, scale.width)) // 2
        if halved < _SMALLEST_TILE:
            raise StyleError(
                f"The memory of {self._device} is too small, even in tiles of {2 * halved} pixels. Choose a "
                "smaller size, or end what else runs there."
            ) from error
        if self._device.startswith("cuda"):
            torch.cuda.empty_cache()
        self._tile_side = halved
        report.note(f"The memory of {self._device} was too small; going on in tiles of {halved} pixels.")

    # --- one scale

    def _descend(
        self, optimiser: Optimiser, objective: Objective, index: int, step: int, report: Report
    ) -> tuple[Optimiser, Objective, bool]:
        """Take the steps of a scale; whether it was stopped."""
        scale = self.scales[index]
        while step < scale.steps:
            if report.stop_requested():
                report.keep(self._state(optimiser, index, step))
                return optimiser, objective, True
            try:
                losses = optimiser.step(partial(_evaluated, objective, self._offset(index, step)))
            except BrokenDownError as error:
                optimiser = self._recovered(optimiser, report, error)
                continue
            except torch.OutOfMemoryError as error:  # raised before anything moved: the step is taken again
                self._halve_tiles(scale, report, error)
                objective = self._objective_with_room(scale, report)
                continue
            if step % NOTED_STEPS == 0 or step == scale.steps - 1:
                report.note(_words(losses, scale, index, len(self.scales), step))
            step += 1
            report.progress(*self._progress(index, step))
            if step % self.settings.preview_steps == 0 or step == scale.steps:
                report.preview(optimiser.result().cpu())
            if step % self.settings.keep_steps == 0:
                report.keep(self._state(optimiser, index, step))
        return optimiser, objective, False

    def _recovered(self, optimiser: Optimiser, report: Report, error: BrokenDownError) -> Optimiser:
        self._recoveries += 1
        if self._recoveries > _MOST_RECOVERIES:
            raise StyleError(
                f"The loss was no number {self._recoveries} times, with smaller and smaller steps. Lower the style's "
                "weight or the learning rate, or choose another start."
            ) from error
        report.note("The loss was no number; going on from the average so far, with steps half as large.")
        return optimiser.calmed()

    def _offset(self, index: int, step: int) -> tuple[int, int]:
        """By how much the grid of tiles moves: another way at each step, the same way when it is done again."""
        draw = torch.Generator().manual_seed((self.settings.seed * 1_000_003 + index * 100_003 + step) % 2**63)
        down, right = torch.randint(0, 1 << 16, (2,), generator=draw).tolist()
        return down, right

    def _progress(self, index: int, step: int) -> tuple[int, int, str]:
        """Steps count by their pixels, so that what is left takes the time it seems to."""
        full = self.scales[-1].height * self.scales[-1].width
        shares = [scale.height * scale.width / full for scale in self.scales]
        total = sum(share * scale.steps for share, scale in zip(shares, self.scales, strict=True))
        before = sum(share * scale.steps for share, scale in zip(shares[:index], self.scales, strict=False))
        whole = max(1, round(total))
        return min(whole, int((before + shares[index] * step) / total * whole + 1e-6)), whole, "full-size steps"

    # --- beginning and end

    def _begin(self, scale: Scale) -> Optimiser:
        picture = self._start(scale).to(self._device)
        settings = self.settings
        if settings.optimiser == "lbfgs":
            return LBFGS(picture, average_decay=settings.average_decay)
        return Adam(
            picture,
            learning_rate=settings.learning_rate,
            second_decay=settings.second_decay,
            average_decay=settings.average_decay,
        )

    def _start(self, scale: Scale) -> Tensor:
        start = self.settings.start
        content = self._content_at(scale).cpu()
        if start == "content":
            return content
        if start == "recoloured":
            target = colour.mixed([colour.moments(style.cpu()) for style in self._styles], self._weights)
            return colour.apply(content, colour.mkl(colour.moments(content), target)).clamp_(0, 1)
        draw = torch.Generator().manual_seed(self.settings.seed)
        if start == "grey":
            return 0.5 + torch.randn(content.shape, generator=draw) / 255
        if start == "uniform":
            return torch.rand(content.shape, generator=draw)
        means, deviations = [0.5] * 3, [0.25] * 3
        if start == "style":
            found = colour.mixed([colour.moments(style.cpu()) for style in self._styles], self._weights)
            means = found.mean.tolist()
            deviations = found.covariance.diagonal().clamp_min(1e-8).sqrt().tolist()
        channels = [
            torch.nn.init.trunc_normal_(torch.empty(content.shape[1:]), mean, deviation, 0, 1, generator=draw)
            for mean, deviation in zip(means, deviations, strict=True)
        ]
        return torch.stack(channels)

    def _content_at(self, scale: Scale) -> Tensor:
        return resized(self._content.to(self._device), scale.height, scale.width)

    def _note_removed(self, objective: Objective, result: Tensor, report: Report) -> None:
        """What was reached, in a number that can be compared between settings with the same style loss."""
        before, after = (float(objective(picture)[0].style) for picture in (objective.content, result))
        if before > 0:
            report.note(
                f"Style loss {before:.6g} of the content, {after:.6g} of the result: "
                f"{100 * (1 - after / before):.1f} % removed."
            )

    def _finished(self, result: Tensor) -> Tensor:
        painted = resized(result, *self._content.shape[1:]).cpu()
        if self._division.coverage is None:
            return painted
        return laid_over(self._content.cpu(), painted, self._division.coverage)

    # --- going on

    def _state(self, optimiser: Optimiser, index: int, step: int) -> dict[str, Any]:
        return {
            "version": _STATE_VERSION,
            "fingerprint": self._fingerprint,
            "scale": index,
            "step": step,
            "recoveries": self._recoveries,
            "optimiser": _moved(optimiser.state(), "cpu"),
        }

    def _restore(self, state: Any) -> tuple[int, int]:
        """Where to go on. Raises StateError."""
        if state.get("version") != _STATE_VERSION or state.get("fingerprint") != self._fingerprint:
            raise StateError(
                "What was kept of this transfer belongs to other pictures, settings or weights, or to another version. "
                "Begin it anew."
            )
        self._recoveries = int(state["recoveries"])
        return int(state["scale"]), int(state["step"])


def _evaluated(objective: Objective, offset: tuple[int, int], picture: Tensor) -> tuple[Losses, Tensor]:
    try:
        return objective(picture, offset=offset)
    except torch.linalg.LinAlgError as error:  # how eigenvalues of what is no number are refused
        raise BrokenDownError from error


def _words(losses: Losses, scale: Scale, index: int, count: int, step: int) -> str:
    where = f"scale {index + 1} of {count} ({scale.width} x {scale.height}), step {step} of {scale.steps}"
    parts = f"style {float(losses.style):.6f}, content {float(losses.content):.6f}"
    return f"{where}: {parts}, variation {float(losses.variation):.6f}"


def _resized_mask(mask: Tensor | None, height: int, width: int) -> Tensor | None:
    if mask is None or mask.shape == (height, width):
        return mask
    return F.interpolate(mask[None, None], (height, width), mode="bilinear", antialias=True)[0, 0].clamp(0, 1)


def _moved(value: Any, device: str) -> Any:
    """Tensors anywhere within dicts and lists, on the device, and no longer shared."""
    if isinstance(value, Tensor):
        return value.detach().to(device, copy=True)
    if isinstance(value, dict):
        return {name: _moved(part, device) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_moved(part, device) for part in value]
    return value


def _fingerprint(
    features: Features,
    content: Tensor,
    styles: Sequence[Tensor],
    weights: Sequence[float],
    settings: NeuralSettings,
    masks: Sequence[Tensor | None] | None,
) -> str:
    """Of everything that the result depends on."""
    digest = hashlib.sha256(repr((settings, list(weights), features.plan)).encode())
    for tensor in (*features.buffers(), content, *styles, *(masks or ())):
        if tensor is None:
            digest.update(b"none")
            continue
        digest.update(repr(tuple(tensor.shape)).encode())
        digest.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()

"""Several processes that train as one: each has a part of every batch, and all of them have the same weights.

A training on N processes computes what one process computes with the same (global) batch, up to rounding. Three things
make it so. Every random number is drawn for the whole batch, by every process from the same generator, and each takes
its part. Whatever is a mean over the batch is made one over the whole batch: gradients before an optimiser's step,
statistics of batch norm, the scale of a VAE's error. And what the first process decides (to stop, to save) holds for
all.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import torch
import torch.distributed as dist
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from core.errors import AtelierError, ConfigError
from core.models.atelier_gan import MinibatchDeviation, group_size

_BUCKET_VALUES = 8_000_000  # gradients that travel at a time

Batch = TypeVar("Batch", Tensor, NDArray[np.int64])


class LostContactError(AtelierError):
    """Another process of the same training is gone, or does not answer."""

    def __init__(self) -> None:
        super().__init__("Another process of this training ended, or does not answer any more.")


@dataclass(frozen=True)
class Share:
    """Which part of a batch this process has: number `rank` of `size` equal ones. Alone, nothing here does anything.

    Everything but `part` is a meeting: all processes have to come to it, in the same order.
    """

    rank: int
    size: int

    @property
    def first(self) -> bool:
        """Whether this is the process that writes and decides."""
        return self.rank == 0

    def part(self, whole: Batch) -> Batch:
        """This process's pictures (or rows) of a whole batch (B, ...): consecutive ones."""
        if self.size == 1:
            return whole
        count = len(whole) // self.size
        return whole[self.rank * count : (self.rank + 1) * count]

    def whole(self, part: Tensor) -> Tensor:
        """The whole batch, of which each process has a part. Without gradients."""
        if self.size == 1:
            return part
        parts = [torch.empty_like(part, memory_format=torch.contiguous_format) for _ in range(self.size)]
        with _meeting():
            dist.all_gather(parts, part.detach().contiguous())
        return torch.cat(parts)

    def mean(self, value: Tensor) -> Tensor:
        """The mean over all processes. Differentiable as often as wanted, for losses that are means over the batch."""
        mean: Tensor = value if self.size == 1 else _Mean.apply(value, self.size)
        return mean

    def average(self, network: nn.Module) -> None:
        """Make the gradients of a network those of the whole batch; after backward(), before the optimiser's step."""
        if self.size == 1:
            return
        gradients = [weights.grad for weights in network.parameters() if weights.grad is not None]
        for bucket in _buckets(gradients):
            flat = torch.cat([gradient.reshape(-1) for gradient in bucket])
            with _meeting():
                dist.all_reduce(flat)
            flat /= self.size
            for gradient, values in zip(bucket, flat.split([part.numel() for part in bucket]), strict=True):
                gradient.copy_(values.view_as(gradient))

    def means(self, measured: dict[str, float]) -> dict[str, float]:
        """Means over all processes of what each measured."""
        if self.size == 1 or not measured:
            return measured
        values = torch.tensor(list(measured.values()), dtype=torch.float64)
        with _meeting():
            dist.all_reduce(values)
        return dict(zip(measured, (values / self.size).tolist(), strict=True))

    def agree(self, decision: bool) -> bool:
        """What the first process decided; the others' own opinion does not count."""
        return bool(self.tell(int(decision)))

    def tell(self, word: int) -> int:
        """What the first process says, a number from 0 to 255; the others' own does not count."""
        if self.size == 1:
            return word
        told = torch.tensor([word], dtype=torch.uint8)
        with _meeting():
            dist.broadcast(told, src=0)
        return int(told)

    def meet(self) -> None:
        """Wait here until all processes have come."""
        self.means({"here": 1.0})

    @contextmanager
    def first_alone(self) -> Iterator[None]:
        """The first process runs the block while the others wait; then they run it."""
        if self.size > 1 and not self.first:
            self.agree(True)
        yield
        if self.size > 1 and self.first:
            self.agree(True)

    def prepare(self, network: nn.Module, batch_size: int) -> None:
        """Have layers of `network` that look at several pictures, or draw numbers, do so for the whole batch.

        Names and tensors stay as they are, so states are exchangeable with those of one process.

        Raises: ConfigError if a batch of batch_size cannot be shared so that it stays the same training.
        """
        if self.size == 1:
            return
        _check(network, batch_size, self.size)
        for parent in list(network.modules()):
            for name, child in list(parent.named_children()):
                if isinstance(child, _BatchNorm):
                    setattr(parent, name, _SharedBatchNorm(child, self))
                elif isinstance(child, nn.Dropout):
                    setattr(parent, name, _SharedDropout(child.p, self))


SINGLE = Share(0, 1)


@contextmanager
def _meeting() -> Iterator[None]:
    try:
        yield
    except RuntimeError as error:  # of gloo or NCCL, whose words name sockets
        raise LostContactError from error


class _Mean(torch.autograd.Function):
    """The mean over all processes; what flows back is the mean of what flows back to each (its own adjoint)."""

    @staticmethod
    def forward(ctx: Any, value: Tensor, size: int) -> Tensor:
        ctx.size = size
        mean = value.detach().clone(memory_format=torch.contiguous_format)
        with _meeting():
            dist.all_reduce(mean)
        return mean / size

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        return _Mean.apply(gradient, ctx.size), None


class _SharedBatchNorm(_BatchNorm):
    """Batch norm by the statistics of the whole batch, with the weights and buffers of the layer it replaces."""

    def __init__(self, layer: _BatchNorm, share: Share) -> None:
        super().__init__(layer.num_features, layer.eps, layer.momentum, layer.affine, layer.track_running_stats)
        self._share = share
        self.weight, self.bias = layer.weight, layer.bias
        self.running_mean, self.running_var = layer.running_mean, layer.running_var
        self.num_batches_tracked = layer.num_batches_tracked
        self.training = layer.training

    def _check_input_dim(self, input: Tensor) -> None:  # noqa: A002 - torch's name
        """Of any number of axes."""

    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            return super().forward(x)
        values = x.float()
        over = [axis for axis in range(values.dim()) if axis != 1]
        shape = [-1 if axis == 1 else 1 for axis in range(values.dim())]
        mean = self._share.mean(values.mean(over))
        centred = values - mean.view(shape)
        variance = self._share.mean(centred.square().mean(over))
        self._remember(mean.detach(), variance.detach(), values.numel() // values.shape[1] * self._share.size)
        scale = torch.rsqrt(variance + self.eps)
        normal = centred * (scale if self.weight is None else scale * self.weight).view(shape)
        normal = normal if self.bias is None else normal + self.bias.view(shape)
        return normal.to(x.dtype)

    @torch.no_grad()
    def _remember(self, mean: Tensor, variance: Tensor, count: int) -> None:
        if self.running_mean is None or self.running_var is None or self.num_batches_tracked is None:
            return
        self.num_batches_tracked += 1
        momentum = 1 / float(self.num_batches_tracked) if self.momentum is None else self.momentum
        self.running_mean.lerp_(mean, momentum)
        self.running_var.lerp_(variance * count / max(1, count - 1), momentum)


class _SharedDropout(nn.Module):
    """Dropout by this process's part of the mask that one process would draw for the whole batch."""

    def __init__(self, probability: float, share: Share) -> None:
        super().__init__()
        self.p, self._share = probability, share

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or not self.p:
            return x
        # numbers are drawn in the order of the memory: a whole batch must lie there as its part does
        last = x.dim() == 4 and x.is_contiguous(memory_format=torch.channels_last)
        layout = torch.channels_last if last else torch.contiguous_format
        ones = x.new_ones(len(x) * self._share.size, *x.shape[1:]).contiguous(memory_format=layout)
        return x * self._share.part(F.dropout(ones, self.p, training=True))


def _check(network: nn.Module, batch_size: int, size: int) -> None:
    if batch_size % size:
        raise ConfigError(
            f"A batch of {batch_size} cannot be shared equally by {size} devices. "
            f"Choose a batch size that is a multiple of {size}."
        )
    part = batch_size // size
    grouped = any(isinstance(module, MinibatchDeviation) for module in network.modules())
    if grouped and group_size(part) != group_size(batch_size):
        needed = group_size(batch_size) * size
        raise ConfigError(
            f"The discriminator compares pictures in groups of {group_size(batch_size)}, and a batch of {batch_size} "
            f"shared by {size} devices would break them up. Choose a batch size that is a multiple of {needed}."
        )


def _buckets(tensors: list[Tensor]) -> Iterator[list[Tensor]]:
    """Consecutive tensors of one kind, so many that they are worth a message."""
    bucket: list[Tensor] = []
    for tensor in tensors:
        if bucket and (bucket[0].dtype != tensor.dtype or sum(t.numel() for t in bucket) >= _BUCKET_VALUES):
            yield bucket
            bucket = []
        bucket.append(tensor)
    if bucket:
        yield bucket

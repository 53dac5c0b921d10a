"""Square roots of symmetric positive matrices that can be differentiated.

Newton and Schulz's iteration needs products of matrices only, and its gradient follows from the Lyapunov equation
(Lin & Maji, 2017, arXiv:1707.06772): nothing is divided by differences of eigenvalues, which are often zero here. On a
processor an eigendecomposition is five times faster, and safe for the trace, whose gradient needs no such differences.
"""

import math
from typing import Any

import torch
from torch import Tensor

# An eigenvalue that is a share s of the largest needs 1.5^n > s^-1/2: 12 iterations, as often published, reach shares
# of 6e-5, and the covariances of activations go further down.
ITERATIONS = 16


def square_root(matrix: Tensor, iterations: int = ITERATIONS) -> Tensor:
    """The symmetric positive root of a symmetric positive matrix (n, n), by Newton and Schulz.

    Eigenvalues under about 1e-5 of the largest come out too small with 16 iterations.
    """
    root: Tensor = _NewtonSchulz.apply(matrix, iterations)
    return root


def root_of(matrix: Tensor, method: str = "auto") -> Tensor:
    """As `square_root`, by one of settings.ROOTS: "auto" is "eigen" on a processor. No gradient."""
    with torch.no_grad():
        if _method_on(matrix.device, method) == "newton-schulz":
            return square_root(matrix)
        values, vectors = torch.linalg.eigh(matrix)
        return (vectors * values.clamp_min(0).sqrt()) @ vectors.mT


def trace_of_root(matrix: Tensor, method: str = "auto") -> Tensor:
    """The trace of the root of a symmetric positive matrix (n, n), by one of settings.ROOTS; see `root_of`."""
    if _method_on(matrix.device, method) == "newton-schulz":
        return square_root(matrix).diagonal().sum()
    trace: Tensor = _TraceByEigenvalues.apply(matrix)
    return trace


def _method_on(device: torch.device, method: str) -> str:
    if method != "auto":
        return method
    return "eigen" if device.type == "cpu" else "newton-schulz"


class _NewtonSchulz(torch.autograd.Function):
    @staticmethod
    def forward(context: Any, matrix: Tensor, iterations: int) -> Tensor:
        scale = matrix.norm().clamp_min(torch.finfo(matrix.dtype).tiny)
        thrice = 3 * torch.eye(matrix.shape[0], dtype=matrix.dtype, device=matrix.device)
        root = matrix / scale
        inverse_root = thrice / 3
        for step in range(iterations):
            correction = (thrice - inverse_root @ root) / 2
            root = root @ correction
            if step < iterations - 1:
                inverse_root = correction @ inverse_root
        root = root * scale.sqrt()
        context.save_for_backward(root)
        context.iterations = iterations
        return root

    @staticmethod
    def backward(context: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        """Solve root X + X root = gradient for X, by the iteration for the sign of [[root, gradient], [0, -root]]:
        its upper right corner becomes 2 X, while the factors on the diagonal go to the identity.
        """
        (root,) = context.saved_tensors
        scale = root.norm().clamp_min(torch.finfo(root.dtype).tiny)
        thrice = 3 * torch.eye(root.shape[0], dtype=root.dtype, device=root.device)
        sign, corner = root / scale, gradients[0] / scale
        for _ in range(context.iterations):
            square = sign @ sign
            corner = (3 * corner - square @ corner - corner @ square + sign @ corner @ sign) / 2
            sign = sign @ (thrice - square) / 2
        return corner / 2, None


class _TraceByEigenvalues(torch.autograd.Function):
    @staticmethod
    def forward(context: Any, matrix: Tensor) -> Tensor:
        values, vectors = torch.linalg.eigh(matrix)
        context.save_for_backward(values, vectors)
        return values.clamp_min(0).sqrt().sum()

    @staticmethod
    def backward(context: Any, *gradients: Tensor) -> Tensor:
        """The trace of the root has the gradient root^-1 / 2; what rounding made of zeros counts as the smallest value
        that can be told from zero."""
        values, vectors = context.saved_tensors
        floor = (values[-1] * torch.finfo(values.dtype).eps).clamp_min(math.sqrt(torch.finfo(values.dtype).tiny))
        halves = gradients[0] / (2 * values.maximum(floor).sqrt())
        return (vectors * halves) @ vectors.mT

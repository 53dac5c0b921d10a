"""Roots of matrices: against scipy, and their gradients against finite differences."""

import pytest
import scipy.linalg
import torch

from core.style.neural.square_root import root_of, square_root, trace_of_root


def _positive(size: int, *, seed: int = 0) -> torch.Tensor:
    rows = torch.randn(size, 3 * size, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))
    return rows @ rows.mT / (3 * size) + 0.05 * torch.eye(size)


@pytest.mark.parametrize("size", [1, 3, 12])
def test_newton_and_schulz_find_the_root_that_scipy_finds(size):
    matrix = _positive(size)
    expected = torch.from_numpy(scipy.linalg.sqrtm(matrix.numpy()).real)
    torch.testing.assert_close(square_root(matrix), expected, rtol=1e-6, atol=1e-8)
    torch.testing.assert_close(root_of(matrix, "eigen"), expected, rtol=1e-9, atol=1e-12)


def test_the_gradient_of_a_root_agrees_with_finite_differences():
    weights = torch.randn(6, 6, dtype=torch.float64, generator=torch.Generator().manual_seed(3))
    matrix = _positive(6).requires_grad_()
    assert torch.autograd.gradcheck(lambda m: (square_root((m + m.mT) / 2, 24) * weights).sum(), (matrix,))


def test_the_gradient_of_the_trace_agrees_with_finite_differences():
    matrix = _positive(6).requires_grad_()
    assert torch.autograd.gradcheck(lambda m: trace_of_root((m + m.mT) / 2, "eigen"), (matrix,))


def test_both_methods_give_one_trace_and_one_gradient():
    found = {}
    for method in ("eigen", "newton-schulz"):
        matrix = _positive(8).requires_grad_()
        trace = trace_of_root(matrix, method)
        trace.backward()
        found[method] = (trace.detach(), (matrix.grad + matrix.grad.mT) / 2)
    torch.testing.assert_close(found["eigen"], found["newton-schulz"], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("method", ["eigen", "newton-schulz"])
def test_a_matrix_with_equal_and_vanishing_eigenvalues_has_a_finite_gradient(method):
    matrix = torch.diag(torch.tensor([2.0, 2.0, 2.0, 0.0, 0.0])).requires_grad_()
    trace_of_root(matrix, method).backward()
    assert torch.isfinite(matrix.grad).all()

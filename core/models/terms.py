"""What terms mean to a network: the part that all conditioned networks share."""

from torch import Tensor, nn


class TermEmbedding(nn.Module):
    """Terms (B, T), each 0 or 1 -> (B, 64): the mean direction of those that hold, zeros where none does."""

    width = 64

    def __init__(self, terms: int) -> None:
        super().__init__()
        self.directions = nn.Linear(terms, self.width, bias=False)

    def forward(self, terms: Tensor) -> Tensor:
        return self.directions(terms / terms.sum(dim=1, keepdim=True).clamp_min(1))

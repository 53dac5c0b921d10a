"""What the training of a rectified flow is told. No torch here."""

from dataclasses import dataclass

from core.models.configs import check_range
from core.training.base_settings import TrainingSettings


@dataclass(frozen=True)
class FlowSettings(TrainingSettings):
    learning_rate: float = 5e-4
    beta1: float = 0.9
    beta2: float = 0.99
    time_spread: float = 1.0  # shares of noise are sigmoid(this times a normal number): 0 trains at one half alone
    label_dropout: float = 0.1  # how often a picture's terms are hidden, so that pictures without terms are learned too

    def __post_init__(self) -> None:
        super().__post_init__()
        check_range("time_spread", self.time_spread, 0, 10)
        check_range("label_dropout", self.label_dropout, 0, 1)

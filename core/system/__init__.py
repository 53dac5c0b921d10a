"""What this installation runs on, what is wrong with it, and what to do; and the copies that save a lab."""

from core.system.facts import Fact, check_torch, facts, folder_sizes, report, size_words
from core.system.storage import Storage, storage, storage_lasts

__all__ = [
    "Fact",
    "Storage",
    "check_torch",
    "facts",
    "folder_sizes",
    "report",
    "size_words",
    "storage",
    "storage_lasts",
]

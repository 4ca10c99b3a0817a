"""What an import did."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(slots=True)
class Counts:
    """How many records were read, and what became of them. `batch_uuid` is None for a dry run."""

    read: int = 0
    new: int = 0
    replaced: int = 0
    unchanged: int = 0
    deleted: int = 0
    rejected: int = 0
    batch_uuid: UUID | None = None

    def __str__(self) -> str:
        return (
            f"read {self.read}, new {self.new}, replaced {self.replaced},"
            f" unchanged {self.unchanged}, deleted {self.deleted}, rejected {self.rejected}"
        )

    def __add__(self, more: "Counts") -> "Counts":
        return Counts(
            self.read + more.read,
            self.new + more.new,
            self.replaced + more.replaced,
            self.unchanged + more.unchanged,
            self.deleted + more.deleted,
            self.rejected + more.rejected,
            more.batch_uuid or self.batch_uuid,
        )

    @property
    def changed(self) -> int:
        """How many of the domain's rows are others now."""
        return self.new + self.replaced + self.deleted

    @property
    def told(self) -> dict[str, int]:
        """What became of the records, by name."""
        return {
            "new": self.new,
            "replaced": self.replaced,
            "unchanged": self.unchanged,
            "deleted": self.deleted,
            "rejected": self.rejected,
        }

    @property
    def figures(self) -> tuple[int, int, int, int, int, int]:
        return (
            self.read, self.new, self.replaced, self.unchanged, self.deleted, self.rejected,
        )  # fmt: skip

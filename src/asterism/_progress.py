"""How far the work has come: told through a Reporter, silent unless the caller brings one."""

from __future__ import annotations

from typing import Protocol


class Reporter(Protocol):
    """Hears of the stages of a long piece of work."""

    def start(self, stage: str, total: int | None = None, *, unit: str = "") -> None:
        """A stage begins; `total` units are to be done, None if unknown."""

    def advance(self, n: int = 1, *, detail: str = "") -> None:
        """`n` more units of the current stage are done; `detail` is a short remark such as "KL 1.23"."""

    def done(self) -> None:
        """The current stage is finished."""

    def remark(self, message: str) -> None:
        """Something was decided that people should know of."""


class _Silent:
    """Says nothing."""

    def start(self, stage: str, total: int | None = None, *, unit: str = "") -> None:
        """See Reporter."""

    def advance(self, n: int = 1, *, detail: str = "") -> None:
        """See Reporter."""

    def done(self) -> None:
        """See Reporter."""

    def remark(self, message: str) -> None:
        """See Reporter."""


SILENT: Reporter = _Silent()

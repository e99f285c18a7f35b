"""What a run set out to embed, kept beside the cache until it has.

What shares a batch moves the last bits of a vector. A run that was interrupted and is started again cuts the batches
that it would have cut, skips those that are finished, and ends with the same bits.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import blake2b
from typing import TYPE_CHECKING

import numpy as np

from asterism._files import write_atomically
from asterism.embed.cache import JOURNAL

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

Plan = Mapping[str, int | str]


class Journal:
    """The plan of a run and the rows that were missing when it began.

    Args:
        folder: Where the segments of the model lie.
        texts: All texts of the run, in order; the same texts find the same journal.
    """

    def __init__(self, folder: Path, texts: Sequence[str]) -> None:
        digest = blake2b(digest_size=16)
        for text in texts:
            digest.update(text.encode("utf-8", "surrogatepass") + b"\0")
        self._path = folder / f"{digest.hexdigest()}{JOURNAL}"

    def read(self, missing: NDArray[np.int64]) -> tuple[NDArray[np.int64], Plan] | None:
        """What the interrupted run wrote down.

        Args:
            missing: Rows to embed now.

        Returns:
            Its rows, those embedded since among them, and its plan; None if there was no such run, or if the cache
            has lost rows since, which that plan cannot give.
        """
        try:
            head, _, body = self._path.read_bytes().partition(b"\n")
        except FileNotFoundError:
            return None
        try:
            rows, plan = np.frombuffer(body, "<i8").astype(np.int64), json.loads(head)
        except ValueError:  # damaged: the rest is planned anew
            return None
        return (rows, plan) if np.isin(missing, rows).all() else None

    def write(self, rows: NDArray[np.int64], plan: Plan) -> None:
        """Write down what a run is about to embed, before anything of it is kept."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(self._path, json.dumps(dict(plan)).encode() + b"\n" + rows.astype("<i8").tobytes())

    def end(self) -> None:
        """The run is finished."""
        self._path.unlink(missing_ok=True)

"""Writing a Space shard by shard, so that a run that was stopped goes on where it was."""

from __future__ import annotations

import os
import shutil
import weakref
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from asterism._check import check_choice
from asterism._files import lock_folder
from asterism.errors import Corrupt, FingerprintMismatch, InputError, OutputExists, SpaceError
from asterism.store.drafts import is_ours, partial_folder
from asterism.store.folder import ROUNDED, check_free, put_in_place
from asterism.store.manifest import DTYPES, Manifest, read_manifest, write_manifest
from asterism.store.shards import check_file, join_shards, map_vectors, sweep, write_shard

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from asterism.store.data import SpaceData
    from asterism.store.manifest import Shard
    from asterism.values import Model


# Where parts are joined: a draft within the draft, swept like any other.
WHOLE = ".whole.tmp"
# Texts may take more in one file than in several.
MARGIN = 1.1


class SpaceWriter:
    """Writes the shards of a Space into NAME.space.partial, which becomes NAME.space when it is finished.

    Stopped at any moment, a writer with the same fingerprint finds every shard whose writing had ended. What another
    fingerprint began is replaced where nothing was written yet. One writer at a time may write: it keeps the folder
    until it is finished, closed or gone.

    Args:
        folder: The Space to be.
        model: Which model makes the vectors.
        text_column: The column that holds the texts.
        fingerprint: Identifies model and input; what another one wrote is not gone on with.
        dtype: "float32" or "float16" on disk.
        force: Replace a finished Space of that name when done, and drop what another fingerprint began.

    Raises:
        OutputExists: There is something of that name, and `force` is not given.
        FingerprintMismatch: Another fingerprint, model or dtype wrote something, and `force` is not given.
        SpaceError: Another writer is at it.
        InputError: Another dtype, or no folder to write into.
    """

    def __init__(
        self,
        folder: Path,
        model: Model,
        text_column: str,
        *,
        fingerprint: str,
        dtype: str = "float32",
        force: bool = False,
    ) -> None:
        check_choice(dtype, DTYPES, name="dtype")
        self.folder = check_free(folder, force=force)
        self._force = force
        self._draft = partial_folder(self.folder)
        wanted = Manifest(model, dtype, text_column, is_complete=False, fingerprint=fingerprint)
        handle = _keep(self._draft)
        self._release = weakref.finalize(self, os.close, handle) if handle is not None else None
        try:
            self._manifest = self._resume(wanted, force=force)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Let others write; what is written stays."""
        if self._release is not None:
            self._release()

    @property
    def done(self) -> dict[int, int]:
        """The rows of every shard that is written, by its number."""
        return {shard.number: shard.rows for shard in self._manifest.shards}

    @property
    def plan(self) -> Mapping[str, int | str]:
        """How batches are cut; empty where that is not known, or does not matter."""
        return self._manifest.model.plan

    def note_plan(self, plan: Mapping[str, int | str]) -> None:
        """Write down how batches are cut, for whoever goes on with the rest; before anything of them is kept."""
        if plan != self.plan:
            self._manifest = replace(self._manifest, model=replace(self._manifest.model, plan=dict(plan)))
            self._put(self._manifest.shards)

    def vectors(self, number: int) -> NDArray[np.float32]:
        """The vectors of a shard that is written, shape (n, d)."""
        shard = next(known for known in self._manifest.shards if known.number == number)
        return map_vectors(self._draft, shard, self._manifest).astype(np.float32, copy=False)

    def write(self, number: int, data: SpaceData) -> None:
        """Write a shard, in any order; one that is there already is replaced.

        Args:
            number: Of the shard, from 0: the order of rows.
            data: Its rows; the model and the text column are the writer's.

        Raises:
            InputError: Vectors of another length, or a table that cannot be kept.
            OSError: The disk is full; shards that were written stay.
        """
        if data.vectors.shape[1] != self._manifest.model.dim or number < 0:
            expected = f"number ≥ 0 and vectors of {self._manifest.model.dim} numbers"
            raise InputError(f"Shard {number} has vectors of shape {data.vectors.shape}; expected {expected}.")
        shard = write_shard(data, self._draft, number, slice(None), self._manifest.dtype)
        shards = {known.number: known for known in self._manifest.shards} | {number: shard}
        self._put(tuple(shards[key] for key in sorted(shards)))

    def finish(self, *, counts: Mapping[str, int] | None = None, remarks: tuple[str, ...] = ()) -> None:
        """Make it a Space, under its name: of one shard, where the disk has room for its rows twice.

        Args:
            counts: What was found odd, for the manifest.
            remarks: What was decided.

        Raises:
            InputError: No shard was written, or a number is missing.
            OutputExists: Meanwhile something got its name, and `force` was not given.
        """
        check_free(self.folder, force=self._force)
        numbers = list(self.done)
        if not numbers or numbers != list(range(len(numbers))):
            missing = sorted(set(range(max(numbers, default=0) + 1)) - set(numbers))
            raise InputError(f"'{self.folder}' cannot be finished: shard {missing[0]} is missing; write it first.")
        if self._manifest.dtype == "float16":
            remarks = (*remarks, ROUNDED)
        finished = replace(self._manifest, counts=dict(counts or {}), remarks=remarks, is_complete=True)
        if len(numbers) == 1 or not self._has_room():
            write_manifest(self._draft, finished)
            put_in_place(self._draft, self.folder)
            self.close()
            return
        # The parts stay until the whole has its name, so that a run that is stopped here has lost nothing.
        whole = self._draft / WHOLE
        sweep(self._draft, self._manifest.shards)  # what a try before this one left, when the disk was full
        whole.mkdir()
        write_manifest(whole, replace(finished, shards=(join_shards(self._draft, finished, whole),)))
        put_in_place(whole, self.folder)
        shutil.rmtree(self._draft)
        self.close()

    def _has_room(self) -> bool:
        needed = sum(shard.texts.size + shard.vectors.size for shard in self._manifest.shards)
        return shutil.disk_usage(self._draft).free > needed * MARGIN

    def _resume(self, wanted: Manifest, *, force: bool) -> Manifest:
        found = self._found()
        if found is not None and _beginning(found) == _beginning(wanted):
            self._manifest = replace(wanted, model=found.model, shards=())
            self._put(tuple(shard for shard in found.shards if self._is_whole(shard)))
            sweep(self._draft, self._manifest.shards)
            return self._manifest
        if not force and found is not None and (found.shards or found.model.plan):
            raise FingerprintMismatch(
                f"'{self._draft}' was begun with other inputs or another model; remove it, or start anew with "
                "--force (force=True)."
            )
        self._empty()
        write_manifest(self._draft, wanted)
        return wanted

    def _found(self) -> Manifest | None:
        """What another writer left; None if it did not come as far as a manifest, or that is damaged."""
        try:
            return read_manifest(self._draft)
        except SpaceError:
            return None

    def _empty(self) -> None:
        inside = list(self._draft.iterdir())
        for path in inside:
            if not is_ours(path):
                raise OutputExists(f"'{self._draft}' holds '{path.name}', which is of no Space; move it away first.")
        for path in inside:
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    def _is_whole(self, shard: Shard) -> bool:
        try:
            for file in (shard.texts, shard.vectors):
                check_file(self._draft, file, verify=True)
        except Corrupt:
            return False
        return True

    def _put(self, shards: tuple[Shard, ...]) -> None:
        self._manifest = replace(self._manifest, shards=shards)
        write_manifest(self._draft, self._manifest)


def _keep(draft: Path) -> int | None:
    """Make the folder of parts, if it is not there, and keep others from writing to it."""
    while True:
        draft.mkdir(exist_ok=True)
        try:
            return lock_folder(draft)
        except FileNotFoundError:  # another writer has just finished it
            continue
        except BlockingIOError as exc:
            raise SpaceError(
                f"Another run is writing '{draft}'; wait until it has ended, or choose another name for this one."
            ) from exc


def _beginning(manifest: Manifest) -> Manifest:
    """What a manifest was before the first shard; a plan becomes known only with that."""
    model = replace(manifest.model, plan={})
    return replace(manifest, model=model, shards=(), counts={}, remarks=(), is_complete=False)

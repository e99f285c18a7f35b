"""Texts and vectors enter a Space: embedded where they have to be, and decided once which rows can be placed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from asterism._progress import SILENT
from asterism.embed.base import Planned, Refusing
from asterism.embed.cache import open_cache
from asterism.embed.options import NO_WISHES
from asterism.embed.run import embed_texts, is_cached
from asterism.embed.upkeep import trim_vectors
from asterism.errors import InputError
from asterism.store import SpaceData
from asterism.store.results import VECTORS_CEILING_GB, ceiling_bytes, fingerprint_of
from asterism.values import Model

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import ArrayLike, NDArray

    from asterism._progress import Reporter
    from asterism.embed.base import Embedder
    from asterism.embed.options import EmbedOptions
    from asterism.read import Reading
    from asterism.values import Metric


# Characters of a text that a remark quotes.
MOST_QUOTED = 60


def enter_vectors(
    vectors: ArrayLike,
    table: pa.Table,
    *,
    text_column: str,
    model: Model | None = None,
    metric: Metric = "cosine",
    counts: Mapping[str, int] | None = None,
    remarks: tuple[str, ...] = (),
    coordinates: NDArray[np.float32] | None = None,
) -> SpaceData:
    """Join vectors and table into a Space, deciding once which rows can be placed.

    A row whose text is null or empty, or whose vector holds NaN or infinity, or (under "cosine") is all zeros, keeps
    its place in the table with a vector of zeros and is set aside: it is counted, and it is on no map.

    Args:
        vectors: Shape (n, d), real numbers. Not modified.
        table: n rows.
        text_column: The column that holds the texts.
        model: Which model made the vectors; None if they were brought along.
        metric: The distance that suits them, if `model` is None.
        counts: Counts to carry along, as from reading.
        remarks: What every picture must say already, one sentence each.
        coordinates: Shape (n, 2|3), if they were brought along; a row without them (NaN) is set aside.

    Returns:
        The Space's data.

    Raises:
        InputError: Not a matrix of real numbers, or not one row per text.
    """
    given = np.asarray(vectors)
    if given.ndim != 2 or given.dtype.kind not in "fiu":
        raise InputError(f"vectors has shape {given.shape} and dtype {given.dtype}; expected (n, d) real numbers.")
    if len(given) != table.num_rows:
        raise InputError(f"There are {len(given)} vectors for {table.num_rows} rows; expected one for each.")
    with np.errstate(over="ignore"):  # what float32 cannot hold becomes infinite, and is counted as that below
        matrix = np.ascontiguousarray(given, dtype=np.float32)
    model = model or Model(
        name="given", fingerprint=fingerprint_of("given", matrix), dim=matrix.shape[1], metric=metric
    )
    finite: NDArray[np.bool_] = np.all(np.isfinite(matrix), axis=1)
    usable = finite & (matrix != 0).any(axis=1) if model.metric == "cosine" and matrix.shape[1] else finite
    has_text = _has_text(table, text_column)
    placed = usable & has_text
    if coordinates is not None:
        placed &= np.isfinite(coordinates).all(axis=1)
    if not finite.all():
        matrix = np.where(finite[:, None], matrix, np.float32(0))
    told = dict(counts or {})
    told |= {"vectors not finite": int((~finite).sum()), "vectors of zeros": int((finite & ~usable & has_text).sum())}
    aside = int((~placed).sum())
    if aside:
        remarks = (*remarks, f"{aside:,} of {len(matrix):,} rows have no place on the map ({_reasons(told)}).")
    return SpaceData(
        table=table,
        text_column=text_column,
        vectors=matrix,
        placed=placed,
        model=model,
        counts=told,
        remarks=remarks,
        coordinates=coordinates,
    )


def given_reading(reading: Reading, *, metric: Metric = "cosine") -> SpaceData:
    """A Space of what was read with vectors, or with coordinates alone, of its own; nothing is embedded.

    Args:
        reading: With `vectors`, `coordinates` or both. Without vectors those of the Space have no dimensions, and no
            quality can be measured.
        metric: The distance that suits the vectors.

    Returns:
        The Space's data.
    """
    vectors = reading.vectors if reading.vectors is not None else np.empty((reading.table.num_rows, 0), np.float32)
    return enter_vectors(
        vectors,
        reading.table,
        text_column=reading.text_column,
        metric=metric,
        counts=reading.counts,
        remarks=reading.caveats,
        coordinates=reading.coordinates,
    )


def embed_reading(
    reading: Reading,
    embedder: Embedder,
    *,
    options: EmbedOptions = NO_WISHES,
    cache: Path | None = None,
    report: Reporter = SILENT,
) -> SpaceData:
    """Embed what was read; equal texts are embedded once.

    Args:
        reading: Texts and metadata.
        embedder: Turns them into vectors.
        options: With which it was opened; the Space remembers them.
        cache: The folder in which vectors are kept between runs; None neither takes nor keeps.
        report: Hears of the progress.

    Returns:
        The Space's data.

    Raises:
        EmbedError: The model failed; with a cache, what was finished is kept.
    """
    texts = pc.fill_null(reading.table.column(reading.text_column).cast(pa.string()), "")
    encoded = texts.combine_chunks().dictionary_encode()
    distinct = encoded.dictionary.to_pylist()
    kept = None if cache is None or not is_cached(embedder) else open_cache(cache, embedder)
    report.start("embed", len(distinct), unit="texts")
    vectors = embed_texts(embedder, distinct, cache=kept, report=report)
    report.done()
    if cache is not None and kept is not None:
        trim_vectors(cache, ceiling=ceiling_bytes(VECTORS_CEILING_GB))
    rows = encoded.indices.to_numpy()
    refused = embedder.refused if isinstance(embedder, Refusing) else {}
    n_refused = sum(text in refused for text in distinct)
    counts = dict(reading.counts) | ({"refused by the model": n_refused} if n_refused else {})
    return enter_vectors(
        vectors if len(rows) == len(distinct) else vectors[rows],
        reading.table,
        text_column=reading.text_column,
        model=model_of(embedder, options),
        counts=counts,
        remarks=(*reading.caveats, *_tell_refused(refused, distinct)),
        coordinates=reading.coordinates,
    )


def model_of(embedder: Embedder, options: EmbedOptions = NO_WISHES) -> Model:
    """What a Space remembers of the model that made its vectors."""
    plan = dict(embedder.plan) if isinstance(embedder, Planned) else {}
    return Model(embedder.name, embedder.fingerprint, embedder.dim, embedder.metric, options.given(), plan)


def _tell_refused(refused: Mapping[str, str], texts: Sequence[str]) -> tuple[str, ...]:
    """The first text that the model refused, and why."""
    told = [text for text in texts if text in refused]
    if not told:
        return ()
    line = " ".join(told[0].split())
    shown = line if len(line) <= MOST_QUOTED else f"{line[: MOST_QUOTED - 1]}…"
    which = f"a text ({shown!r})" if len(told) == 1 else f"{len(told):,} texts, the first of them {shown!r}"
    return (f"The model refused {which}: {refused[told[0]]}",)


def _has_text(table: pa.Table, text_column: str) -> NDArray[np.bool_]:
    texts = pc.fill_null(table.column(text_column).cast(pa.string()), "")
    blank = pc.or_(pc.utf8_is_space(texts), pc.equal(pc.binary_length(texts), 0))
    return np.asarray(pc.invert(blank))


def _reasons(counts: Mapping[str, int]) -> str:
    names = ("null", "empty", "vectors of zeros", "vectors not finite")
    return ", ".join(f"{name}: {counts[name]:,}" for name in names if counts.get(name))

"""Texts and vectors enter a Space: embedded where they have to be, and decided once which rows can be placed."""

from __future__ import annotations

import warnings
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from asterism._check import check_choice, real_matrix
from asterism._progress import SILENT
from asterism._topk import ROWS, blocks
from asterism.embed.base import Planned, Refusing
from asterism.embed.cache import open_cache
from asterism.embed.options import NO_WISHES
from asterism.embed.run import embed_texts, is_cached
from asterism.embed.scripts import tell_unread
from asterism.embed.upkeep import trim_vectors
from asterism.errors import AsterismWarning, InputError
from asterism.read.frames import to_table
from asterism.store import Facts, SpaceData, SpaceWriter
from asterism.store.results import VECTORS_CEILING_GB, ceiling_bytes, fingerprint_of
from asterism.values import Metric, Model

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import ArrayLike, NDArray

    from asterism._progress import Reporter
    from asterism.embed.base import Embedder
    from asterism.embed.journal import Plan
    from asterism.embed.options import EmbedOptions
    from asterism.read import Reading

NOT_FINITE = "vectors not finite"
GIVEN = "given"
ZEROS = "vectors of zeros"
UNKNOWN = "nothing in them that the model knows"
NOT_DRAWN = "without coordinates"
REFUSED = "refused by the model"
# Characters of a text that a remark quotes.
MOST_QUOTED = 60
# Vectors that are in memory while a folder is written, in bytes; a part has at least so many rows.
PART_BYTES = 1 << 28
LEAST_PART_ROWS = 4096


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
    check_choice(metric, get_args(Metric), name="metric")
    given = real_matrix(vectors, name="vectors")
    if len(given) != table.num_rows:
        raise InputError(f"There are {len(given)} vectors for {table.num_rows} rows; expected one for each.")
    with np.errstate(over="ignore"):  # what float32 cannot hold becomes infinite, and is counted as that below
        matrix = np.ascontiguousarray(given, dtype=np.float32)
    model = model or Model(name=GIVEN, fingerprint=fingerprint_of(GIVEN, matrix), dim=matrix.shape[1], metric=metric)
    finite, is_zero = _finite_and_zero(matrix)
    usable = finite & ~is_zero if model.metric == "cosine" and matrix.shape[1] else finite
    has_text = _has_text(table, text_column)
    placed = usable & has_text
    is_given = model.name == GIVEN
    told = dict(counts or {})
    told |= {NOT_FINITE: int((~finite).sum()), ZEROS: int((finite & ~usable & has_text).sum())}
    if coordinates is not None:
        is_drawn = np.isfinite(coordinates).all(axis=1)
        told[NOT_DRAWN] = int((placed & ~is_drawn).sum())
        placed &= is_drawn
    if not finite.all():
        matrix = np.where(finite[:, None], matrix, np.float32(0))
    remarks = (*remarks, *_tell_aside(int((~placed).sum()), len(matrix), told, is_given=is_given))
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


def _finite_and_zero(matrix: NDArray[np.float32]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which rows hold finite numbers alone, and which nothing but zeros."""
    finite, is_zero = np.empty(len(matrix), np.bool_), np.empty(len(matrix), np.bool_)
    for part in blocks(len(matrix), ROWS):
        finite[part] = np.isfinite(matrix[part]).all(axis=1)
        is_zero[part] = ~matrix[part].any(axis=1)
    return finite, is_zero


def columns_table(columns: Mapping[str, Any]) -> pa.Table:
    """A table of columns that people hand over: lists, arrays, series.

    Args:
        columns: Name to values, as many of each. None, and NaN among texts, is a missing value; several kinds of values
            in a column become text, which is warned of.

    Returns:
        The table.

    Raises:
        InputError: A column is no list of values, or columns are not equally long.
    """
    table, remarks = to_table(dict(columns))
    for remark in remarks:
        warnings.warn(remark, AsterismWarning, stacklevel=3)
    return table


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


@dataclass(frozen=True, slots=True)
class Embedding:
    """How texts are embedded.

    Attributes:
        embedder: Turns them into vectors.
        options: With which it was opened; the Space remembers them.
        cache: The folder in which vectors are kept between runs; None neither takes nor keeps.
    """

    embedder: Embedder
    options: EmbedOptions = NO_WISHES
    cache: Path | None = None

    def vectors_of(
        self, texts: Sequence[str], report: Reporter, begun: Callable[[Plan], None] | None = None
    ) -> NDArray[np.float32]:
        """Embed different texts, by way of the cache; see `embed_texts`."""
        kept = None
        if self.cache is not None and is_cached(self.embedder):
            try:
                kept = open_cache(self.cache, self.embedder, self.options)
            except OSError as exc:  # vectors that cannot be kept are vectors all the same
                message = f"Vectors are not kept in '{self.cache}' ({exc.strerror}); a stopped run would begin anew."
                warnings.warn(message, AsterismWarning, stacklevel=2)
        vectors = embed_texts(self.embedder, texts, cache=kept, report=report, begun=begun)
        if self.cache is not None and kept is not None:
            trim_vectors(self.cache, ceiling=ceiling_bytes(VECTORS_CEILING_GB))
        return vectors

    @property
    def model(self) -> Model:
        """What a Space remembers of it."""
        made = self.embedder
        plan = dict(made.plan) if isinstance(made, Planned) else {}
        return Model(made.name, made.fingerprint, made.dim, made.metric, self.options.given(), plan)


def embed_reading(reading: Reading, embedding: Embedding, *, report: Reporter = SILENT) -> SpaceData:
    """Embed what was read; equal texts are embedded once.

    Args:
        reading: Texts and metadata.
        embedding: How.
        report: Hears of the progress.

    Returns:
        The Space's data.

    Raises:
        EmbedError: The model failed; with a cache, what was finished is kept.
    """
    distinct, rows = _distinct_texts(reading)
    report.start("embed", len(distinct), unit="texts")
    vectors = embedding.vectors_of(distinct, report)
    report.done()
    refused = _refused(embedding.embedder, distinct)
    return enter_vectors(
        vectors if len(rows) == len(distinct) else vectors[rows],
        reading.table,
        text_column=reading.text_column,
        model=embedding.model,
        counts=dict(reading.counts) | ({REFUSED: len(refused)} if refused else {}),
        remarks=(*reading.caveats, *_tell_refused(refused), *_tell_unread(reading, embedding.model)),
        coordinates=reading.coordinates,
    )


def embed_into(
    folder: Path,
    reading: Reading,
    embedding: Embedding,
    *,
    dtype: str = "float32",
    force: bool = False,
    report: Reporter = SILENT,
) -> Facts:
    """Embed what was read into a folder, part by part: the vectors of one part at a time are in memory.

    Stopped at any moment, the same call goes on where it was: finished parts stay in `NAME.space.partial`, what was
    finished of the part in work is in the cache, and the recorded plan cuts the batches as they would have been.

    Args:
        folder: The Space to be.
        reading: Texts and metadata; the table is in memory.
        embedding: How.
        dtype: Of the vectors on disk: "float32" or "float16".
        force: Replace what is there; drop what another input or model began.
        report: Hears of the progress.

    Returns:
        What is to be told of it; its vectors stay on the disk.

    Raises:
        EmbedError: The model failed.
        OutputExists: There is something, and `force` is not given.
        FingerprintMismatch: Another input or model began, and `force` is not given.
        SpaceError: Another run is writing it.
    """
    model = embedding.model
    begun = _fingerprint(reading, model)
    with closing(
        SpaceWriter(folder, model, reading.text_column, fingerprint=begun, dtype=dtype, force=force)
    ) as writer:
        return _embed_parts(writer, reading, embedding, report=report)


def _embed_parts(writer: SpaceWriter, reading: Reading, embedding: Embedding, *, report: Reporter) -> Facts:
    model = embedding.model
    if writer.plan and isinstance(embedding.embedder, Planned):
        embedding = replace(embedding, embedder=embedding.embedder.with_plan(writer.plan))
    counts: Counter[str] = Counter()
    refused: dict[str, str] = {}
    aside = 0
    report.start("embed", reading.table.num_rows, unit="texts")
    for number, part in enumerate(_parts(reading, model.dim)):
        kept = _kept_part(writer, number, part, embedding)
        if kept is None:
            data = _enter_part(_embed_part(part, embedding, report, writer.note_plan), part, model)
            refused |= _refused(embedding.embedder, data.texts)
            writer.note_plan(embedding.model.plan)
            writer.write(number, data)
        else:
            data = kept
            report.advance(part.table.num_rows)
        counts.update({name: data.counts[name] for name in (NOT_FINITE, ZEROS, NOT_DRAWN) if name in data.counts})
        aside += int((~data.placed).sum())
    report.done()
    told = {**reading.counts, **counts} | ({REFUSED: len(refused)} if refused else {})
    set_aside = _tell_aside(aside, reading.table.num_rows, told, is_given=False)
    remarks = (*reading.caveats, *_tell_refused(refused), *_tell_unread(reading, model), *set_aside)
    report.start("write .space")
    writer.finish(counts=told, remarks=remarks)
    report.done()
    n = reading.table.num_rows
    return Facts(n, n - aside, told, reading.text_column, embedding.model, remarks)


def _kept_part(writer: SpaceWriter, number: int, part: Reading, embedding: Embedding) -> SpaceData | None:
    """A part that is written; None if it is not, or if the model is to be asked again for what it refused."""
    if number not in writer.done:
        return None
    data = _enter_part(writer.vectors(number), part, embedding.model)
    # What it did not refuse is in the cache, so that only those texts go to the model.
    is_asked_again = isinstance(embedding.embedder, Refusing) and embedding.cache is not None
    return None if is_asked_again and data.counts[ZEROS] else data


def _enter_part(vectors: NDArray[np.float32], part: Reading, model: Model) -> SpaceData:
    return enter_vectors(vectors, part.table, text_column=part.text_column, model=model, coordinates=part.coordinates)


def _embed_part(
    part: Reading, embedding: Embedding, report: Reporter, begun: Callable[[Plan], None]
) -> NDArray[np.float32]:
    distinct, rows = _distinct_texts(part)
    vectors = embedding.vectors_of(distinct, report, begun)
    report.advance(len(rows) - len(distinct))
    return vectors if len(rows) == len(distinct) else vectors[rows]


def _parts(reading: Reading, dim: int) -> Iterator[Reading]:
    step = max(LEAST_PART_ROWS, PART_BYTES // (4 * max(1, dim)))
    for start in range(0, reading.table.num_rows, step):
        points = None if reading.coordinates is None else reading.coordinates[start : start + step]
        yield replace(reading, table=reading.table.slice(start, step), coordinates=points)


def _distinct_texts(reading: Reading) -> tuple[list[str], NDArray[np.int32]]:
    """The different texts, and which of them each row has."""
    # Large, for the texts of all chunks together may take more than the 2 GiB of a plain array of strings.
    texts = pc.fill_null(reading.table.column(reading.text_column).cast(pa.large_string()), "")
    encoded = texts.combine_chunks().dictionary_encode()
    return encoded.dictionary.to_pylist(), encoded.indices.to_numpy()


def _fingerprint(reading: Reading, model: Model) -> str:
    """Of texts, metadata and model: a writer goes on only with what the same began."""
    sink = _Digest()
    with pa.ipc.new_stream(pa.PythonFile(sink, mode="w"), reading.table.schema) as stream:
        stream.write_table(reading.table, max_chunksize=1 << 16)
    points = np.empty(0) if reading.coordinates is None else reading.coordinates
    return fingerprint_of("embed", points, model=model.fingerprint, table=sink.digest.hexdigest())


class _Digest:
    """A file that keeps nothing but the digest of what is written to it."""

    closed = False

    def __init__(self) -> None:
        self.digest = blake2b(digest_size=16)

    def write(self, content: bytes) -> int:
        self.digest.update(content)
        return len(content)

    def flush(self) -> None:
        """Nothing waits."""

    def close(self) -> None:
        """Nothing is open."""


def _refused(embedder: Embedder, texts: Sequence[str]) -> dict[str, str]:
    """The texts that the model would not take, and why."""
    if not isinstance(embedder, Refusing) or not embedder.refused:
        return {}
    return {text: embedder.refused[text] for text in texts if text in embedder.refused}


def _tell_refused(refused: Mapping[str, str]) -> tuple[str, ...]:
    """The first text that the model refused, and why."""
    if not refused:
        return ()
    text, reason = next(iter(refused.items()))
    line = " ".join(text.split())
    shown = line if len(line) <= MOST_QUOTED else f"{line[: MOST_QUOTED - 1]}…"
    which = f"a text ({shown!r})" if len(refused) == 1 else f"{len(refused):,} texts, the first of them {shown!r}"
    return (f"The model refused {which}: {reason}",)


def _tell_unread(reading: Reading, model: Model) -> tuple[str, ...]:
    return tell_unread(reading.table.column(reading.text_column), model.name)


def _tell_aside(aside: int, n: int, counts: Mapping[str, int], *, is_given: bool) -> tuple[str, ...]:
    """How many rows have no place, and why."""
    if not aside:
        return ()
    names = ("null", "empty", ZEROS, NOT_FINITE, NOT_DRAWN)
    called = {} if is_given else {ZEROS: UNKNOWN}
    reasons = ", ".join(f"{called.get(name, name)}: {counts[name]:,}" for name in names if counts.get(name))
    return (f"{aside:,} of {n:,} rows {'has' if aside == 1 else 'have'} no place on the map ({reasons}).",)


def _has_text(table: pa.Table, text_column: str) -> NDArray[np.bool_]:
    texts = pc.fill_null(table.column(text_column).cast(pa.string()), "")
    blank = pc.or_(pc.utf8_is_space(texts), pc.equal(pc.binary_length(texts), 0))
    return np.asarray(pc.invert(blank))

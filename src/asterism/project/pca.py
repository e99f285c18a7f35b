"""Principal component analysis: the directions in which the vectors differ most."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from asterism._check import as_vectors, check_whole
from asterism._native import add_gram, rotate, top_eigen
from asterism._progress import SILENT
from asterism._threads import thread_count
from asterism._topk import blocks
from asterism.errors import InputError
from asterism.values import Projection

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from asterism._progress import Reporter
    from asterism.values import NeighborGraph

ROWS_AT_A_TIME = 32768
TILE = 16
"""The native Gram matrix has a side that is a multiple of this."""
RANK_TOLERANCE = 1e-12
"""A variance below this share of the whole is rounding: the direction does not exist."""
EQUAL_TOLERANCE = 1e-28
"""A sum of squares around the mean below this share of that around 0 is rounding: all vectors are equal."""


@dataclass(frozen=True, slots=True, eq=False)
class Principal:
    """The principal components of a set of vectors.

    Attributes:
        mean: Shape (d,), the centre.
        components: Shape (count, d), orthogonal unit vectors, largest variance first; its largest entry by size is
            positive. A row beyond the rank of the vectors is 0.
        variances: Shape (count,), along each component, with n − 1 in the denominator; 0 beyond the rank.
        total: Sum of the variances of all d directions.
    """

    mean: NDArray[np.float64]
    components: NDArray[np.float64]
    variances: NDArray[np.float64]
    total: float

    @property
    def ratios(self) -> NDArray[np.float64]:
        """Share of the whole variance that each component explains; 0 where nothing varies."""
        return self.variances / self.total if self.total > 0 else np.zeros_like(self.variances)

    def transform(self, vectors: NDArray[np.float32], *, threads: int | None = None) -> NDArray[np.float32]:
        """Coordinates (n, count) of vectors (n, d) along the components; each row depends on itself alone.

        Raises:
            InputError: Vectors of another dimension.
        """
        if vectors.shape[1] != len(self.mean):
            raise InputError(f"The vectors have shape {vectors.shape}; expected (n, {len(self.mean)}), as was fitted.")
        out = np.empty((len(vectors), len(self.components)), np.float32)
        for part in blocks(len(vectors), ROWS_AT_A_TIME):
            rotate(vectors[part], self.mean, self.components, out[part], thread_count(threads))
        return out


def principal_components(
    vectors: ArrayLike, count: int, *, threads: int | None = None, report: Reporter = SILENT
) -> Principal:
    """Find the first principal components, exactly, in double precision.

    The vectors are read twice, a block at a time, so they may be memory-mapped and larger than memory. Every sum has
    a fixed order: the bits do not depend on the number of threads.

    Args:
        vectors: Shape (n, d), finite. Not modified.
        count: How many, at least 1; may exceed the rank.
        threads: See `thread_count`.
        report: Advanced by rows read; the caller starts and ends the stage (2·n rows).

    Returns:
        See `Principal`.

    Raises:
        InputError: Not a finite matrix, or `count` below 1.

    Source:
        Eigenvectors of the covariance matrix, or of the n × n matrix of inner products where n < d, by Householder
        reduction, bisection and inverse iteration: Golub & Van Loan, Matrix Computations, §8.3–8.4.

    Cost: n·d² multiplications, then 4/3·min(n, d)³; memory 8·min(n, d)² bytes and 32 768 rows.
    """
    check_whole(count, name="count", low=1)
    matrix = as_vectors(vectors)
    n, d = matrix.shape
    mean = np.zeros(d)
    for part in blocks(n, ROWS_AT_A_TIME):
        mean += matrix[part].sum(axis=0, dtype=np.float64)
        report.advance(part.stop - part.start)
    mean /= max(n, 1)
    components = np.zeros((count, d))
    variances = np.zeros(count)
    if n < 2 or d == 0:
        return Principal(mean, components, variances, 0.0)
    solve = _few_rows if n < d else _many_rows
    values, directions, total = solve(matrix, mean, min(count, n - 1, d), thread_count(threads), report)
    if total <= EQUAL_TOLERANCE * n * float(np.einsum("d,d->", mean, mean)):
        return Principal(mean, components, variances, 0.0)
    for at in np.flatnonzero(values > RANK_TOLERANCE * total):
        components[at] = _signed(directions[at])
        variances[at] = values[at] / (n - 1)
    return Principal(mean, components, variances, total / (n - 1))


def project_pca(
    vectors: ArrayLike,
    graph: NeighborGraph | None = None,  # noqa: ARG001 - every method has one signature
    *,
    dim: int = 2,
    seed: int = 0,
    threads: int | None = None,
    init: NDArray[np.floating] | None = None,  # noqa: ARG001 - likewise
    report: Reporter = SILENT,
    **params: Any,  # noqa: ANN401 - refused below
) -> Projection:
    """Project vectors on the directions in which they differ most.

    Args:
        vectors: Shape (n, d), finite, maybe memory-mapped. Not modified.
        graph: Not used.
        dim: How many dimensions, at least 1. Those beyond the rank of the vectors are 0.
        seed: Recorded; nothing here is random.
        threads: See `thread_count`.
        init: Not used.
        report: Hears of one stage, counted in rows read.
        **params: None is known.

    Returns:
        Points (n, dim) float32, with axes titled "PC1 (41 %)" and `params["explained"]`, the share of the variance
        along each.

    Raises:
        InputError: Not a finite matrix, `dim` below 1, or a parameter was given.

    Cost: See `principal_components`.
    """
    if params:
        raise InputError(f"pca was given {', '.join(sorted(params))}; expected no parameters. Leave them out.")
    check_whole(dim, name="dim", low=1)
    matrix = as_vectors(vectors)
    report.start("PCA", 2 * len(matrix), unit="rows read")
    principal = principal_components(matrix, dim, threads=threads, report=report)
    points = principal.transform(matrix, threads=threads)
    report.done()
    rank = int(np.count_nonzero(principal.variances))
    notes = () if rank == dim else (f"The vectors vary in {rank} of the {dim} directions; the rest is 0.",)
    ratios = [float(ratio) for ratio in principal.ratios]  # a list, as it comes back from JSON
    axes = tuple(f"PC{number} ({_percent(ratio)} %)" for number, ratio in enumerate(ratios, 1))
    return Projection(points, "pca", {"dim": dim, "explained": ratios}, seed, axes, notes)


def _many_rows(
    matrix: NDArray[np.float32], mean: NDArray[np.float64], count: int, threads: int, report: Reporter
) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """Eigenpairs of Σ (row − mean)(row − mean)ᵀ, and its trace."""
    d = matrix.shape[1]
    side = -(-d // TILE) * TILE
    gram = np.zeros((side, side))
    for part in blocks(len(matrix), ROWS_AT_A_TIME):
        add_gram(matrix[part], mean, gram, threads)
        report.advance(part.stop - part.start)
    return _eigen(gram, d, count, threads)


def _few_rows(
    matrix: NDArray[np.float32], mean: NDArray[np.float64], count: int, threads: int, report: Reporter
) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """The same eigenpairs from the n × n matrix of inner products, which is smaller where n < d."""
    n = len(matrix)
    side = -(-n // TILE) * TILE
    centred = matrix - mean
    gram = np.zeros((side, side))
    add_gram(np.ascontiguousarray(centred.T), np.zeros(n), gram, threads)
    report.advance(n)
    values, shares, total = _eigen(gram, n, count, threads)
    directions = np.einsum("cn,nd->cd", shares, centred)
    lengths = np.sqrt(np.einsum("cd,cd->c", directions, directions))
    return values, directions / np.where(lengths > 0, lengths, 1)[:, None], total


def _eigen(
    gram: NDArray[np.float64], d: int, count: int, threads: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    upper = np.triu(gram[:d, :d])
    symmetric = np.ascontiguousarray(upper + np.triu(upper, 1).T)
    total = float(np.trace(symmetric))
    values, directions = np.empty(count), np.empty((count, d))
    top_eigen(symmetric, values, directions, threads)
    return np.maximum(values, 0), directions, total


def _signed(direction: NDArray[np.float64]) -> NDArray[np.float64]:
    """Turn a direction so that its largest entry is positive; among equally large ones the first decides."""
    size = np.abs(direction)
    leading = direction[int(np.argmax(size >= size.max() * (1 - 1e-9)))]
    return direction if leading >= 0 else -direction


def _percent(ratio: float) -> str:
    return f"{100 * ratio:.0f}" if ratio >= 0.0995 or ratio == 0 else f"{100 * ratio:.1f}"

"""How far clusters agree with labels that were given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from asterism.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far two groupings of the same rows agree; 1 is perfect for each.

    Attributes:
        ari: Adjusted Rand index; 0 for chance.
        nmi: Mutual information over the mean of both entropies; rises with the number of clusters by chance alone.
        v_measure: Harmonic mean of homogeneity and completeness; equals `nmi`.
        homogeneity: 1 where every cluster holds one label.
        completeness: 1 where every label lies in one cluster.
        purity: Share of rows that have the commonest label of their cluster; 1 also where every row is alone.
        n_rows: Rows compared: those with a label.
        noise_share: Share of these that are in no cluster; they count as a cluster of their own.
    """

    ari: float
    nmi: float
    v_measure: float
    homogeneity: float
    completeness: float
    purity: float
    n_rows: int
    noise_share: float


def compare_labels(clusters: ArrayLike, labels: ArrayLike) -> Agreement:
    """Compare clusters with labels.

    Args:
        clusters: Shape (n,) int; −1 for noise.
        labels: Shape (n,) int; rows with −1 have no label and are left out.

    Returns:
        The agreement.

    Raises:
        InputError: The shapes differ, or no row has a label.

    Source:
        Hubert & Arabie 1985 for the adjusted Rand index; Rosenberg & Hirschberg 2007 for the V-measure.
    """
    found, given = np.asarray(clusters), np.asarray(labels)
    if found.shape != given.shape or found.ndim != 1:
        raise InputError(f"clusters and labels have shapes {found.shape} and {given.shape}; expected (n,) twice.")
    found, given = found[given >= 0], given[given >= 0]
    if not len(given):
        raise InputError("no row has a label; expected labels of 0 and above for some rows.")
    cells, owners, rows, columns = _contingency(found, given)
    n = float(len(given))
    information, by_cluster, by_label = (_entropy(sums / n) for sums in (cells, rows, columns))
    mutual = max(by_cluster + by_label - information, 0.0)
    homogeneity = mutual / by_label if by_label else 1.0
    completeness = mutual / by_cluster if by_cluster else 1.0
    both = homogeneity + completeness
    v_measure = 2 * homogeneity * completeness / both if both else 0.0
    largest = np.zeros(len(rows))
    np.maximum.at(largest, owners, cells)
    return Agreement(
        ari=_adjusted_rand(cells, rows, columns, n),
        nmi=v_measure,
        v_measure=v_measure,
        homogeneity=homogeneity,
        completeness=completeness,
        purity=float(largest.sum() / n),
        n_rows=len(given),
        noise_share=float((found < 0).mean()),
    )


def _contingency(
    found: NDArray[np.int64], given: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Counts of the cells that are not empty and the cluster of each, and the sums over clusters and over labels."""
    _, cluster, rows = np.unique(found, return_inverse=True, return_counts=True)
    values, label, columns = np.unique(given, return_inverse=True, return_counts=True)
    keys, cells = np.unique(cluster.astype(np.int64) * len(values) + label, return_counts=True)
    return cells.astype(np.float64), keys // len(values), rows.astype(np.float64), columns.astype(np.float64)


def _entropy(shares: NDArray[np.float64]) -> float:
    return float(-(shares * np.log(shares)).sum()) + 0.0


def _adjusted_rand(
    cells: NDArray[np.float64], rows: NDArray[np.float64], columns: NDArray[np.float64], n: float
) -> float:
    def pairs(counts: NDArray[np.float64]) -> float:
        return float((counts * (counts - 1) / 2).sum())

    together, by_cluster, by_label = pairs(cells), pairs(rows), pairs(columns)
    every = n * (n - 1) / 2
    expected = by_cluster * by_label / every if every else 0.0
    most = (by_cluster + by_label) / 2
    return (together - expected) / (most - expected) if most != expected else 1.0

"""The frozen results that the rooms hand to each other. Rows are texts unless said otherwise."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Literal

from asterism._terminal import table_lines

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

Metric = Literal["cosine", "euclidean"]
# What people call the methods; those of other packages go by the names they registered.
METHOD_NAMES = {"tsne": "t-SNE", "umap": "UMAP", "pca": "PCA", "random": "Random directions", "given": "Given"}


@dataclass(frozen=True, slots=True, eq=False)
class NeighborGraph:
    """The nearest neighbours of every distinct vector.

    Equal vectors are one entry here; `rows` says which entry each row of the input is. n counts distinct vectors.

    Attributes:
        neighbors: Shape (n, k) int32, nearest first, ties by index; never the vector itself.
        distances: Shape (n, k) float32, in the unit of the metric; cosine is 1 − similarity.
        rows: Shape (N,) int32, the distinct vector of each row.
        first: Shape (n,) int32, the first row that holds each distinct vector, ascending.
        metric: "cosine" or "euclidean".
        method: How it was found: "exact", or the name of the approximate search.
        recall: Share of the true neighbours found, measured on `recall_sample` vectors; 1 when exact.
        recall_sample: How many vectors were compared with the exact answer; 0 when exact.
        params: The parameters of the search.
    """

    neighbors: NDArray[np.int32]
    distances: NDArray[np.float32]
    rows: NDArray[np.int32]
    first: NDArray[np.int32]
    metric: Metric
    method: str = "exact"
    recall: float = 1.0
    recall_sample: int = 0
    params: Mapping[str, Any] = field(default_factory=dict)

    @property
    def n_neighbors(self) -> int:
        """k, the number of neighbours of each vector."""
        return int(self.neighbors.shape[1])


@dataclass(frozen=True, slots=True)
class Scores:
    """One number per measure of how far a projection keeps what the vectors say; 1 is perfect for each.

    Attributes:
        recall: Mean share of the 10 nearest vectors that are among the 10 nearest points.
        recall_50: The same with 50.
        trustworthiness: 1 − penalty for points shown near that are not (Venna & Kaski 2001), at `n_neighbors`.
        continuity: 1 − penalty for near vectors shown far apart, at `n_neighbors`.
        triplets: Share of random triplets whose nearer pair is the same in both spaces; chance is 1/2.
        spearman: Rank correlation of distances over random pairs; chance is 0.
    """

    recall: float
    recall_50: float
    trustworthiness: float
    continuity: float
    triplets: float
    spearman: float


@dataclass(frozen=True, slots=True)
class LabelScores:
    """How far labels can be told from a space.

    Attributes:
        accuracy: Share of texts whose label is the commonest among their nearest others.
        purity: Mean share of their nearest others that have their label.
        silhouette: Mean of how much nearer a text is to its own label than to the next one, in [−1, 1].
    """

    accuracy: float
    purity: float
    silhouette: float


@dataclass(frozen=True, slots=True)
class LabelQuality:
    """How far labels can be told apart on a map, beside the vectors themselves.

    Attributes:
        column: What the labels are called.
        space: From the vectors.
        map: From the map.
        shuffled: From the map with its labels shuffled.
        pca: From the PCA of as many dimensions; None where the projection is that PCA itself.
        errors: One standard error of each of the map's scores by sampling, 0 where every text was asked.
        n_neighbors: How many neighbours were asked.
        n_labels: Distinct labels.
        n_sampled: How many texts were asked; neighbours are searched among all labelled ones.
        n_labelled: How many distinct vectors have a label.
    """

    column: str
    space: LabelScores
    map: LabelScores
    shuffled: LabelScores
    pca: LabelScores | None
    errors: LabelScores
    n_neighbors: int
    n_labels: int
    n_sampled: int
    n_labelled: int


@dataclass(frozen=True, slots=True, eq=False)
class Stability:
    """How far a map comes out alike when it is laid out again.

    Attributes:
        overlap: Mean share of the neighbours shown that are neighbours in the other runs.
        chance: The same for points in random places.
        runs: The overlap with each of them.
        n_neighbors: How many neighbours were compared.
        kept: Shape (n,) float32: the share for each text.
    """

    overlap: float
    chance: float
    runs: tuple[float, ...]
    n_neighbors: int
    kept: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Quality:
    """How far a projection can be believed, overall and point by point.

    Attributes:
        scores: The projection's own numbers.
        chance: The same for points in random places (the points shuffled among the texts).
        pca: The same for the PCA of as many dimensions; None where the projection is that PCA itself.
        n_neighbors: k of trustworthiness, continuity and of `lost` and `false`.
        n_sampled: How many vectors the scores were measured on; neighbours are searched among all of them.
        n_vectors: How many distinct vectors there are.
        lost: Shape (n,) float32 in [0, 1]: share of a text's true nearest neighbours that the picture puts elsewhere.
        false: Shape (n,) float32 in [0, 1]: share of the neighbours shown that are not true ones. Two texts are
            neighbours when one is among the `n_neighbors` nearest of the other.
        errors: One standard error of each score by sampling, 0 where everything was measured; None if unknown.
        shepard: Shape (m, 2) float32: of up to 500 random pairs, the distance of the vectors and that on the map.
        labels: How far labels can be told apart; None where none were asked about.
        stability: How far the map comes out alike again; None until measured.
    """

    scores: Scores
    chance: Scores
    pca: Scores | None
    n_neighbors: int
    n_sampled: int
    n_vectors: int
    lost: NDArray[np.float32]
    false: NDArray[np.float32]
    errors: Scores | None = None
    shepard: NDArray[np.float32] | None = None
    labels: LabelQuality | None = None
    stability: Stability | None = None

    @property
    def recall(self) -> float:
        """Mean share of the 10 nearest vectors that are among the 10 nearest points."""
        return self.scores.recall

    @property
    def recall_50(self) -> float:
        """Mean share of the 50 nearest vectors that are among the 50 nearest points."""
        return self.scores.recall_50

    @property
    def trustworthiness(self) -> float:
        """See `Scores.trustworthiness`; measured at `n_neighbors`."""
        return self.scores.trustworthiness

    @property
    def continuity(self) -> float:
        """See `Scores.continuity`; measured at `n_neighbors`."""
        return self.scores.continuity

    @property
    def triplets(self) -> float:
        """See `Scores.triplets`."""
        return self.scores.triplets

    @property
    def spearman(self) -> float:
        """See `Scores.spearman`."""
        return self.scores.spearman

    def __repr__(self) -> str:
        told = [f"{item.name} {getattr(self.scores, item.name):.3f}" for item in fields(self.scores)]
        return f"<Quality: {', '.join(told)}; measured on {self.n_sampled} of {self.n_vectors} vectors>"


@dataclass(frozen=True, slots=True, eq=False)
class Projection:
    """Coordinates in two or three dimensions, and how they came about.

    Attributes:
        points: Shape (n, 2|3) float32. A row that could not be placed is NaN.
        method: "pca", "tsne", "umap" or another registered name.
        params: Every parameter as it was used, resolved defaults included.
        seed: The seed.
        axes: A title per dimension where the axes mean something ("PC1 (41 %)"); empty where they do not.
        notes: What people should know of this run, one sentence each.
        quality: How far it can be believed; None until measured.
        name: What pictures call it, where several of one method stand side by side; empty for the method's own name.
        is_whole: Whether it ran to its end; False after an interrupt.
    """

    points: NDArray[np.float32]
    method: str
    params: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 0
    axes: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    quality: Quality | None = None
    name: str = ""
    is_whole: bool = True

    def __repr__(self) -> str:
        n, dim = self.points.shape
        return f"<Projection of {n} texts in {dim}-D by {self.name or self.method}, seed {self.seed}>"


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """New texts on a map that stands, each placed by itself.

    Attributes:
        texts: m texts.
        points: Shape (m, 2|3) float32; NaN for a text in which the model finds nothing.
        is_off: Shape (m,) bool: farther from every text of the map than `reach`; its place means little.
        kept: Shape (m,) float32 in [0, 1]: share of its nearest vectors that are among the nearest points of its place.
        nearest: Shape (m,) int32, the row of the map's nearest text; −1 without a place.
        distances: Shape (m,) float32, how far that is, in the unit of the metric.
        reach: The distance within which 99 % of the map's own texts have their nearest neighbour.
        own_kept: The mean of `kept` among the map's own texts, to compare with.
        n_neighbors: How many nearest are meant.
    """

    texts: tuple[str, ...]
    points: NDArray[np.float32]
    is_off: NDArray[np.bool_]
    kept: NDArray[np.float32]
    nearest: NDArray[np.int32]
    distances: NDArray[np.float32]
    reach: float
    own_kept: float
    n_neighbors: int

    def __repr__(self) -> str:
        axes = ("x", "y", "z")[: self.points.shape[1]]
        columns = (*self.points.T.astype(float), self.kept.astype(float), self.distances.astype(float))
        rows = zip(*(column.tolist() for column in columns), self.is_off.tolist(), self.texts, strict=True)
        return "\n".join(table_lines((*axes, "kept", "distance", "off", "text"), rows))


@dataclass(frozen=True, slots=True, eq=False)
class Clustering:
    """Groups at several granularities, coarse first.

    Attributes:
        levels: Per level, shape (n,) int32: the cluster of each row, −1 for none (noise).
        method: The algorithm.
        params: Its parameters.
    """

    levels: tuple[NDArray[np.int32], ...]
    method: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Labels:
    """The few words that name each cluster, level by level as in the Clustering.

    Attributes:
        names: Per level, the unique name of each cluster.
        keywords: Per level and cluster, its most distinctive words, best first.
        central: Per level and cluster, the rows of its most central texts, best first.
    """

    names: tuple[tuple[str, ...], ...]
    keywords: tuple[tuple[tuple[str, ...], ...], ...]
    central: tuple[tuple[tuple[int, ...], ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Model:
    """Which model made the vectors of a Space.

    Attributes:
        name: As a user writes it: "builtin", a path, "openai:NAME"; "given" for vectors that were brought along.
        fingerprint: Identifies weights, tokenizer and settings; equal fingerprints give equal vectors.
        dim: d.
        metric: The distance that suits its vectors.
        options: What was wished about it (pooling, layer, prompt …), so that new texts are embedded alike.
        plan: How its batches were cut, where that moves the last bits of vectors.
    """

    name: str
    fingerprint: str
    dim: int
    metric: Metric = "cosine"
    options: Mapping[str, str | int | bool] = field(default_factory=dict)
    plan: Mapping[str, str | int] = field(default_factory=dict)

"""The questions that a Space answers: each joins what is stored to one call into `analysis` or `cluster`."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from asterism._check import check_texts, check_whole
from asterism._progress import SILENT
from asterism.analysis.arithmetic import solve
from asterism.analysis.axes import axes_cosine, find_axis, parse_axis
from asterism.analysis.distances import check_number, distance_table
from asterism.analysis.interpolation import interpolate
from asterism.analysis.neighbors import find_neighbors
from asterism.analysis.outliers import Duplicates, Outliers, commonest_labels, find_duplicates, find_outliers
from asterism.analysis.ranking import Ranking, make_ranking
from asterism.analysis.telling import tell_fence, tell_level, tell_ranking
from asterism.analysis.weat import weat
from asterism.cluster import cluster, compare_labels, name_clusters, noise_shares
from asterism.embed.options import EmbedOptions
from asterism.embed.registry import open_embedder
from asterism.errors import FingerprintMismatch, InputError
from asterism.evaluations import Evaluations
from asterism.layouts import Recipe, make_graph, neighbors_of_rows, usable_vectors
from asterism.pipeline import Embedding
from asterism.store.results import NO_CACHE, ResultCache, cache_folder, ceiling_bytes
from asterism.values import Clustering, Labels, Projection

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from asterism._progress import Reporter
    from asterism.analysis.arithmetic import Arithmetic, Method
    from asterism.analysis.axes import Axis
    from asterism.analysis.distances import DistanceTable
    from asterism.analysis.interpolation import Interpolation, Way
    from asterism.analysis.neighbors import NeighborMetric, Neighbors
    from asterism.analysis.weat import Weat
    from asterism.cluster import Agreement
    from asterism.embed.base import Embedder
    from asterism.store import SpaceData
    from asterism.values import NeighborGraph


@dataclass(frozen=True, slots=True, eq=False)
class Clusters:
    """The clusters of a Space, with their names.

    Attributes:
        clustering: Per level, coarse first, the cluster of each row; −1 for noise and for rows that were set aside.
        labels: Names, keywords and central rows of each cluster.
        noise: Per level, the share of usable rows that are in no cluster.
        agreement: Per level, how far the clusters agree with a column of labels; None where none was named.
        column: That column.
        remarks: Who named them, where a language model did, one sentence each.
    """

    clustering: Clustering
    labels: Labels
    noise: tuple[float, ...]
    agreement: tuple[Agreement, ...] | None = None
    column: str | None = None
    remarks: tuple[str, ...] = ()

    def __repr__(self) -> str:
        levels = zip(self.clustering.levels, self.labels.names, self.noise, strict=True)
        return "\n".join([tell_level(i, *level) for i, level in enumerate(levels)] + [*self.remarks])


@dataclass(frozen=True, slots=True, eq=False)
class OutlierReport:
    """Texts that stand apart, that may be labelled wrongly, and that are there more than once.

    Attributes:
        measures: Per row of the Space; NaN for rows that were set aside.
        farthest: The texts with the largest mean distance to their neighbours.
        isolated: The texts with the largest local outlier factor.
        mislabelled: The texts whose neighbours most often have another label; None without a label column.
        duplicates: Groups of rows with equal and with nearly equal vectors.
        column: The label column.
        suggested: Per text of `mislabelled`, its label and the commonest one around it.
    """

    measures: Outliers
    farthest: Ranking
    isolated: Ranking
    mislabelled: Ranking | None
    duplicates: Duplicates
    column: str | None = None
    suggested: tuple[tuple[str, str], ...] = ()

    def __repr__(self) -> str:
        kinds = {"distance": self.farthest, "LOF": self.isolated, "other labels": self.mislabelled}
        tables = [tell_ranking(ranking, head=head) for head, ranking in kinds.items() if ranking is not None]
        equal, near = len(self.duplicates.equal), len(self.duplicates.near)
        groups = f"groups of equal vectors: {equal:,}; of nearly equal ones: {near:,}"
        return "\n".join([tell_fence(self.measures), *(line for lines in tables for line in (*lines, "")), groups])


class Questions(Evaluations):
    """What a Space can be asked."""

    def neighbors(
        self, query: str | int | NDArray[np.floating], *, k: int = 10, metric: NeighborMetric | None = None
    ) -> Neighbors:
        """Find the texts nearest to a text, exactly.

        Args:
            query: A text of the Space or any new one, which is embedded by the Space's own model; or the number of a
                row; or a vector of shape (d,).
            k: How many.
            metric: "cosine", "euclidean" (L2) or "manhattan" (L1); None takes the model's own.

        Returns:
            `.texts` and `.scores`, nearest first. A row is left out of its own answer; its duplicates show.

        Raises:
            InputError: There is no such row, or a new text is asked about and no model made the vectors.
        """
        vector, row, text = self._locate(query)
        chosen = self._data.model.metric if metric is None else metric
        return find_neighbors(self._vocabulary, vector, k=k, metric=chosen, query=text, row=row)

    def arithmetic(
        self,
        expression: str,
        *,
        k: int = 10,
        method: Method = "3cosadd",
        pairs: Sequence[tuple[str, str]] = (),
    ) -> Arithmetic:
        """Work out an expression such as ``king - man + woman`` and rank all texts by it.

        Args:
            expression: Terms joined by + and -, with weights (``0.5*paris``) and quoted phrases. A term that is not
                among the texts is embedded by the Space's own model, and that is said.
            k: How many texts to answer.
            method: "3cosadd", "3cosmul", "pairdirection" or "3cosavg"; see `asterism.analysis.arithmetic.solve`.
            pairs: For "3cosavg": pairs such as ("man", "woman") whose mean offset is added.

        Returns:
            `.words` and `.scores`, best first; with the ranking that does not leave the terms out, the texts nearest
            to each term alone, and the distances of the result.

        Raises:
            InputError: The expression does not parse, or a term is unknown and there is no model to embed it.
        """
        has_model = self._data.model.name != "given"
        encode = self.encode if has_model else None
        found = solve(expression, self._vocabulary, k=k, method=method, pairs=pairs, embed=encode)
        # What the candidates are, and how they were chosen, belongs to the answer.
        return replace(found, remarks=(*self._data.remarks, *found.remarks))

    def interpolate(
        self,
        *texts: str | int,
        steps: int = 10,
        method: Way = "slerp",
        metric: NeighborMetric | None = None,
        k: int = 3,
    ) -> Interpolation:
        """Walk from one text to another, or along a list, and tell the real texts near each step.

        Args:
            *texts: Two or more: texts of the Space, new ones, or row numbers.
            steps: Steps from each text to the next, at most 10 000.
            method: "slerp" (equal steps turn by equal angles), "lerp" (the straight line) or "nlerp".
            metric: What "near" means; None takes the model's own.
            k: Texts told per step.

        Returns:
            The steps, with where the nearest text changes and how far from every real text the way leads.

        Raises:
            InputError: Fewer than two texts, or one that cannot be embedded.
        """
        if len(texts) < 2:
            raise InputError(f"Texts to walk along: {len(texts)}; expected at least two.")
        vectors, rows, names = zip(*(self._locate(text) for text in texts), strict=True)
        chosen = self._data.model.metric if metric is None else metric
        return interpolate(
            self._vocabulary, np.stack(vectors), names, rows=rows, steps=steps, method=method, metric=chosen, k=k
        )

    def distances(self, texts: Sequence[str | int] | None = None) -> DistanceTable:
        """Measure L2, L1, cosine, dot product and angle between every two of some texts.

        Args:
            texts: Texts of the Space, new ones, or row numbers; None for all texts of the Space, at most 2,000.

        Returns:
            The tables, and an order in which alike texts stand together.

        Raises:
            InputError: Too many texts, or one that cannot be embedded.
        """
        if isinstance(texts, str):
            raise InputError(f"texts is {texts!r}; expected a list of texts or row numbers.")
        chosen = np.flatnonzero(self._data.placed).tolist() if texts is None else list(texts)
        check_number(len(chosen))
        found = [self._locate(text) for text in chosen]
        if len(chosen) > len(set(chosen)):
            twice = Counter(chosen).most_common(1)[0][0]
            raise InputError(f"{f'{twice!r}':.60} is given twice; expected different texts.")
        vectors = np.stack([vector for vector, _, _ in found]) if found else np.empty((0, self._vocabulary.dim))
        return distance_table([text for _, _, text in found], vectors)

    def axis(self, axis: str, *, k: int = 10) -> Axis:
        """Project all texts on a direction that means something.

        Args:
            axis: ``cheap -> expensive``, or several texts on a side: ``cheap, budget -> expensive, luxury``.
            k: Texts told at either end.

        Returns:
            The position of every text: 0 at the start, 1 at the end.

        Raises:
            InputError: The axis does not read, or both sides have one direction.
        """
        start, end = parse_axis(axis)
        sides = [self._located(side) for side in (start, end)]
        return find_axis(self._vocabulary, sides[0], sides[1], names=(start, end), k=k)

    def plane(self, horizontal: str, vertical: str) -> Projection:
        """Lay the texts out by two axes that mean something.

        Args:
            horizontal: As in `axis`.
            vertical: As in `axis`.

        Returns:
            A projection of its own, 0 at the start and 1 at the end of each axis; its notes say how far the axes
            slant. It has no quality: it shows two directions, not neighbourhoods.
        """
        axes = [self.axis(axis) for axis in (horizontal, vertical)]
        slant = axes_cosine(axes[0], axes[1])
        return Projection(
            points=np.stack([axis.positions for axis in axes], axis=1),
            method="axes",
            params={"horizontal": horizontal, "vertical": vertical, "cosine": slant},
            axes=(axes[0].name, axes[1].name),
            notes=(f"The axes are {np.degrees(np.arccos(slant)):.0f}° apart; at 90° they say different things.",),
        )

    def weat(
        self,
        x: Sequence[str],
        y: Sequence[str],
        a: Sequence[str],
        b: Sequence[str],
        *,
        seed: int = 0,
    ) -> Weat:
        """Test whether texts X lean towards A and texts Y towards B more than chance would.

        Args:
            x: Target texts.
            y: Other target texts.
            a: Attribute texts.
            b: Other attribute texts.
            seed: For the random splits of large sets.

        Returns:
            Effect size and p-value.

        Raises:
            InputError: A set is no list of texts or empty, or all targets are associated alike.
        """
        named = {"x": x, "y": y, "a": a, "b": b}
        sets = [self._located(check_texts(texts, name=name)) for name, texts in named.items()]
        return weat(sets[0], sets[1], sets[2], sets[3], seed=seed)

    def clusters(
        self,
        *,
        column: str | None = None,
        resolutions: Sequence[float] | None = None,
        min_size: int | None = None,
        seed: int = 0,
        threads: int | None = None,
        name_with: str | None = None,
        base_url: str | None = None,
        cache: bool = True,
        report: Reporter = SILENT,
    ) -> Clusters:
        """Group the texts at several granularities and name the groups.

        Args:
            column: A column of labels to compare with.
            resolutions: One per granularity; None takes 0.3, 1, 4 and 16. Larger gives more and smaller clusters.
            min_size: Smaller clusters are noise; None takes a twentieth of the texts, between 2 and 10.
            seed: The same seed gives the same clusters.
            threads: For the neighbours; the result does not depend on it.
            name_with: A language model that names the clusters from their keywords and central texts, as its server
                calls it; where it gives no usable name the keywords stay, and that is said.
            base_url: Of the OpenAI-compatible server of `name_with`; None for OpenAI.
            cache: Take the neighbours, and answers of `name_with`, from the cache where they are known.
            report: Hears of the progress.

        Returns:
            The levels, coarse first, with names.

        Raises:
            InputError: There is no such column.
            ProviderFailed: The server of `name_with` is not there, does not know the model, or is gone.
        """
        labels = None if column is None else self._codes(column)
        graph = self._graph(seed=seed, threads=threads, cache=cache, report=report)
        found, names = self._clusters_of(
            graph, resolutions=resolutions, min_size=min_size, seed=seed, threads=threads, report=report
        )
        remarks: tuple[str, ...] = ()
        if name_with is not None:
            names, remark = self._name(found, names, name_with, base_url=base_url, cache=cache, report=report)
            remarks = (remark,)
        placed = replace(found, levels=tuple(level[self._data.placed] for level in found.levels))
        return Clusters(
            clustering=found,
            labels=names,
            noise=noise_shares(placed),
            agreement=None if labels is None else tuple(compare_labels(level, labels) for level in found.levels),
            column=column,
            remarks=remarks,
        )

    def outliers(
        self,
        *,
        column: str | None = None,
        k: int = 10,
        n_neighbors: int | None = None,
        threshold: float | None = None,
        threads: int | None = None,
        cache: bool = True,
        report: Reporter = SILENT,
    ) -> OutlierReport:
        """Find texts that stand apart, that may be labelled wrongly, and that are there more than once.

        Args:
            column: A column of labels: texts are told whose neighbours mostly have another one.
            k: How many texts to tell of each kind.
            n_neighbors: Neighbours to look at; None takes 15, and no more than the square root of how many texts
                there are.
            threshold: Largest distance between near duplicates; None takes a tenth of the median distance to the
                nearest neighbour.
            threads: For the neighbours; the result does not depend on it.
            cache: Take the neighbours from the cache where they are known.
            report: Hears of the progress.

        Returns:
            The measures per row, and the most striking texts.

        Raises:
            InputError: There is no such column.
        """
        labels = None if column is None else self._codes(column)
        graph = self._graph(seed=0, threads=threads, cache=cache, report=report)
        measures = outliers_of(self._data, graph, n_neighbors=n_neighbors, labels=labels)
        wanted, suggested = self._mislabelled(measures, labels, k, graph, column)
        return OutlierReport(
            measures=measures,
            farthest=self._largest(measures.distance, k),
            isolated=self._largest(measures.lof, k),
            mislabelled=wanted,
            duplicates=self._duplicates(graph, threshold),
            column=column,
            suggested=suggested,
        )

    def _mislabelled(
        self, measures: Outliers, labels: NDArray[np.int64] | None, k: int, graph: NeighborGraph, column: str | None
    ) -> tuple[Ranking | None, tuple[tuple[str, str], ...]]:
        """Rows whose neighbours mostly have another label, first those whose neighbours agree; their and that label."""
        wrong = measures.disagreement
        if wrong is None or labels is None or column is None:
            return None, ()
        near, _ = neighbors_of_rows(graph, self._data.placed, measures.n_neighbors)
        agreed, commonest = commonest_labels(near, labels, np.flatnonzero(wrong > 0.5))
        ranking = self._largest(np.where(wrong > 0.5, wrong, np.float32(np.nan)), k, then=agreed)
        names = self._labels(column)
        named = {code: name or "" for code, name in zip(labels.tolist(), names, strict=True)} | {-1: ""}
        told = [
            (names[row] or "", named[code])
            for row, code in zip(ranking.rows, commonest[list(ranking.rows)].tolist(), strict=True)
        ]
        return ranking, tuple(told)

    def encode(self, texts: Sequence[str], *, cache: bool | None = None) -> NDArray[np.float32]:
        """Embed new texts by the model that made the vectors of the Space.

        Args:
            texts: n texts.
            cache: Take vectors from the cache and keep them there; None as the Space itself was made or opened.

        Returns:
            Shape (n, d) float32.

        Raises:
            InputError: The vectors were brought along, so that no model is known.
            FingerprintMismatch: The model of that name is another one by now.
        """
        texts = check_texts(texts)
        places = {text: i for i, text in enumerate(dict.fromkeys(texts))}
        is_cached = self._is_cached if cache is None else cache
        wishes = EmbedOptions.of(self._data.model.options)
        embedding = Embedding(self._model, wishes, cache_folder() if is_cached else None)
        return embedding.vectors_of(list(places), SILENT)[[places[text] for text in texts]]

    @cached_property
    def _model(self) -> Embedder:
        if self._embedder is not None:
            return self._embedder
        made_by = self._data.model
        if made_by.name == "given":
            raise InputError(
                "The vectors of this Space were brought along, so that new texts cannot be embedded as they were. "
                "Ask about texts that are in it, or give a vector."
            )
        embedder = open_embedder(made_by.name, EmbedOptions.of(made_by.options))
        if embedder.fingerprint != made_by.fingerprint:
            raise FingerprintMismatch(
                f"The model {made_by.name!r} of today is not the one that made this Space "
                f"({embedder.fingerprint} instead of {made_by.fingerprint}). Embed the texts anew."
            )
        return embedder

    def _locate(self, query: str | int | NDArray[np.floating]) -> tuple[NDArray[np.float32], int, str]:
        """The vector of a text, row or vector; its row, −1 for none; and the text."""
        vocabulary = self._vocabulary
        if isinstance(query, np.ndarray):
            return np.asarray(query, np.float32), -1, ""
        if isinstance(query, int | np.integer):
            return self._vector_of_row(int(query))
        if not isinstance(query, str):
            raise InputError(f"Asked about {query!r}; expected a text, the number of a row or a vector.")
        rows = vocabulary.rows(query)
        if rows:
            return self._vector_of_row(rows[0])
        if self._data.model.name != "given":
            vector = self.encode([query])[0]
            if not vector.any():
                raise InputError(f"The model finds nothing it knows in {query!r}; use another text.")
            return vector, -1, query
        row = vocabulary.find(query)
        if row is None:
            raise vocabulary.missing(query)
        return self._vector_of_row(row)

    def _located(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """The vectors of texts, shape (m, d), also of none."""
        found = [self._locate(text)[0] for text in texts]
        return np.stack(found) if found else np.empty((0, self._vocabulary.dim), np.float32)

    def _vector_of_row(self, row: int) -> tuple[NDArray[np.float32], int, str]:
        n = len(self._vocabulary)
        if not 0 <= row < n:
            raise InputError(f"There is no row {row}; the Space has {n} rows, counted from 0.")
        if not self._data.placed[row]:
            raise InputError(f"Row {row} was set aside: it has no usable vector. Ask about another row.")
        return self._vocabulary.vector(row), row, self._vocabulary.texts[row] or ""

    def graph(
        self, *, seed: int = 0, threads: int | None = None, cache: bool = True, report: Reporter = SILENT
    ) -> NeighborGraph:
        """The neighbours of the usable rows, as the default map has them.

        Args:
            seed: For the approximate search.
            threads: How many to use; None for all.
            cache: Take and keep results; False computes anew.
            report: Hears of the progress.

        Raises:
            InputError: The Space has coordinates but no vectors.
        """
        return self._graph(seed=seed, threads=threads, cache=cache, report=report)

    def vectors_of(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """The vectors of texts: those of the Space where it holds them, the others embedded by its model.

        Args:
            texts: m texts.

        Returns:
            Shape (m, d) float32; zeros where the model finds nothing.

        Raises:
            InputError: The Space's vectors were brought along, so that no model is known for new texts.
        """
        texts = check_texts(texts)
        out = np.zeros((len(texts), self._data.vectors.shape[1]), np.float32)
        rows = [self._vocabulary.rows(text) for text in texts]
        new = [i for i, found in enumerate(rows) if not found]
        for i, found in enumerate(rows):
            if found:
                out[i] = self._vocabulary.vector(found[0])
        if new:
            out[new] = self.encode([texts[i] for i in new])
        return out

    def _graph(self, *, seed: int, threads: int | None, cache: bool, report: Reporter) -> NeighborGraph:
        """The graph that the default map is made of, so that one search serves both."""
        self._check_vectors()
        results = ResultCache(cache_folder(), ceiling=ceiling_bytes()) if cache else NO_CACHE
        recipe = Recipe(seed=seed, threads=threads)
        return make_graph(usable_vectors(self._data), self._data, recipe, cache=results, report=report)

    def _clusters_of(
        self,
        graph: NeighborGraph,
        *,
        resolutions: Sequence[float] | None = None,
        min_size: int | None = None,
        seed: int,
        threads: int | None,
        report: Reporter,
    ) -> tuple[Clustering, Labels]:
        """Clusters over the rows of the Space, and their names."""
        data = self._data
        options: dict[str, Any] = {} if resolutions is None else {"resolutions": resolutions}
        found = cluster(graph, min_size=min_size, seed=seed, threads=threads, report=report, **options)
        levels = tuple(_scatter(level[graph.rows], data.placed, np.int32(-1)) for level in found.levels)
        rows = replace(found, levels=levels)
        return rows, name_clusters(data.texts, rows, vectors=data.vectors, threads=threads, report=report)

    def _name(
        self,
        clustering: Clustering,
        labels: Labels,
        model: str,
        *,
        base_url: str | None,
        cache: bool,
        report: Reporter,
    ) -> tuple[Labels, str]:
        """Names from a language model, and what to say of them."""
        from asterism.asking import LanguageModel, name_clusters_with

        speaker = LanguageModel(model, base_url=base_url, cache=cache)
        named = name_clusters_with(speaker, self._data.texts, clustering, labels, report=report)
        return named.labels, named.remark(speaker.name)

    def _largest(self, values: NDArray[np.floating], k: int, *, then: NDArray[np.floating] | None = None) -> Ranking:
        """The k rows with the largest value, ties by the larger `then`, else by row; NaN left out."""
        check_whole(k, name="k", low=0)
        keys = (np.where(np.isnan(values), np.inf, -values),)
        order = np.lexsort(keys if then is None else (-then, *keys))[:k]
        order = order[~np.isnan(values[order])]
        return make_ranking(order, values[order].astype(np.float32), self._vocabulary.texts, k=k)

    def _duplicates(self, graph: NeighborGraph, threshold: float | None) -> Duplicates:
        rows = np.flatnonzero(self._data.placed).tolist()
        found = find_duplicates(graph, threshold=threshold)
        equal, near = (tuple(tuple(rows[i] for i in group) for group in groups) for groups in (found.equal, found.near))
        return Duplicates(equal, near, found.threshold)


def outliers_of(
    data: SpaceData,
    graph: NeighborGraph,
    *,
    n_neighbors: int | None = None,
    labels: NDArray[np.int64] | None = None,
) -> Outliers:
    """How far each row of a Space stands apart; NaN for rows that were set aside.

    Args:
        data: The Space.
        graph: Over its usable rows.
        n_neighbors: Neighbours to look at; None takes 15, and no more than the square root of how many texts there are.
        labels: Shape (n,): a label per row, −1 for none.

    Returns:
        One entry per row of the Space.
    """
    usual = min(15, max(1, int(np.sqrt(len(graph.first)))))
    wanted = min(usual if n_neighbors is None else n_neighbors, graph.n_neighbors)
    found = find_outliers(graph, k=wanted, labels=None if labels is None else labels[data.placed])
    nothing = np.float32(np.nan)
    return replace(
        found,
        distance=_scatter(found.distance, data.placed, nothing),
        lof=_scatter(found.lof, data.placed, nothing),
        disagreement=None if found.disagreement is None else _scatter(found.disagreement, data.placed, nothing),
        is_far=_scatter(found.is_far, data.placed, np.False_),
    )


def _scatter(values: NDArray[Any], placed: NDArray[np.bool_], filler: Any) -> NDArray[Any]:  # noqa: ANN401 - a scalar
    """From usable rows to rows of the Space."""
    out = np.full(len(placed), filler, values.dtype)
    out[placed] = values
    return out

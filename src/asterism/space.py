"""The noun of the project: texts, their vectors, and everything that can be asked of them or made of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from asterism._check import check_column, check_whole
from asterism._progress import SILENT
from asterism._rng import draw_rows
from asterism.comparing import Comparing
from asterism.drawing import Answer, draw
from asterism.errors import InputError
from asterism.layouts import Recipe, make_projection, reduce_vectors
from asterism.maps import Map, is_corpus
from asterism.pipeline import columns_table, enter_vectors
from asterism.read.columns import as_text
from asterism.read.reading import tell_sample
from asterism.scene.build import CLUSTER
from asterism.store import (
    Facts,
    facts_of,
    open_space,
    save_space,
    select,
)
from asterism.store.results import NO_CACHE, ResultCache, cache_folder, ceiling_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from os import PathLike

    import pyarrow as pa
    from numpy.typing import ArrayLike, NDArray

    from asterism._progress import Reporter
    from asterism.embed.base import Embedder
    from asterism.store import SpaceData
    from asterism.values import Metric


class Space(Comparing):
    """Texts, their metadata and their vectors, and which model made them; what it can be asked is in `Questions`.

    Made by `asterism.embed`, `Space.open` or `Space.from_vectors`; never changed afterwards.
    """

    def __init__(
        self, data: SpaceData, *, title: str = "", embedder: Embedder | None = None, cache: bool = True
    ) -> None:
        super().__init__(data, embedder, cache=cache)
        self.title = title

    @classmethod
    def open(cls, folder: str | PathLike[str], *, cache: bool = True) -> Space:
        """Open a `NAME.space` folder; vectors stay on disk until they are used.

        Args:
            folder: Written by `save` or by `asterism embed`.
            cache: Take vectors of new texts that are asked about from the cache, and keep them there.

        Raises:
            SpaceError: Not a Space, damaged, or written by a later version.
        """
        return cls(open_space(Path(folder)), title=Path(folder).stem, cache=cache)

    @classmethod
    def from_vectors(
        cls,
        vectors: ArrayLike,
        texts: Sequence[str | None],
        labels: Sequence[Any] | None = None,
        *,
        metric: Metric = "cosine",
    ) -> Space:
        """Make a Space from vectors that exist already.

        Args:
            vectors: Shape (n, d), real numbers. Rows with NaN or infinity, and under "cosine" rows of zeros, are
                kept, counted and set aside: they have no place on a map.
            texts: n texts; None, or NaN, for a row without one.
            labels: n values to colour by, optional; missing ones likewise.
            metric: The distance that suits the vectors.

        Raises:
            InputError: Shapes do not fit.
        """
        table = columns_table({"text": texts})
        if labels is not None:
            label = columns_table({"label": labels}).column(0)
            if len(label) != len(table):
                raise InputError(f"There are {len(label)} labels for {len(table)} texts; expected one for each.")
            table = table.append_column("label", label)
        table = table.set_column(0, "text", as_text(table.column("text"), "text"))
        return cls(enter_vectors(vectors, table, text_column="text", metric=metric))

    def save(self, folder: str | PathLike[str], *, dtype: str = "float32", force: bool = False) -> None:
        """Write the Space to a folder.

        Args:
            folder: By custom `NAME.space`.
            dtype: "float32", or "float16" for half the size and about three decimal digits.
            force: Replace what is there, if it is a Space, a file or an empty folder.

        Raises:
            OutputExists: There is something, and `force` is not given, or it is a folder that is no Space.
            InputError: Another dtype, or vectors that float16 cannot hold.
        """
        save_space(self._data, Path(folder), dtype=dtype, force=force)

    def __len__(self) -> int:
        return len(self._data.vectors)

    def __repr__(self) -> str:
        model = self._data.model
        return f"<Space of {len(self)} texts × {model.dim} dimensions, model {model.name!r}>"

    @property
    def data(self) -> SpaceData:
        """The tables and arrays behind the Space."""
        return self._data

    @property
    def facts(self) -> Facts:
        """How many rows, what was found odd, what was decided."""
        return facts_of(self._data)

    @property
    def texts(self) -> list[str]:
        """The texts, "" for a row without one."""
        return self._data.texts

    @property
    def vectors(self) -> NDArray[np.float32]:
        """The vectors, shape (n, d)."""
        return self._data.vectors

    @property
    def table(self) -> pa.Table:
        """All columns of the input, texts included; n rows."""
        return self._data.table

    @property
    def placed(self) -> NDArray[np.bool_]:
        """Shape (n,): whether a row has a usable vector. The others stay in the table and off the map."""
        return self._data.placed

    def select(self, rows: ArrayLike) -> Space:
        """A Space of some of the rows.

        Args:
            rows: Row numbers, or n booleans.
        """
        return self._with(select(self._data, np.asarray(rows)))

    def with_columns(self, columns: Mapping[str, Any]) -> Space:
        """A Space with further columns beside its texts.

        Args:
            columns: Name to n values; a column that is there already is replaced.

        Raises:
            InputError: Not one value per text, or the column of the texts would be replaced.
        """
        table = self.table
        for name, values in columns.items():
            column = columns_table({name: values}).column(0)
            if len(column) != len(self) or name == self._data.text_column:
                raise InputError(
                    f"Column {name!r} has {len(column)} values for {len(self)} texts; expected one for each, under "
                    f"another name than {self._data.text_column!r}."
                )
            at = table.schema.get_field_index(name)
            table = table.append_column(name, column) if at < 0 else table.set_column(at, name, column)
        return self._with(replace(self._data, table=table))

    def sample(self, n: int, *, seed: int = 0) -> Space:
        """A Space of `n` rows drawn at random, in their order; all of them if there are no more."""
        check_whole(n, name="n", low=0)
        if n >= len(self):
            return self
        taken = select(self._data, draw_rows(len(self), n, seed=seed, stage="sample"))
        return self._with(replace(taken, remarks=(*taken.remarks, tell_sample(n, len(self), seed))))

    def map(  # noqa: PLR0913 - each is the option of the same name on the command line
        self,
        *,
        method: str = "tsne",
        dim: int = 2,
        seed: int = 0,
        threads: int | None = None,
        color: str | None = None,
        title: str | None = None,
        cache: bool = True,
        report: Reporter = SILENT,
        also: Sequence[str] = (),
        clusters: bool | None = None,
        labels: str | None = None,
        stability: bool = False,
        name_with: str | None = None,
        base_url: str | None = None,
        **params: Any,  # noqa: ANN401 - each method has parameters of its own, checked there
    ) -> Map:
        """Lay the texts out and measure how far the picture can be believed.

        Where the texts are too many to be written on the map, clusters are found at several granularities and their
        names are written instead; `over(labels=())` takes them away.

        Args:
            method: "tsne", "umap", "pca" or another registered projection.
            dim: 2 or 3.
            seed: The same seed gives the same map, on any number of threads.
            threads: How many to use; None for all.
            color: Column to colour by; None chooses by rule. "cluster", where no column has this name, finds clusters.
            title: Heading of the picture; None takes the name of what was read.
            cache: Take and keep results; False computes anew.
            report: Hears of the progress.
            labels: Column whose values guide the layout, for "umap": what has one value is drawn together.
            clusters: Group the texts, name the groups and write the names on the map and into its table; None does so
                for documents.
            also: Further methods, laid out with their defaults, to switch to in the explorer.
            stability: Lay out three times more from other starts, and tell which neighbours shown come back.
            name_with: A language model that names the clusters, as its server calls it.
            base_url: Of the OpenAI-compatible server of `name_with`; None for OpenAI.
            **params: Of the method: `perplexity=50` for "tsne", `n_neighbors=30` for "umap"; docs/methods lists them.

        Returns:
            The map, with its quality.

        Raises:
            InputError: A parameter is unknown or out of range, or there is no such column.
        """
        wants_clusters = name_with is not None if clusters is None else clusters
        if color is not None and color not in self.table.column_names:
            if color != CLUSTER or clusters is False:
                check_column(color, self.table.column_names)
            wants_clusters = True
        if wants_clusters and self.vectors.shape[1] == 0:
            raise InputError("Clusters are found among vectors, and this Space has coordinates alone; leave them out.")
        guide = None if labels is None else self._codes(labels)
        plain = Recipe(method=method, dim=dim, seed=seed, threads=threads)
        recipe = replace(plain, params=params, labels=guide, stability=stability)
        results = ResultCache(cache_folder(), ceiling=ceiling_bytes()) if cache else NO_CACHE
        projection, graph = make_projection(self._data, recipe, cache=results, report=report)
        beside = [replace(plain, method=other) for other in dict.fromkeys(also) if other != method]
        others = [make_projection(self._data, each, graph=graph, cache=results, report=report)[0] for each in beside]
        groups = None
        if graph is not None and (wants_clusters or (clusters is None and self._is_corpus())):
            groups = self._clusters_of(graph, seed=seed, threads=threads, report=report)
            if name_with is not None:
                named = self._name(*groups, name_with, base_url=base_url, cache=cache, report=report)
                groups = (groups[0], named[0])
                projection = replace(projection, notes=(*projection.notes, named[1]))
        return Map(self, (projection, *others), graph, groups=groups, color=color, title=title, report=report)

    def reduce(
        self,
        dim: int,
        *,
        method: str = "umap",
        seed: int = 0,
        threads: int | None = None,
        labels: str | None = None,
        cache: bool = True,
        report: Reporter = SILENT,
        **params: Any,  # noqa: ANN401 - of the method
    ) -> Space:
        """A Space of the same texts with vectors of fewer dimensions, for clustering and the like.

        Args:
            dim: Of the new vectors: up to 64 by "umap", up to d by "pca" and "random".
            method: "umap", "pca", "random", or another registered projection.
            seed: The same seed gives the same vectors, on any number of threads.
            threads: How many to use; None for all.
            labels: Column whose values guide the layout, for "umap".
            cache: Take and keep the graph; False computes it anew.
            report: Hears of the progress.
            **params: Of the method.

        Returns:
            Its metric is "euclidean", and a remark says how it was made.

        Raises:
            InputError: A parameter is unknown or out of range, or the Space has no vectors.
        """
        guide = None if labels is None else self._codes(labels)
        recipe = Recipe(method=method, dim=dim, seed=seed, threads=threads, params=params, labels=guide)
        results = ResultCache(cache_folder(), ceiling=ceiling_bytes()) if cache else NO_CACHE
        vectors, drawn = reduce_vectors(self._data, recipe, cache=results, report=report)
        told = f"Vectors of {self._data.model.dim} dimensions reduced to {dim} by {method}, seed {seed}."
        made = enter_vectors(
            np.where(self.placed[:, None], vectors, np.float32(0)),
            self.table,
            text_column=self._data.text_column,
            metric="euclidean",
            counts=self._data.counts,
            remarks=(*self._data.remarks, told, *drawn.notes),
        )
        return Space(replace(made, placed=self.placed), title=self.title)

    def draw(self, answer: Answer, *, on: Map | None = None, title: str | None = None) -> Map:
        """Make a picture of an answer.

        Args:
            answer: From `interpolate`, `arithmetic`, `neighbors`, `axis`, `plane`, `distances`, `clusters` or
                `outliers`.
            on: A map of this Space to draw it on: ways and arrows are placed on it step by step. None draws ways and
                arrows on the principal axes of what belongs to them, where straight lines stay straight, and the
                others on the default map. Axes, planes and distances have a projection of their own.
            title: Heading of the picture; None says what was asked.

        Returns:
            A map that can be saved; as a table it holds what was found as columns. What is no map of the whole Space
            has no measured quality.
        """
        return draw(self, answer, on=on, title=title)

    def _with(self, data: SpaceData) -> Space:
        return Space(data, title=self.title, embedder=self._embedder, cache=self._is_cached)

    def _is_corpus(self) -> bool:
        return is_corpus(self.texts)

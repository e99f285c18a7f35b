"""A Space laid out: what is drawn, and the files it is written to."""

from __future__ import annotations

import math
import os
from copy import copy
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from asterism import __version__
from asterism._check import as_vectors, check_texts
from asterism._progress import SILENT
from asterism.errors import InputError, OutputExists
from asterism.layouts import SHOWN_NEIGHBORS, judge_labels, neighbors_of_rows, place_vectors
from asterism.project.verdict import tell_verdict
from asterism.questions import outliers_of
from asterism.scene.build import Sources, build_scene, kind_of
from asterism.scene.spec import CategoryColumn, NumberColumn, Pin
from asterism.store import check_free, save_space
from asterism.store.table import map_table, write_table
from asterism.values import Places

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from os import PathLike

    from numpy.typing import ArrayLike, NDArray

    from asterism._progress import Reporter
    from asterism.analysis.outliers import Outliers
    from asterism.project import Placement
    from asterism.scene.spec import Column, Scene
    from asterism.space import Space
    from asterism.values import Clustering, Labels, NeighborGraph, Projection, Quality

FIGURES = (".png", ".svg", ".pdf")
TABLES = (".parquet", ".csv")
ENDINGS = (".html", *FIGURES, *TABLES, ".space")
# Above this many rows a page with the neighbours of each would be too large to pass on.
MOST_SHOWN_NEIGHBORS = 200_000
# Fewer texts are read faster than the names of their clusters.
FEWEST_CLUSTERED = 100


class Map:
    """A Space laid out in two or three dimensions. Shows itself in a notebook."""

    def __init__(
        self,
        space: Space,
        projections: tuple[Projection, ...],
        graph: NeighborGraph | None,
        *,
        groups: tuple[Clustering, Labels] | None = None,
        color: str | None = None,
        title: str | None = None,
        report: Reporter = SILENT,
    ) -> None:
        self.space = space
        self.graph = graph
        scene = build_scene(
            _sources(space, title),
            projections,
            color=color,
            neighbors=_shown_neighbors(space, graph),
            groups=groups,
        )
        self.projections = _judged(scene, space, graph, report)
        self._clusters = None if groups is None else scene.columns[-1]
        columns = (*scene.columns, *self._found_columns(scene.columns))
        self.scene: Scene = replace(scene, projections=self.projections, columns=columns)

    def over(self, **parts: Any) -> Map:  # noqa: ANN401 - fields of Scene, checked by it
        """The same map with labels, paths, arrows or pins over it.

        Args:
            **parts: Fields of `asterism.scene.spec.Scene`.
        """
        made = copy(self)
        made.scene = replace(self.scene, **parts)
        return made

    def with_found(self, name: str, values: NDArray[np.floating]) -> Map:
        """The same map with what an answer found of its texts: a column of its table and of its page.

        Args:
            name: Of the column; where the input has one of this name, `_found` is put behind it.
            values: Shape (n,), NaN for none.
        """
        taken = {column.name for column in self.scene.columns} | set(self.space.table.column_names)
        while name in taken:
            name += "_found"
        exact = np.asarray(values, np.float64)
        made = self.over(columns=(*self.scene.columns, NumberColumn(name, exact)))
        made.space = self.space.with_columns({name: pa.array(exact, mask=np.isnan(exact))})
        return made

    @cached_property
    def outliers(self) -> Outliers | None:
        """How far each text stands apart from its neighbours; None without vectors."""
        return None if self.graph is None else outliers_of(self.space.data, self.graph)

    def _found_columns(self, columns: tuple[Column, ...]) -> tuple[Column, ...]:
        """What is known of every text once its neighbours are, to colour and to filter by."""
        if self.outliers is None or not 1 < len(self.space) <= MOST_SHOWN_NEIGHBORS:
            return ()
        taken = {column.name for column in columns} | set(self.space.table.column_names)
        found = {"neighbor_distance": self.outliers.distance, "outlier_factor": self.outliers.lof}
        exact = {name: values.astype(np.float64) for name, values in found.items()}
        return tuple(NumberColumn(name, _rounded(values)) for name, values in exact.items() if name not in taken)

    @property
    def projection(self) -> Projection:
        """The one that was asked for; `projections` holds those beside it, too."""
        return self.projections[0]

    @property
    def points(self) -> NDArray[np.float32]:
        """Shape (n, 2|3); NaN where a row was set aside."""
        return self.projection.points

    @property
    def method(self) -> str:
        """How it was laid out."""
        return self.projection.method

    @property
    def params(self) -> Mapping[str, Any]:
        """Every parameter as it was used."""
        return self.projection.params

    @property
    def seed(self) -> int:
        """The seed."""
        return self.projection.seed

    @property
    def quality(self) -> Quality | None:
        """How far the picture can be believed; None for coordinates without vectors to compare them with."""
        return self.projection.quality

    @property
    def verdict(self) -> tuple[str, ...]:
        """What may be read from the picture and what may not, in plain words; empty where nothing was measured."""
        return () if self.quality is None else tell_verdict(self.quality)

    def place(
        self,
        texts: Sequence[str],
        *,
        vectors: ArrayLike | None = None,
        threads: int | None = None,
        report: Reporter = SILENT,
    ) -> Places:
        """Find where new texts fall on this map. Nothing on it moves, and no place depends on what else is placed.

        A text that the map holds falls on its own point; of several equal ones, on the first.

        Args:
            texts: m texts.
            vectors: Shape (m, d), where they were embedded elsewhere; None embeds them by the model of the Space.
            threads: The result does not depend on it.
            report: Hears of the progress.

        Returns:
            See `Places`. `over(pins=...)` and `with_pins` draw them.

        Raises:
            InputError: The map has no vectors, or no model is known to embed new texts.
        """
        if self.graph is None:
            raise InputError("This map has coordinates but no vectors; there is nothing to place new texts by.")
        texts = check_texts(texts)
        given = self.space.vectors_of(texts) if vectors is None else as_vectors(vectors)
        if len(given) != len(texts):
            raise InputError(f"There are {len(given)} vectors for {len(texts)} texts; expected one for each.")
        used = self.graph
        usable = (given != 0).any(axis=1) if used.metric == "cosine" else np.ones(len(given), bool)
        found, own = place_vectors(
            self.space.data, self.projection, used, given[usable], threads=threads, report=report
        )
        if not usable.all():
            aside = int((~usable).sum())
            report.remark(f"The model finds nothing it knows in {aside} of {len(texts)} texts; they have no place.")
        return _places(tuple(texts), usable, found, own)

    def places(self, vectors: NDArray[np.float32]) -> tuple[Placement, ...]:
        """Where vectors (m, d), none of them zero, fall on each of the projections; see `place`.

        Raises:
            InputError: The map has no vectors.
        """
        if self.graph is None:
            raise InputError("This map has coordinates but no vectors; there is nothing to place new texts by.")
        return tuple(place_vectors(self.space.data, each, self.graph, vectors)[0] for each in self.projections)

    def with_pins(self, places: Places) -> Map:
        """The same map with new texts pinned to it."""
        known = np.flatnonzero(np.isfinite(places.points).all(axis=1))
        nowhere = [np.full(each.points.shape[1], np.nan, np.float32) for each in self.projections[1:]]
        return self.over(pins=tuple(Pin(places.texts[i], (places.points[i], *nowhere)) for i in known))

    @property
    def table(self) -> pa.Table:
        """The columns of the input with `x, y[, z]` and the per-point faithfulness; and the clusters, if any."""
        table = map_table(self.space.table, self.projection)
        found = self._clusters
        if not isinstance(found, CategoryColumn):
            return table
        names = pa.array(found.values, pa.string()).take(pa.array(found.codes, mask=found.codes < 0))
        return table.append_column(found.name, names)

    def save(
        self,
        path: str | PathLike[str],
        *,
        force: bool = False,
        without: Collection[str] = (),
        shepard: bool = False,
        report: Reporter = SILENT,
        **figure: Any,  # noqa: ANN401 - see asterism.view.figure.draw_figure
    ) -> None:
        """Write the map; the ending of the name says as what.

        Args:
            path: `.html` explorer, `.png .svg .pdf` figure, `.parquet .csv` table, `.space` everything.
            force: Overwrite what is there.
            without: What a page leaves out to be smaller: "texts", "neighbors".
            shepard: Add a Shepard diagram to a figure: distances on the map against those of the vectors.
            report: Hears how large a page is, and what makes it so.
            **figure: Of a figure: `theme`, `width` and `height` in mm, `dpi`, `font`, `projection`.

        Raises:
            InputError: Another ending, more points than a page can hold, or options of a figure for something else.
            OutputExists: There is something, and `force` is not given.
        """
        target = Path(path)
        check_output(target, force=force)
        if figure and target.suffix not in FIGURES:
            raise InputError(f"{', '.join(figure)} belong to figures ({', '.join(FIGURES)}); '{target}' is none.")
        if target.suffix in TABLES:
            write_table(self.table, target)
        elif target.suffix == ".space":
            save_space(self.space.data, target, force=force, projections=self.projections)
        elif target.suffix == ".html":
            from asterism.view.html import save_html

            sizes = save_html(self.scene, target, without=without)
            report.remark(_say_sizes(target.name, sizes))
        else:
            from asterism.view.figure import save_figure

            save_figure(self.scene, target, shepard=shepard, **figure)

    def __repr__(self) -> str:
        dim = self.points.shape[1]
        return f"<Map of {len(self.space)} texts in {dim}-D by {self.method}, seed {self.seed}>"

    def _repr_png_(self) -> bytes:
        from asterism.view.figure import render_png

        return render_png(self.scene)


class Comparison(Map):
    """A Space laid out in several ways, side by side: PCA, t-SNE and UMAP with other and other parameters."""

    def save(
        self,
        path: str | PathLike[str],
        *,
        force: bool = False,
        without: Collection[str] = (),
        shepard: bool = False,  # noqa: ARG002 - a sheet has no room for it
        report: Reporter = SILENT,
        **figure: Any,  # noqa: ANN401 - see asterism.view.figure.draw_sheet
    ) -> None:
        """Write the sheet: small multiples as a figure, or a page that morphs from one to the next.

        Args:
            path: `.html` or `.png .svg .pdf`.
            force: Overwrite what is there.
            without: What a page leaves out to be smaller: "texts", "neighbors".
            shepard: Not drawn on a sheet.
            report: Hears how large a page is.
            **figure: Of a figure, as `draw_sheet` takes them.

        Raises:
            InputError: Another ending.
            OutputExists: There is something, and `force` is not given.
        """
        target = Path(path)
        check_sheet(target, force=force)
        if target.suffix == ".html":
            super().save(target, force=force, without=without, report=report, **figure)
            return
        from asterism.view.figure import draw_sheet, save_drawn

        save_drawn(draw_sheet(self.scene, **figure), target)

    def _repr_png_(self) -> bytes:
        from asterism.view.figure import draw_sheet, render_figure

        return render_figure(draw_sheet(self.scene), "png")


def _rounded(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """To four places, or as many more as the largest value needs to have four digits.

    These are what a colour or a filter can use; the rest would make pages larger.
    """
    largest = float(np.nanmax(np.abs(values), initial=0))
    places = 4 - min(0, math.ceil(math.log10(largest))) if largest > 0 else 4
    return values.round(places)


def is_corpus(texts: Sequence[str]) -> bool:
    """Whether there are so many texts that the names of their clusters help."""
    return len(texts) >= FEWEST_CLUSTERED and kind_of(texts) == "documents"


def check_sheet(path: Path, *, force: bool) -> None:
    """Refuse an output that a sheet of choices cannot be written to.

    Raises:
        InputError: The ending is none of `.html .png .svg .pdf`, or the folder does not exist.
        OutputExists: There is something, and `force` is not given.
    """
    if path.suffix not in (".html", *FIGURES):
        endings = ", ".join((".html", *FIGURES))
        raise InputError(f"A sheet cannot be written to '{path}'; expected a name ending in {endings}.")
    check_output(path, force=force)


def _say_sizes(name: str, sizes: Mapping[str, int]) -> str:
    """The size of a page and its largest parts, in megabytes."""
    parts = ", ".join(f"{part} {size / 1e6:.1f}" for part, size in sizes.items() if size >= 50_000)
    return f"{name} is {sum(sizes.values()) / 1e6:.1f} MB ({parts})."


def check_output(path: Path, *, force: bool) -> None:
    """Refuse an output that could not or should not be written, before any work is done.

    Raises:
        InputError: The ending stands for no kind of output, or the folder does not exist or cannot be written to.
        OutputExists: There is something, and `force` is not given, or it is a folder that is not replaced.
    """
    if path.suffix not in ENDINGS:
        raise InputError(f"Cannot tell what to write to '{path}'; expected a name ending in {', '.join(ENDINGS)}.")
    if not path.parent.is_dir():
        raise InputError(f"There is no folder '{path.parent}' to write '{path.name}' to; create it first.")
    if path.exists() and not force:
        raise OutputExists(f"'{path}' exists; choose another name, or overwrite it with --force (force=True).")
    if path.suffix == ".space":
        check_free(path, force=force)
    elif path.is_dir():
        raise OutputExists(f"'{path}' is a folder, which a file does not replace. Choose another name.")
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise InputError(f"The folder '{path.parent}' cannot be written to; choose another, or change its permissions.")


def _places(texts: tuple[str, ...], usable: NDArray[np.bool_], found: Placement, own: float) -> Places:
    """What was found for the usable texts, among all of them."""

    def spread(values: NDArray[Any], filler: Any) -> NDArray[Any]:  # noqa: ANN401 - a scalar
        out = np.full((len(texts), *values.shape[1:]), filler, values.dtype)
        out[usable] = values
        return out

    return Places(
        texts=texts,
        points=spread(found.points, np.nan),
        is_off=spread(found.is_off, True),
        kept=spread(found.kept, np.nan),
        nearest=spread(found.neighbors[:, 0], -1),
        distances=spread(found.distances[:, 0], np.nan),
        reach=found.reach,
        own_kept=own,
        n_neighbors=found.neighbors.shape[1],
    )


def _judged(scene: Scene, space: Space, graph: NeighborGraph | None, report: Reporter) -> tuple[Projection, ...]:
    """The projections with what they say of the category that colours them, where it came with the texts."""
    column = scene.column(scene.color)
    is_given = column is not None and column.name in space.table.column_names
    if graph is None or not (is_given and isinstance(column, CategoryColumn)):
        return scene.projections
    return judge_labels(space.data, scene.projections, graph, column.codes, column=column.name, report=report)


def _shown_neighbors(space: Space, graph: NeighborGraph | None) -> tuple[NDArray[np.int32], NDArray[np.float32]] | None:
    if graph is None or len(space) > MOST_SHOWN_NEIGHBORS:
        return None
    return neighbors_of_rows(graph, space.placed, min(SHOWN_NEIGHBORS, max(graph.n_neighbors, 1)))


def _sources(space: Space, title: str | None) -> Sources:
    data = space.data
    remarks = tuple(data.remarks)
    if len(space) > MOST_SHOWN_NEIGHBORS:
        remarks = (*remarks, f"Neighbours are left out of pages of more than {MOST_SHOWN_NEIGHBORS:,} texts.")
    about = {"model": data.model.name, "rows": str(len(space)), "version": __version__}
    return Sources(
        texts=data.texts,
        table=data.table,
        text_column=data.text_column,
        title=space.title if title is None else title,
        metric=data.model.metric,
        remarks=remarks,
        about=about,
    )

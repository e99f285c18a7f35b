"""A Space laid out in several ways, and several Spaces laid out side by side."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from asterism._check import check_column
from asterism._progress import SILENT
from asterism.errors import InputError
from asterism.layouts import Recipe, make_comparison, make_sequence
from asterism.maps import Comparison, is_corpus
from asterism.project.choices import default_grid, list_choices
from asterism.questions import Questions
from asterism.store.results import NO_CACHE, ResultCache, cache_folder, ceiling_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asterism._progress import Reporter
    from asterism.project.choices import Choice
    from asterism.space import Space


class Comparing(Questions):
    """How the layouts of a Space, and those of other Spaces of its texts, are set beside each other."""

    def compare_projections(  # noqa: PLR0913 - each is the option of the same name on the command line
        self,
        choices: Sequence[Choice] | None = None,
        *,
        perplexity: Sequence[float] | None = None,
        exaggeration: Sequence[float] | None = None,
        n_neighbors: Sequence[int] | None = None,
        min_dist: Sequence[float] | None = None,
        dim: int = 2,
        seed: int = 0,
        threads: int | None = None,
        color: str | None = None,
        title: str | None = None,
        clusters: bool | None = None,
        cache: bool = True,
        report: Reporter = SILENT,
    ) -> Comparison:
        """Lay the texts out in several ways, from one graph, so that what the layouts share can be told from the rest.

        Args:
            choices: What to lay out; None for PCA, and t-SNE and UMAP with the values below.
            perplexity: Of t-SNE; 5, 30 and 100 without it. Above 10 000 texts, numbers of equally weighted neighbours.
            exaggeration: ρ of t-SNE, at the middle perplexity; 1, 2, 4, 8 and 30 without it.
            n_neighbors: Of UMAP; 5, 15 and 50 without it.
            min_dist: Of UMAP; 0.1 and 0.5 without it.
            dim: 2 or 3.
            seed: The same seed gives the same sheet.
            threads: How many to use; None for all.
            color: Column to colour by; None chooses by rule.
            title: Heading of the picture; None takes the name of what was read.
            clusters: Name groups on the page; None does so for documents.
            cache: Take and keep the graph; False computes it anew.
            report: Hears of the progress.

        Returns:
            A map with one projection per choice, each turned onto the first; `.save("sheet.png")`,
            `.save("sheet.html")`.

        Raises:
            InputError: A parameter is out of range, there is no such column, or the Space has no vectors.
        """
        if color is not None:
            check_column(color, self._data.table.column_names)
        n = int(self._data.placed.sum())
        named: dict[str, Sequence[Any] | None] = {
            "perplexity": perplexity,
            "exaggeration": exaggeration,
            "n_neighbors": n_neighbors,
            "min_dist": min_dist,
        }
        tried: dict[str, Any] = {key: value for key, value in named.items() if value is not None}
        grid = replace(default_grid(n), **tried)
        recipe = Recipe(dim=dim, seed=seed, threads=threads)
        results = ResultCache(cache_folder(), ceiling=ceiling_bytes()) if cache else NO_CACHE
        chosen = list_choices(grid, n) if choices is None else tuple(choices)
        projections, graph = make_comparison(self._data, chosen, recipe, cache=results, report=report)
        groups = None
        if is_corpus(self._data.texts) if clusters is None else clusters:
            groups = self._clusters_of(graph, seed=seed, threads=threads, report=report)
        space = cast("Space", self)
        return Comparison(space, projections, graph, groups=groups, color=color, title=title, report=report)

    def map_beside(
        self,
        others: Sequence[Questions],
        *,
        names: Sequence[str] | None = None,
        method: str = "tsne",
        dim: int = 2,
        seed: int = 0,
        threads: int | None = None,
        tether: float = 0.1,
        color: str | None = None,
        report: Reporter = SILENT,
        **params: Any,  # noqa: ANN401 - of the method
    ) -> Comparison:
        """Lay this Space and others of the same texts out comparably: models, layers, before and after.

        By t-SNE all maps minimise one objective, in which moves from one to the next cost.

        Args:
            others: Spaces of the same texts in the same order, in the order in which they follow.
            names: What pictures call each, this one first; None takes the names of the models.
            method: A registered projection.
            dim: 2 or 3.
            seed: The same seed gives the same maps.
            threads: How many to use; None for all.
            tether: How much moves cost; 0 leaves only the start in common.
            color: Column of this Space to colour by; None chooses by rule.
            report: Hears of the progress.
            **params: Of the method.

        Returns:
            A sheet with one projection per Space; a page of it morphs from one to the next.

        Raises:
            InputError: Spaces of different numbers of texts, or not as many names.
        """
        spaces: list[Questions] = [self, *others]
        sizes = [len(space._data.placed) for space in spaces]
        for size in sizes:
            if size != sizes[0]:
                raise InputError(f"A Space holds {sizes[0]} texts and another {size}; expected the same.")
        called = [space._data.model.name for space in spaces] if names is None else list(names)
        if len(called) != len(spaces):
            raise InputError(f"There are {len(called)} names for {len(spaces)} Spaces; expected one for each.")
        recipe = Recipe(method=method, dim=dim, seed=seed, threads=threads, params=params)
        made, graph = make_sequence([space._data for space in spaces], recipe, tether=tether, report=report)
        named = tuple(replace(each, name=name) for each, name in zip(made, called, strict=True))
        return Comparison(cast("Space", self), named, graph, color=color, report=report)

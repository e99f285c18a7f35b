"""What a sheet of choices lays side by side: one method and its parameters each."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from asterism.project.tsne import UNIFORM_ABOVE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Choice:
    """One layout among several.

    Attributes:
        name: What pictures call it.
        method: A registered projection.
        params: Its parameters.
    """

    name: str
    method: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Grid:
    """Which values are tried of each parameter.

    Attributes:
        perplexity: Of t-SNE; above 10 000 texts, equal weights for so many neighbours.
        exaggeration: ρ of t-SNE, tried at the middle perplexity.
        n_neighbors: Of UMAP.
        min_dist: Of UMAP: the first with every number of neighbours, the others with the middle one.
    """

    perplexity: Sequence[float]
    exaggeration: Sequence[float] = (1, 2, 4, 8, 30)
    n_neighbors: Sequence[int] = (5, 15, 50)
    min_dist: Sequence[float] = (0.1, 0.5)


def default_grid(n: int) -> Grid:
    """The values tried where the user names none.

    Args:
        n: How many distinct vectors there are.

    Returns:
        Three perplexities up to 10 000 vectors; above, numbers of neighbours that a large graph can hold.
    """
    if n > UNIFORM_ABOVE:
        return Grid(perplexity=(5, 15, 45), n_neighbors=(5, 15, 45))
    return Grid(perplexity=(5, 30, 100))


def list_choices(grid: Grid, n: int) -> tuple[Choice, ...]:
    """Write a grid out: PCA, t-SNE by perplexity and by ρ, UMAP by neighbours and by least distance.

    Args:
        grid: Values; those too large for n are lowered to the largest that makes sense, and stand once.
        n: How many distinct vectors there are.

    Returns:
        At least PCA.
    """
    choices = [Choice("PCA", "pca")]
    if n < 4:
        return tuple(choices)
    wide = [min(float(value), (n - 1) / 3) for value in grid.perplexity]
    choices += [_tsne(value, 1.0, n) for value in dict.fromkeys(wide)]
    pulled = [float(rho) for rho in dict.fromkeys(grid.exaggeration) if rho != 1]
    choices += [_tsne(wide[len(wide) // 2], rho, n) for rho in pulled if wide]
    near = list(dict.fromkeys(min(int(value), n) for value in grid.n_neighbors))
    if grid.min_dist:
        choices += [_umap(value, grid.min_dist[0]) for value in near]
    choices += [_umap(near[len(near) // 2], value) for value in grid.min_dist[1:] if near]
    return tuple(choices)


def _tsne(perplexity: float, rho: float, n: int) -> Choice:
    uniform = n > UNIFORM_ABOVE
    width = f"{round(perplexity)} neighbours" if uniform else f"perplexity {perplexity:.3g}"
    params: dict[str, Any] = {"n_neighbors": round(perplexity)} if uniform else {"perplexity": perplexity}
    return Choice(f"t-SNE, {width}" + (f", ρ {rho:g}" if rho != 1 else ""), "tsne", params | {"exaggeration": rho})


def _umap(n_neighbors: int, min_dist: float) -> Choice:
    params = {"n_neighbors": n_neighbors, "min_dist": min_dist}
    return Choice(f"UMAP, {n_neighbors} neighbours, min_dist {min_dist:g}", "umap", params)

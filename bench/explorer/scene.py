"""Scenes for the benchmark: real Reddit titles at made-up places; a layout would take longer than the drawing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow.parquet as pq

from asterism.scene.columns import category_column
from asterism.scene.spec import Label, NumberColumn, Scene
from asterism.values import Projection

if TYPE_CHECKING:
    from pathlib import Path


def titles_scene(data: Path, n: int, *, seed: int = 0) -> Scene:
    """N titles; each of the 2 496 subreddits is a blob of its own size, with a stray here and there."""
    table = pq.read_table(data / "reddit" / "reddit_titles.parquet", columns=["title", "subreddit", "score"])
    rng = np.random.default_rng(seed)
    table = table.take(np.sort(rng.choice(len(table), n, replace=False)))
    column = category_column("subreddit", table.column("subreddit"))
    groups = len(column.values)
    middles = rng.normal(size=(groups, 2)) * 12
    spreads = rng.uniform(0.2, 0.9, size=(groups, 1))
    points = (middles[column.codes] + spreads[column.codes] * rng.normal(size=(n, 2))).astype(np.float32)
    strays = rng.random(n) < 0.03
    points[strays] = rng.normal(size=(int(strays.sum()), 2)) * 13
    labels = tuple(
        Label(column.values[i], int(i >= 30), np.flatnonzero(column.codes == i).astype(np.int32)) for i in range(200)
    )
    score = NumberColumn("score", np.asarray(table.column("score").to_numpy(zero_copy_only=False), np.float64))
    texts = [title or "" for title in table.column("title").to_pylist()]
    projection = Projection(points, "given")
    return Scene(f"{n:,} Reddit titles", texts, "documents", (projection,), (column, score), "subreddit", labels=labels)

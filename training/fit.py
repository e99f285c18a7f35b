"""Train token vectors so that their mean points where the teacher's vector of the text points.

In the manner of tokenlearn (https://github.com/MinishLab/tokenlearn), with more terms: inside small groups of
neighbouring texts, and of texts put together by chance, the similarities shall be the teacher's too.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from settings import SEED
from torch.nn import functional as nn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray
    from tokenizers import Tokenizer

GROUP = 64
CELLS = 1_024
WARM_UP = 50


@dataclass(frozen=True)
class Options:
    """How to train.

    Attributes:
        epochs: Passes over the texts.
        batch: Texts a step, a multiple of the group.
        rate: Adam's highest learning rate, reached after 50 steps and then let down along a cosine.
        dropped: Share of the tokens that each step leaves out.
        pairs_dropped: The same of the pairs of tokens.
        seldom: A pair of n texts is heard n / (n + seldom) times as loud as it is trained.
        loudest: A text of more tokens than this hears its pairs less, as if its tokens were so many.
        is_held: Whether the vectors of the tokens stay as they are.
        seed: Decides the order of the texts and what is left out.
        groups: Weight of the similarities inside groups, beside 1 for the directions.
        strangers: The same of the similarities among texts that chance puts together.
    """

    epochs: int = 2
    batch: int = 4_096
    rate: float = 4e-3
    dropped: float = 0.1
    pairs_dropped: float = 0.5
    seldom: float = 0.0
    loudest: int = 1_000_000
    is_held: bool = False
    seed: int = SEED
    groups: float = 3.0
    strangers: float = 1.0


@dataclass(frozen=True, eq=False)
class Bags:
    """The token ids of texts in one row; those of text i are `ids[offsets[i]:offsets[i + 1]]`."""

    ids: NDArray[np.int64]
    offsets: NDArray[np.int64]

    @property
    def owners(self) -> NDArray[np.int64]:
        """Shape (len(ids),), the text of each id."""
        return np.repeat(np.arange(len(self.offsets) - 1), np.diff(self.offsets))

    def take(self, rows: NDArray[np.int64]) -> Bags:
        """The bags of some texts."""
        lengths = np.diff(self.offsets)[rows]
        offsets = np.concatenate([[0], np.cumsum(lengths)])
        places = np.repeat(self.offsets[rows] - offsets[:-1], lengths) + np.arange(offsets[-1])
        return Bags(self.ids[places], offsets)

    def thin(self, dropped: NDArray[np.float32], rng: np.random.Generator) -> Bags:
        """Leave out each token with its chance (v,), but never all of a text."""
        kept = rng.random(len(self.ids)) >= dropped[self.ids]
        filled = np.flatnonzero(np.diff(self.offsets))
        first = self.offsets[:-1][filled]
        kept[first[np.add.reduceat(kept.astype(np.int64), first) == 0]] = True
        owners = self.owners[kept]
        counts = np.bincount(owners, minlength=len(self.offsets) - 1)
        return Bags(self.ids[kept], np.concatenate([[0], np.cumsum(counts)]))

    def loudness(self, n_tokens: int, loudest: int) -> NDArray[np.float32]:
        """Shape (len(ids),): 1 for tokens, and less for pairs where a text has more than `loudest` tokens."""
        is_pair = self.ids >= n_tokens
        owners = self.owners
        tokens = np.bincount(owners[~is_pair], minlength=len(self.offsets) - 1)
        return np.where(is_pair, (loudest / np.maximum(tokens, loudest))[owners], 1).astype(np.float32)


def bags(tokenizer: Tokenizer, texts: list[str], *, unknown: int) -> Bags:
    """Tokenize, leaving out the unknown token."""
    ids = [[i for i in e.ids if i != unknown] for e in tokenizer.encode_batch_fast(texts, add_special_tokens=False)]
    offsets = np.concatenate([[0], np.cumsum([len(row) for row in ids])])
    return Bags(np.fromiter((i for row in ids for i in row), np.int64, offsets[-1]), offsets)


def fit(
    texts: Bags, targets: NDArray[np.float16], vectors: NDArray[np.float32], n_tokens: int, options: Options
) -> NDArray[np.float32]:
    """Train.

    Args:
        texts: n texts; ids from `n_tokens` on are pairs.
        targets: Shape (n, d), the teacher's vectors.
        vectors: Shape (v, d), where to start. Not modified.
        n_tokens: How many of the v are tokens.
        options: How to train.

    Returns:
        Vectors (v, d); the same bits for the same input, for it runs on one thread.
    """
    torch.set_num_threads(1)
    rng = np.random.default_rng(options.seed)
    is_pair = np.arange(len(vectors)) >= n_tokens
    chances = np.where(is_pair, options.pairs_dropped, options.dropped).astype(np.float32)
    counts = np.bincount(texts.ids, minlength=len(vectors))[n_tokens:].astype(np.float32)
    heard = torch.from_numpy(counts / np.maximum(counts + options.seldom, 1))[:, None]
    tokens = torch.nn.Parameter(torch.from_numpy(vectors[:n_tokens].copy()), requires_grad=not options.is_held)
    pairs = torch.nn.Parameter(torch.from_numpy(vectors[n_tokens:].copy()))
    optimizer = torch.optim.Adam([pairs] if options.is_held else [tokens, pairs], lr=options.rate, fused=True)
    steps = options.epochs * (len(targets) // GROUP * GROUP // options.batch)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _rate(step, steps))
    began = time.perf_counter()
    for epoch in range(options.epochs):
        total = 0.0
        batches = 0
        for rows in _batches(targets, options.batch, rng):
            some = texts.take(rows).thin(chances, rng)
            table = torch.cat([tokens, pairs * heard])
            loss = _loss(table, some, n_tokens, targets[rows], options, rng.permutation(len(rows)))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item()
            batches += 1
        spent = time.perf_counter() - began
        print(f"epoch {epoch + 1}: loss {total / batches:.4f}, {spent:.0f} s", file=sys.stderr, flush=True)
    return torch.cat([tokens, pairs * heard]).detach().numpy()


def _rate(step: int, steps: int) -> float:
    return min(1.0, (step + 1) / WARM_UP) * (0.02 + 0.49 * (1 + np.cos(np.pi * min(step, steps) / steps)))


def _batches(vectors: NDArray[np.float16], size: int, rng: np.random.Generator) -> Iterator[NDArray[np.int64]]:
    """All texts once: groups of neighbours (of the same two nearest among 1 024 chosen texts), the groups shuffled."""
    anchors = vectors[np.sort(rng.choice(len(vectors), CELLS, replace=False))].astype(np.float32).T
    cells = np.concatenate([_cell(vectors[i : i + 20_000], anchors) for i in range(0, len(vectors), 20_000)])
    order = rng.permutation(len(vectors))
    order = order[np.argsort(cells[order], kind="stable")]
    groups = order[: len(order) // GROUP * GROUP].reshape(-1, GROUP)
    order = groups[rng.permutation(len(groups))].reshape(-1)
    for start in range(0, len(order) - size + 1, size):
        yield order[start : start + size]


def _cell(vectors: NDArray[np.float16], anchors: NDArray[np.float32]) -> NDArray[np.int64]:
    near = torch.from_numpy(vectors.astype(np.float32) @ anchors).topk(2).indices.numpy()
    return near[:, 0] * CELLS + near[:, 1]


def _loss(
    table: torch.Tensor,
    texts: Bags,
    n_tokens: int,
    targets: NDArray[np.float16],
    options: Options,
    mixed: NDArray[np.int64],
) -> torch.Tensor:
    loudness = torch.from_numpy(texts.loudness(n_tokens, options.loudest))
    ids, offsets = torch.from_numpy(texts.ids), torch.from_numpy(texts.offsets[:-1])
    ours = nn.normalize(nn.embedding_bag(ids, table, offsets, mode="sum", per_sample_weights=loudness), dim=1)
    theirs = nn.normalize(torch.from_numpy(targets).float(), dim=1)
    directions = (1 - (ours * theirs).sum(1)).mean()
    order = torch.from_numpy(mixed)
    groups = options.groups * _apart(ours, theirs) + options.strangers * _apart(ours[order], theirs[order])
    return directions + groups


def _apart(ours: torch.Tensor, theirs: torch.Tensor) -> torch.Tensor:
    """Mean squared difference of the similarities inside groups of consecutive rows."""
    a, b = ours.view(-1, GROUP, ours.shape[1]), theirs.view(-1, GROUP, theirs.shape[1])
    return ((a @ a.transpose(1, 2) - b @ b.transpose(1, 2)) ** 2).mean()

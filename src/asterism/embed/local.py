"""Models that run here: one way from texts to vectors for every engine.

Texts are split into tokens once, sorted by length, cut into batches of a token budget, computed by one or several
sessions side by side, and put back in order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from copy import copy
from dataclasses import asdict, dataclass
from functools import cache
from time import perf_counter
from typing import TYPE_CHECKING, Generic, Protocol, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from asterism._progress import SILENT
from asterism.embed.schedule import plan_batches
from asterism.embed.tokens import Batch, tokenize
from asterism.errors import EmbedError, InputError

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from asterism._progress import Reporter
    from asterism.embed.base import Keep
    from asterism.embed.tokens import Splitter, Tokens
    from asterism.values import Metric

Forward = Callable[[Batch], NDArray[np.float32]]
# Plans are compared only where the work is long enough to pay for it, each for this many seconds.
TUNED_FROM_BATCHES = 200
SECONDS_PER_PLAN = 0.25


@dataclass(frozen=True, slots=True)
class Plan:
    """How batches are cut and computed; another plan moves the last bits of vectors.

    Attributes:
        budget: Padded tokens a batch may hold; 1 for a text at a time.
        sessions: How many batches are computed at the same time.
        threads: Of each session.
    """

    budget: int
    sessions: int
    threads: int

    @classmethod
    def of(cls, recorded: Mapping[str, int | str]) -> Plan:
        """The plan that `asdict` gave.

        Raises:
            InputError: It was recorded by something else.
        """
        try:
            plan = cls(**{name: int(value) for name, value in recorded.items()})
        except (TypeError, ValueError) as exc:
            raise InputError(f"{dict(recorded)} is no plan; expected budget, sessions and threads.") from exc
        if min(plan.budget, plan.sessions, plan.threads) < 1:
            raise InputError(f"{dict(recorded)} is no plan; expected numbers of at least 1.")
        return plan


class Engine(Protocol):
    """Computes batches.

    Attributes:
        splitter: Of the model.
        pad: Id that fills up batches.
        pads: Whether texts of different lengths may share a batch.
        edges: Special tokens before and behind a text that pooling leaves out; (0, 0) where they count.
        n_special: Tokens of a text in which the model finds nothing.
        max_length: Tokens of a text that the model reads; None for all.
    """

    splitter: Splitter
    pad: int
    pads: bool
    edges: tuple[int, int]
    n_special: int
    max_length: int | None

    def plans(self) -> Sequence[Plan]:
        """Plans worth trying, the one to take untried first."""
        ...

    def started(self, plan: Plan) -> AbstractContextManager[Forward]:
        """Ready to compute batches to vectors (b, d), in `plan.sessions` threads at the same time."""
        ...


E_co = TypeVar("E_co", bound=Engine, covariant=True)


class LocalModel(Generic[E_co]):
    """Embeds texts with an engine of this machine; an Embedder.

    The engine is started with the first text that has to be embedded: texts that are all cached need none.

    Args:
        start: Loads the engine.
        name: As a user writes it.
        fingerprint: Of weights, tokenizer and settings.
        dim: Length of a vector.
        prompt: Stands before every text.
    """

    metric: Metric = "cosine"

    def __init__(self, start: Callable[[], E_co], *, name: str, fingerprint: str, dim: int, prompt: str = "") -> None:
        self.name = name
        self.fingerprint = fingerprint
        self.dim = dim
        self.prompt = prompt
        self._start = cache(start)  # shared by the copies with other plans
        self._plan: Plan | None = None
        self._is_settled = False  # tried against others, or given

    @property
    def plan(self) -> Mapping[str, int | str]:
        """The plan that batches are cut by; empty before the first text."""
        return {} if self._plan is None else asdict(self._plan)

    def with_plan(self, plan: Mapping[str, int | str]) -> Self:
        """This model, cutting batches by a recorded plan.

        Args:
            plan: As `plan` gave it; an empty one changes nothing.
        """
        model = copy(self)
        if plan:
            model._plan, model._is_settled = Plan.of(plan), True
        return model

    @property
    def engine(self) -> E_co:
        """Loaded when it is first needed."""
        return self._start()

    def encode(
        self,
        texts: Sequence[str],
        *,
        report: Reporter = SILENT,
        keep: Keep | None = None,
        done: NDArray[np.bool_] | None = None,
    ) -> NDArray[np.float32]:
        """Embed texts.

        Args:
            texts: n different strings of any length. Not modified.
            report: Advanced by the texts done; hears how many were cut.
            keep: Called with rows and their vectors as soon as they are finished, in any order.
            done: Shape (n,): rows that need not be computed; batches are cut as if they did, and those without another
                row are skipped. None for none.

        Returns:
            Shape (n, dim) float32. A text in which the model finds nothing has a row of zeros.

        Raises:
            EmbedError: The model cannot be loaded, or fails.
        """
        vectors = np.zeros((len(texts), self.dim), np.float32)
        if not texts:
            return vectors
        tokens = tokenize([self.prompt + text for text in texts], self.engine.splitter)
        if tokens.n_cut:
            message = f"{tokens.n_cut:,} of {len(texts):,} texts are longer than the {self.engine.max_length} tokens "
            report.remark(f"{message}that '{self.name}' reads; the rest of them is not seen.")
        is_full = tokens.lengths > self.engine.n_special
        skipped = np.zeros(len(texts), np.bool_) if done is None else done
        for rows, fresh in self._computed(tokens, np.flatnonzero(is_full), skipped):
            vectors[rows] = fresh
            if keep is not None:
                keep(rows, fresh)
            report.advance(int((~skipped[rows]).sum()))
        empty = np.flatnonzero(~is_full)
        if keep is not None and len(empty):
            keep(empty, vectors[empty])
        report.advance(int((~skipped[empty]).sum()))
        return vectors

    def _computed(
        self, tokens: Tokens, rows: NDArray[np.int64], skipped: NDArray[np.bool_]
    ) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float32]]]:
        if self._plan is None or not self._is_settled:
            self._plan, self._is_settled = self._best_plan(tokens, rows)
        planned = [rows[picked] for picked in self._cut(tokens.lengths[rows], self._plan)]
        batches = [batch for batch in planned if not skipped[batch].all()]
        with self.engine.started(self._plan) as forward:
            for done, fresh in run_batches(batches, self._work(tokens, forward), self._plan.sessions):
                if fresh.shape[1] != self.dim or not np.isfinite(fresh).all():
                    raise EmbedError(
                        f"'{self.name}' gave vectors of length {fresh.shape[1]}, or such that are not finite; expected "
                        f"{self.dim} finite numbers. Try --dtype float32."
                    )
                yield done, fresh

    def _cut(self, lengths: NDArray[np.int64], plan: Plan) -> list[NDArray[np.int64]]:
        return plan_batches(lengths, plan.budget, pads=self.engine.pads)

    def _work(self, tokens: Tokens, forward: Forward) -> Callable[[NDArray[np.int64]], NDArray[np.float32]]:
        engine = self.engine
        return lambda rows: forward(tokens.padded(rows, engine.pad, edges=engine.edges))

    def _best_plan(self, tokens: Tokens, rows: NDArray[np.int64]) -> tuple[Plan, bool]:
        """The quickest of the engine's plans, each tried on batches from everywhere in the run; and whether they were.

        Few texts take the first one, untried.
        """
        plans = self.engine.plans()
        lengths = tokens.lengths[rows]
        if len(plans) == 1 or len(self._cut(lengths, plans[0])) < TUNED_FROM_BATCHES:
            return plans[0], len(plans) == 1
        seconds = []
        for plan in plans:
            batches = [rows[picked] for picked in self._cut(lengths, plan)]
            with self.engine.started(plan) as forward:
                seconds.append(_forecast(batches, tokens.lengths, self._work(tokens, forward), plan.sessions))
        return plans[int(np.argmin(seconds))], True


def run_batches(
    batches: Sequence[NDArray[np.int64]],
    work: Callable[[NDArray[np.int64]], NDArray[np.float32]],
    sessions: int,
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float32]]]:
    """Compute batches in several threads.

    Args:
        batches: Row numbers of each.
        work: Computes one batch; called from several threads at the same time.
        sessions: How many threads; 1 computes in the caller's.

    Yields:
        Rows and vectors of each batch, as they are finished. What was begun is finished when the caller stops.
    """
    if sessions == 1:
        for rows in batches:
            yield rows, work(rows)
        return
    rows_of: dict[Future[NDArray[np.float32]], NDArray[np.int64]] = {}
    with ThreadPoolExecutor(sessions) as pool:
        try:
            for rows in batches:
                rows_of[pool.submit(work, rows)] = rows
                if len(rows_of) >= 2 * sessions:
                    for future in wait(rows_of, return_when=FIRST_COMPLETED).done:
                        yield rows_of.pop(future), future.result()
            while rows_of:
                for future in wait(rows_of, return_when=FIRST_COMPLETED).done:
                    yield rows_of.pop(future), future.result()
        finally:
            for future in rows_of:
                future.cancel()


def _forecast(
    batches: Sequence[NDArray[np.int64]],
    lengths: NDArray[np.int64],
    work: Callable[[NDArray[np.int64]], NDArray[np.float32]],
    sessions: int,
) -> float:
    """Seconds that all batches would take, from some of every length."""
    order = np.argsort(np.arange(len(batches)) * 0.6180339887498949 % 1.0)  # spread evenly however soon we stop
    for _ in run_batches([batches[i] for i in order[:sessions]], work, sessions):
        pass  # the first ones warm up
    began = perf_counter()
    done = 0
    for rows, _ in run_batches([batches[i] for i in order], work, sessions):
        done += int(lengths[rows].sum())
        if perf_counter() - began > SECONDS_PER_PLAN:
            break
    return (perf_counter() - began) * sum(int(lengths[rows].sum()) for rows in batches) / done

"""Arithmetic with words: king − man + woman over a whole vocabulary."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from asterism._check import check_choice, check_range, check_whole
from asterism.analysis.expression import Term, format_expression, parse_expression
from asterism.analysis.ranking import Ranking, best_rows, make_ranking
from asterism.analysis.telling import tell_arithmetic
from asterism.analysis.vocabulary import unit_rows
from asterism.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from asterism.analysis.vocabulary import Vocabulary

Method = Literal["3cosadd", "3cosmul", "pairdirection", "3cosavg"]
MAX_WEIGHT = 1e30  # beyond, sums of weighted vectors leave float32
EPSILON = 1e-6  # what 3CosMul adds to its denominator; Levy & Goldberg use 1e-3, gensim 1e-6


@dataclass(frozen=True, slots=True)
class UsedTerm:
    """A term of the expression and where its vector came from.

    Attributes:
        weight: Its factor.
        text: As it stands in the vocabulary.
        row: Its row; −1 where it is not in the vocabulary and was embedded anew.
    """

    weight: float
    text: str
    row: int


@dataclass(frozen=True, slots=True)
class TermDistance:
    """How far the result lies from a text, both scaled to length 1.

    Attributes:
        text: The text.
        euclidean: L2.
        manhattan: L1.
        cosine: Cosine similarity.
    """

    text: str
    euclidean: float
    manhattan: float
    cosine: float


@dataclass(frozen=True, slots=True, eq=False)
class Arithmetic(Ranking):
    """The answer to an expression, and what is needed to judge it.

    Attributes:
        expression: How it was read.
        method: How candidates were scored.
        terms: The terms, with their rows.
        unexcluded: The ranking without leaving out the terms themselves.
        baselines: Per positive term, the texts nearest to it alone, the terms left out. An offset that ends where
            such a baseline ends has proved nothing.
        distances: From the combined vector to each term and to the best answer.
        point: Shape (d,) float32, length 1: the sum of the weighted unit vectors, scaled.
        remarks: What people should know, one sentence each.
    """

    expression: str
    method: Method
    terms: tuple[UsedTerm, ...]
    unexcluded: Ranking
    baselines: tuple[tuple[str, Ranking], ...]
    distances: tuple[TermDistance, ...]
    point: NDArray[np.float32]
    remarks: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return "\n".join((*tell_arithmetic(self), *self.remarks))


def solve(
    expression: str | Sequence[Term],
    vocabulary: Vocabulary,
    *,
    k: int = 10,
    method: Method = "3cosadd",
    pairs: Sequence[tuple[str, str]] = (),
    embed: Callable[[Sequence[str]], NDArray[np.float32]] | None = None,
) -> Arithmetic:
    """Work out an expression and rank the whole vocabulary by it.

    Every term is scaled to length 1 before it is weighted, so that long vectors do not outvote short ones. Rows that
    hold a term's text are left out of the answer; `unexcluded` has them in.

    Args:
        expression: As in `parse_expression`, or the terms themselves.
        vocabulary: Terms are looked up here, and the answer comes from here.
        k: How many texts to answer, at least 1.
        method: "3cosadd": cosine with the sum. "3cosmul": product of the shifted cosines with positive terms over
            that with negative ones, weights as powers. "pairdirection", for b − a + c: cosine of d − c with b − a.
            "3cosavg": the mean offset of `pairs` added to the expression, scored as 3cosadd.
        pairs: For "3cosavg", pairs (from, to) such as ("man", "woman"); their texts are left out of the answer too.
        embed: Makes a vector for a term that is not in the vocabulary; None refuses such terms.

    Returns:
        The ranking with its baselines, distances and remarks.

    Raises:
        InputError: The expression does not parse, a term is unknown (nearest spellings are offered), the terms cancel
            out, a weight is beyond 1e30, or the method does not fit the expression.

    Source:
        3CosAdd, 3CosMul, PairDirection: Levy & Goldberg 2014, Linguistic regularities in sparse and explicit word
        representations, eq. 1–4. 3CosAvg: Drozd, Gladkova & Matsuoka 2016. Baselines: Linzen 2016; Nissim,
        van Noord & van der Goot 2020.

    Cost: One pass over the vectors in blocks, whatever the number of terms.
    """
    check_whole(k, name="k", low=1)
    check_choice(method, get_args(Method), name="method")
    terms = _as_terms(expression, vocabulary, method, pairs)
    used, vectors, remarks = _resolve(terms, vocabulary, embed)
    weights = np.array([term.weight for term in used], np.float32)
    point = _combine(weights, vectors)
    queries, score_products = _scorer(method, weights, vectors, point)
    positive = np.flatnonzero(weights > 0)
    if method == "3cosmul":  # which multiplies with the terms anyway
        split, alone = len(queries), positive
    else:
        split, alone = len(queries), len(queries) + np.arange(len(positive))
        queries = np.concatenate((queries, vectors[positive]))
    inverse_norms = vocabulary.inverse_norms

    def score(start: int, stop: int) -> NDArray[np.float32]:
        # One dot product after another: that of a row does not depend on the rows beside it.
        products = np.vecdot(vocabulary.block(start, stop)[None], queries[:, None])
        products *= inverse_norms[start:stop]
        return vocabulary.mask(np.concatenate((score_products(products[:split])[None], products[alone])), start)

    exclude = {row for term in used for row in (term.row, *vocabulary.rows(term.text)) if row >= 0}
    enough = min(k + len(exclude), len(vocabulary))
    rows, scores = best_rows(score, n_rows=len(vocabulary), n_rankings=1 + len(positive), k=enough)
    answer = make_ranking(rows[0], scores[0], vocabulary.texts, k=k, exclude=exclude)
    baselines = tuple(
        (used[i].text, make_ranking(rows[1 + j], scores[1 + j], vocabulary.texts, k=k, exclude=exclude))
        for j, i in enumerate(positive)
    )
    return Arithmetic(
        texts=answer.texts,
        rows=answer.rows,
        scores=answer.scores,
        expression=format_expression(terms),
        method=method,
        terms=used,
        unexcluded=make_ranking(rows[0], scores[0], vocabulary.texts, k=k),
        baselines=baselines,
        distances=_distances(point, used, vectors, answer, vocabulary),
        point=point,
        remarks=(*remarks, *(_judge(answer, baselines) if len(terms) > 1 else ())),
    )


def _as_terms(
    expression: str | Sequence[Term], vocabulary: Vocabulary, method: Method, pairs: Sequence[tuple[str, str]]
) -> tuple[Term, ...]:
    terms: Sequence[Term]
    if isinstance(expression, str):
        terms = parse_expression(expression, is_known=lambda text: vocabulary.find(text) is not None)
    else:
        terms = expression
    if not terms:
        raise InputError("the expression has no terms; expected at least one.")
    for term in terms:
        check_range(term.weight, name=f"the weight of {term.text!r}", low=-MAX_WEIGHT, high=MAX_WEIGHT)
    if (method == "3cosavg") != bool(pairs):
        raise InputError(
            f"method is {method!r} with {len(pairs)} pairs; pairs such as ('man', 'woman') belong to '3cosavg', "
            "which needs at least one."
        )
    offset = [Term(sign / len(pairs), text) for old, new in pairs for sign, text in ((1, new), (-1, old))]
    return (*terms, *offset)


def _resolve(
    terms: Sequence[Term], vocabulary: Vocabulary, embed: Callable[[Sequence[str]], NDArray[np.float32]] | None
) -> tuple[tuple[UsedTerm, ...], NDArray[np.float32], tuple[str, ...]]:
    """Find the unit vector of every term."""
    used: list[UsedTerm] = []
    remarks: list[str] = []
    vectors = np.empty((len(terms), vocabulary.dim), np.float32)
    for i, term in enumerate(terms):
        row = vocabulary.find(term.text)
        if row is not None:
            text = vocabulary.texts[row] or ""
            vectors[i] = vocabulary.unit(row)
            if text != term.text:
                remarks.append(f"{term.text!r} is not in the vocabulary; {text!r} was taken.")
        elif embed is not None:
            text = term.text
            vectors[i] = unit_rows(np.asarray(embed([text]), np.float32)[0])
            near = ", ".join(map(repr, vocabulary.suggest(text)))
            spelled = f" (nearest spellings: {near})" if near else ""
            remarks.append(f"{text!r} is not in the vocabulary{spelled}; it was embedded anew.")
        else:
            raise vocabulary.missing(term.text)
        if not vectors[i].any() or not np.isfinite(vectors[i]).all():
            raise InputError(f"the vector of {term.text!r} is zero or not finite; use another term.")
        used.append(UsedTerm(term.weight, text, -1 if row is None else row))
    return tuple(used), vectors, tuple(dict.fromkeys(remarks))


def _combine(weights: NDArray[np.float32], vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    total = weights.astype(np.float64) @ vectors.astype(np.float64)
    if float(np.linalg.norm(total)) <= 1e-6 * float(np.abs(weights).sum()):
        raise InputError("the terms cancel out, and nothing is left to look for; remove or change a term.")
    return unit_rows(total.astype(np.float32))


def _scorer(
    method: Method, weights: NDArray[np.float32], vectors: NDArray[np.float32], point: NDArray[np.float32]
) -> tuple[NDArray[np.float32], Callable[[NDArray[np.float32]], NDArray[np.float32]]]:
    """The vectors to multiply the candidates with, and how scores come of the products."""
    if method == "3cosmul":
        return vectors, lambda cosines: cos_mul(cosines, weights)
    if method == "pairdirection":
        if sorted(weights.tolist()) != [-1.0, 1.0, 1.0]:
            raise InputError("method 'pairdirection' needs an expression of the form b - a + c, without weights.")
        (a,), (b, c) = np.flatnonzero(weights < 0), np.flatnonzero(weights > 0)
        direction = unit_rows(vectors[b] - vectors[a])
        if not direction.any():
            raise InputError("method 'pairdirection' needs b and a of b - a + c to differ; they have one vector.")
        return np.stack((direction, vectors[c])), lambda p: _pair_direction(p, float(direction @ vectors[c]))
    return point[None], lambda products: products[0]


def cos_mul(cosines: NDArray[np.float32], weights: NDArray[np.float32]) -> NDArray[np.float32]:
    """Score candidates by 3CosMul.

    Args:
        cosines: Shape (t, n): cosine of every term with every candidate.
        weights: Shape (t,).

    Returns:
        Shape (n,): product over positive terms of ((1 + cos) / 2)^weight, over that of the negative ones + 1e-6.

    Source:
        Levy & Goldberg 2014, eq. 4, with cosines shifted to [0, 1] and powers for weights.
    """
    shifted = np.maximum((1 + cosines) / 2, 0)
    over, under = np.ones_like(cosines[0]), np.ones_like(cosines[0])
    for factor, weight in zip(shifted, weights.tolist(), strict=True):
        product = over if weight > 0 else under
        product *= factor if abs(weight) == 1 else factor ** abs(weight)
    scores: NDArray[np.float32] = over / (under + np.float32(EPSILON))
    return scores


def _pair_direction(products: NDArray[np.float32], base: float) -> NDArray[np.float32]:
    """cos(d − c, b − a) for unit d, from d·(b − a)/|b − a| and d·c."""
    along, near = products
    length = np.sqrt(np.maximum(2 - 2 * near, 0))
    # Where d is c itself there is no direction from c to d.
    return np.where(length > 1e-3, (along - base) / np.maximum(length, 1e-3), -np.inf).astype(np.float32)


def _distances(
    point: NDArray[np.float32],
    used: Sequence[UsedTerm],
    vectors: NDArray[np.float32],
    answer: Ranking,
    vocabulary: Vocabulary,
) -> tuple[TermDistance, ...]:
    others = [(term.text, vector) for term, vector in zip(used, vectors, strict=True)]
    others += [(answer.texts[0], vocabulary.unit(answer.rows[0]))] if answer.rows else []
    distances = []
    for text, vector in others:
        difference = point.astype(np.float64) - vector
        euclidean, manhattan = np.linalg.norm(difference), np.abs(difference).sum()
        distances.append(TermDistance(text, float(euclidean), float(manhattan), float(point @ vector)))
    return tuple(distances)


def _judge(answer: Ranking, baselines: Sequence[tuple[str, Ranking]]) -> list[str]:
    return [
        f"{answer.texts[0]!r} is already the nearest to {term!r} alone, so the rest of the expression proves nothing."
        for term, ranking in baselines
        if answer.rows and ranking.rows and ranking.rows[0] == answer.rows[0]
    ]

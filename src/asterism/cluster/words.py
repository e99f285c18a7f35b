"""The words of many texts, in any script."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from asterism._threads import thread_count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

MAX_CHARACTERS = 500
_TEXTS_AT_ONCE = 8192
# Addresses, markup and character references, also those that lost their ampersand, are not words of the text.
_NO_WORDS = r"https?://\S+|www\.\S+|</?[A-Za-z][^<>]*>|&#?\w+;|\b(?:quot|amp|apos|nbsp|lt|gt);|#\d+;"
_BETWEEN = r"[^\p{L}\p{M}\p{N}'’]+"
# Scripts written without spaces: Han, Hiragana, Katakana.
_UNSPACED = re.compile(
    r"[\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+"
)

FUNCTION_WORDS = frozenset(
    """
    a about above after again against all also although am among an and another any are around as at away
    back be became because become been before being below between both but by came can cannot come could did
    do does doing don't down during each either else even ever every few for from further get gets give go
    goes going got had has have having he her here hers herself him himself his how however i i'm if in into
    is isn't it it's its itself just less let like made make many may me might more most much must my myself
    near neither never no nobody none nor not nothing now of off often on once one only onto or other others
    our ours out over own per quite rather same she should since so some someone something still such than
    that that's the their theirs them themselves then there these they this those though through throughout
    to together too toward two under until up upon us very was we were what what's when where whether which
    while who whole whom whose why will with within without would yet you your yours yourself
    """.split()  # noqa: SIM905 - a list of this many quoted words cannot be read
)


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """Which words occur in which texts.

    Attributes:
        rows: Shape (m,) int32: the text of each occurrence.
        terms: Shape (m,) int32: its word, an index into `names`.
        names: The words, each in the capitals it mostly has.
    """

    rows: NDArray[np.int32]
    terms: NDArray[np.int32]
    names: tuple[str, ...]


def find_words(texts: Sequence[str | None], *, threads: int | None = None) -> Words:
    """Find the words of texts: runs of letters, marks and digits with at least one letter.

    Case is ignored. Runs of Han characters and kana, which are written without spaces, count as their pairs of
    neighbouring characters. Of each text the first 500 characters count.

    Args:
        texts: n texts; None counts as empty.
        threads: The result does not depend on it.

    Returns:
        Every occurrence, in no order that means anything.

    Cost: Linear; about 20 MB of text a second and thread.
    """
    starts = range(0, max(len(texts), 1), _TEXTS_AT_ONCE)
    with ThreadPoolExecutor(thread_count(threads)) as pool:
        parts = list(pool.map(lambda start: _split(texts[start : start + _TEXTS_AT_ONCE]), starts))
    coded = pa.chunked_array([part for part, _ in parts]).unify_dictionaries()
    forms: list[str] = coded.chunk(0).dictionary.to_pylist()
    codes = np.concatenate([chunk.indices.to_numpy() for chunk in coded.chunks])
    rows = np.concatenate([own + np.int32(start) for start, (_, own) in zip(starts, parts, strict=True)])
    begins, found, names = _terms_of(forms, np.bincount(codes, minlength=len(forms)))
    sizes = np.diff(begins)
    # Nearly every form is one word or none; the others are drawn out one by one.
    single = np.full(len(forms), -1, np.int32)
    single[sizes == 1] = found[begins[:-1][sizes == 1]]
    terms = single[codes]
    kept, several = terms >= 0, np.flatnonzero((sizes > 1)[codes])
    long = sizes[codes[several]]
    within = np.arange(long.sum()) - np.repeat(np.cumsum(long) - long, long)
    drawn = found[np.repeat(begins[codes[several]], long) + within]
    return Words(
        np.concatenate((rows[kept], np.repeat(rows[several], long))), np.concatenate((terms[kept], drawn)), names
    )


def _split(texts: Sequence[str | None]) -> tuple[pa.DictionaryArray, NDArray[np.int32]]:
    """The pieces between spaces and signs, and the text of each."""
    column = pc.utf8_slice_codeunits(pa.array(texts, pa.large_string()), 0, MAX_CHARACTERS)
    column = pc.replace_substring_regex(pc.fill_null(column, ""), _NO_WORDS, " ")
    split = pc.split_pattern_regex(column, _BETWEEN)
    coded = pc.utf8_trim(pc.list_flatten(split), "'’").dictionary_encode()
    return coded, pc.list_parent_indices(split).to_numpy().astype(np.int32)


def _terms_of(
    forms: Sequence[str], counts: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int32], tuple[str, ...]]:
    """The words that each distinct form stands for, as rows of varying length; and their names."""
    number: dict[str, int] = {}
    best: dict[str, tuple[int, str]] = {}
    starts, found = [0], []
    for form, count in zip(forms, counts.tolist(), strict=True):
        for piece in _pieces(form):
            key = piece.casefold()
            found.append(number.setdefault(key, len(number)))
            best[key] = max(best.get(key, (0, "")), (count, piece))
        starts.append(len(found))
    return np.array(starts), np.array(found, np.int32), tuple(best[key][1] for key in number)


def _pieces(form: str) -> list[str]:
    if form.isascii():
        return [form] if len(form) > 1 and not form.isdigit() else []
    pieces: list[str] = []
    for run in _UNSPACED.findall(form):
        pieces += [run[i : i + 2] for i in range(max(1, len(run) - 1))]
    pieces += [rest for rest in _UNSPACED.split(form) if len(rest) > 1 and any(map(str.isalpha, rest))]
    return pieces

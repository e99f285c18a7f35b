"""Which tokens the model has: the teacher's, and the words that people use most beside them."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import TYPE_CHECKING

import corpus
import pyarrow.parquet as pq
import teacher
from settings import DATA, N_ADDED_WORDS, WORK, key, source
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

if TYPE_CHECKING:
    from collections.abc import Iterable

PAD, UNKNOWN = "[PAD]", "[UNK]"
ALPHANUMERIC = re.compile(r"[^\W_]+")
MIN_COUNT = 5
SOURCE_WEIGHTS = {"reddit": 1.0, "wikipedia": 1.0, "arxiv": 0.5}


def teacher_tokens() -> list[str]:
    """The teacher's vocabulary in its order."""
    return (teacher.folder() / "vocab.txt").read_text(encoding="utf-8").removesuffix("\n").split("\n")


def tokens(n_added: int = N_ADDED_WORDS) -> list[str]:
    """The vocabulary in the order of its ids.

    The teacher's without its special tokens; a word added is found whole, and still begins longer words.
    """
    kept = [token for token in teacher_tokens() if token[0] != "[" or len(token) == 1]
    return [PAD, UNKNOWN, *kept, *_frequent_words()[:n_added]]


def tokenizer(vocabulary: list[str]) -> Tokenizer:
    """BERT's uncased WordPiece over the vocabulary, without added tokens: "[CLS]" in a text is just characters."""
    model = models.WordPiece({token: i for i, token in enumerate(vocabulary)}, unk_token=UNKNOWN)
    made = Tokenizer(model)
    made.normalizer = normalizers.BertNormalizer(lowercase=True)
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    return made


def _frequent_words() -> list[str]:
    """Words that the teacher's vocabulary lacks, the most frequent first, each source weighing as much as we say."""
    path = WORK / f"words-{key(MIN_COUNT, SOURCE_WEIGHTS, source('vocabulary', 'corpus'))}.json"
    if not path.exists():
        known = set(teacher_tokens())
        scores: Counter[str] = Counter()
        for name, texts in _sources():
            counts = Counter(word for text in texts for word in ALPHANUMERIC.findall(text.lower()))
            share = SOURCE_WEIGHTS[name] / counts.total()
            for word, n in counts.items():
                if n >= MIN_COUNT and len(word) > 2 and word.isascii() and word.isalpha() and word not in known:
                    scores[word] += n * share
        path.write_text(json.dumps(sorted(scores, key=lambda word: (-scores[word], word))), encoding="utf-8")
    return json.loads(path.read_text(encoding="utf-8"))


def _sources() -> Iterable[tuple[str, Iterable[str]]]:
    titles = pq.read_table(DATA / "reddit" / "reddit_titles.parquet", columns=["title"])["title"].to_pylist()
    yield "reddit", (title or "" for title in titles)
    yield "wikipedia", (paragraph for document in corpus.wiki_documents() for paragraph in document)
    yield "arxiv", (text for texts in corpus.arxiv() for text in texts)

"""King − man + woman over the words of a model, in each of the three ways to give a word a vector.

python bench/words.py MODEL [--corpus FILE --text COL --rows 1200] [--kinds alone input context]

MODEL is as `asterism embed --model` takes it; contexts are the first rows of the corpus.
"""

from __future__ import annotations

import argparse
import time

import asterism
from asterism import api

EXPRESSIONS = ("king - man + woman", "paris - france + germany", "walking - walk + swim")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("--kinds", nargs="*", default=["alone", "input", "context"])
    parser.add_argument("--corpus")
    parser.add_argument("--text")
    parser.add_argument("--rows", type=int, default=1200)
    options = parser.parse_args()
    texts = api.read(options.corpus, text=options.text).texts[: options.rows] if options.corpus else None
    for kind in options.kinds:
        if kind == "context" and texts is None:
            print("context: left out, there is no --corpus")
            continue
        start = time.perf_counter()
        space = asterism.vocabulary(options.model, kind=kind, corpus=texts if kind == "context" else None)
        print(f"\n{kind}: {time.perf_counter() - start:.1f} s; {space.data.remarks[0]}")
        for expression in EXPRESSIONS:
            answer = space.arithmetic(expression, k=3)
            told = ", ".join(f"{word} {score:.2f}" for word, score in zip(answer.words, answer.scores, strict=True))
            alone = "; ".join(f"{term}: {', '.join(ranking.texts[:3])}" for term, ranking in answer.baselines)
            print(f"  {expression}: {told}   (nearest to each alone: {alone})")


if __name__ == "__main__":
    main()

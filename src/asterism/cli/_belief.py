"""How far a map can be believed, as the commands tell it: lines on stderr, facts as JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from asterism.project.verdict import score_names, tell_verdict

if TYPE_CHECKING:
    from asterism.cli._progress import StageReporter
    from asterism.values import LabelQuality, Quality

PAIRS = (("recall", "recall_50"), ("trustworthiness", "continuity"), ("triplets", "spearman"))


def say_belief(quality: Quality, reporter: StageReporter) -> None:
    """Tell every score with its error, beside PCA and chance; then what they come to."""
    names = score_names(quality)
    lines = ([f"{names[name]} {_told(quality, name)}" for name in pair if name in names] for pair in PAIRS)
    for line, scores in enumerate(filter(None, lines)):
        reporter.say(f"{'' if line else 'faith':<10} {', '.join(scores)}")
    if quality.n_sampled < quality.n_vectors:
        reporter.say(f"{'':<10} measured on {quality.n_sampled:,} of {quality.n_vectors:,} distinct vectors")
    if quality.labels is not None:
        _say_labels(quality.labels, reporter)
    if quality.stability is not None:
        told = quality.stability
        runs = ", ".join(f"{run:.2f}" for run in told.runs)
        reporter.say(
            f"{'stability':<10} {told.overlap:.2f} of the {told.n_neighbors} neighbours shown come back in other runs "
            f"({runs}; chance {told.chance:.2f})"
        )
    for line, sentence in enumerate(tell_verdict(quality)):
        reporter.say(f"{'' if line else 'verdict':<10} {sentence}")


def _told(quality: Quality, name: str) -> str:
    error = getattr(quality.errors, name, 0.0)
    beside = [] if quality.pca is None else [f"PCA {getattr(quality.pca, name):.2f}"]
    beside.append(f"chance {getattr(quality.chance, name):.2f}")
    doubt = f" ± {error:.3f}" if error > 0 else ""
    return f"{getattr(quality.scores, name):.2f}{doubt} ({', '.join(beside)})"


def _say_labels(told: LabelQuality, reporter: StageReporter) -> None:
    rows = (
        (f"{told.n_neighbors} nearest tell the {told.column}", "accuracy"),
        ("share it", "purity"),
        ("silhouette", "silhouette"),
    )
    for line, (words, name) in enumerate(rows):
        beside = [f"vectors {getattr(told.space, name):.2f}"]
        beside += [] if told.pca is None else [f"PCA {getattr(told.pca, name):.2f}"]
        beside.append(f"shuffled {getattr(told.shuffled, name):.2f}")
        reporter.say(
            f"{'' if line else 'labels':<10} {words}: {getattr(told.map, name):.2f} on the map ({', '.join(beside)})"
        )


def quality_facts(quality: Quality, *, with_shepard: bool = False) -> dict[str, Any]:
    """A Quality as JSON, without what it holds for each point."""
    facts: dict[str, Any] = {
        "n_neighbors": quality.n_neighbors,
        "n_sampled": quality.n_sampled,
        "n_vectors": quality.n_vectors,
        **asdict(quality.scores),
        "chance": asdict(quality.chance),
        "pca": None if quality.pca is None else asdict(quality.pca),
        "errors": None if quality.errors is None else asdict(quality.errors),
        "labels": None if quality.labels is None else asdict(quality.labels),
        "stability": None,
        "verdict": list(tell_verdict(quality)),
    }
    if quality.stability is not None:
        told = quality.stability
        facts["stability"] = {name: getattr(told, name) for name in ("overlap", "chance", "runs", "n_neighbors")}
    if with_shepard and quality.shepard is not None:
        facts["shepard"] = quality.shepard.astype(float).round(6).tolist()
    return facts

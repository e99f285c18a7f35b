"""What a stage says when it ends."""

from __future__ import annotations

from asterism.cli._progress import StageReporter


def told(capsys, total, *steps, unit="rows"):
    reporter = StageReporter()
    reporter.start("read", total, unit=unit)
    for step in steps:
        reporter.advance(step)
    reporter.done()
    return capsys.readouterr().err.strip().split("s  ", 1)[-1]


def test_a_whole_stage_says_how_much_it_was(capsys):
    assert told(capsys, 1200, 1000, 200) == "1,200 rows"
    assert told(capsys, 1, 1) == "1 row"


def test_a_stage_that_was_stopped_says_how_far_it_came(capsys):
    assert told(capsys, 750, 50, 50, unit="iterations") == "100 of 750 iterations"

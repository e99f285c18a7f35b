"""The `asterism` command as a process, also by `python -m asterism`."""

from __future__ import annotations

import os
import signal

TYPE_CHECKING = False  # as type checkers know it; `typing` takes longer to import than all of this
if TYPE_CHECKING:
    from types import FrameType


def run() -> None:
    """Run the command line; interrupted while it is still being imported, end as quietly as later."""
    was = signal.getsignal(signal.SIGINT)
    is_ours = was is signal.default_int_handler  # a process in the background may have been told to ignore it
    if is_ours:
        signal.signal(signal.SIGINT, _leave)
    from asterism.cli import main

    if is_ours:
        signal.signal(signal.SIGINT, was)
    main()


def _leave(number: int, frame: FrameType | None) -> None:
    del number, frame
    os._exit(130)  # nothing was opened yet; modules half imported might turn an exception into another


if __name__ == "__main__":
    run()

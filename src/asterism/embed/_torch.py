"""What the adapters to torch share: devices, number types, threads, loading without chatter."""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from asterism._deps import require
from asterism._threads import thread_count
from asterism.embed._hub import read_json
from asterism.embed.local import Plan
from asterism.errors import EmbedError, InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from asterism.embed.options import EmbedOptions
    from asterism.embed.tokens import Batch

DTYPES = ("float32", "float16", "bfloat16", "auto")
# Padded tokens of a batch, the first one where nothing is tried.
_CPU_BUDGETS = (1024, 256)
_GPU_BUDGETS = (16_384, 65_536)


def require_torch(why: str) -> Any:  # noqa: ANN401 - torch is an optional package, its types are not at hand
    """Import torch."""
    return require("torch", extra="hf", why=why)


def pick_device(named: str | None) -> Any:  # noqa: ANN401 - a torch.device
    """The device to compute on.

    Args:
        named: "cuda", "cuda:1", "mps" or "cpu"; None for the first of them that is here.

    Raises:
        InputError: The named device is not here.
    """
    torch = require_torch("to run a transformer")
    here = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    named = named or next(kind for kind, is_here in here.items() if is_here)
    kind, _, number = named.partition(":")
    if not here.get(kind) or (number and not number.isdecimal()):
        usable = ", ".join(kind for kind, is_here in here.items() if is_here)
        raise InputError(f"device is '{named}'; this machine offers {usable}.")
    if kind == "cuda" and number and int(number) >= torch.cuda.device_count():
        raise InputError(f"device is '{named}'; this machine has {torch.cuda.device_count()} of them, from cuda:0.")
    return torch.device(named)


def pick_dtype(named: str | None) -> Any:  # noqa: ANN401 - a torch.dtype, or "auto"
    """The number type of weights and states; float32 unless asked, whatever the device.

    Raises:
        InputError: There is no such type.
    """
    if named not in (None, *DTYPES):
        raise InputError(f"dtype is '{named}'; expected one of {', '.join(DTYPES)} (auto: as the weights are stored).")
    return "auto" if named == "auto" else getattr(require_torch("to run a transformer"), named or "float32")


@contextmanager
def reading_quietly() -> Iterator[None]:
    """Keep transformers from drawing bars and from chatting while a model is read; restored afterwards."""
    logging = require("transformers.utils.logging", extra="hf", why="to run a transformer")
    level, shows_bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.set_verbosity(level)
        if shows_bars:
            logging.enable_progress_bar()


def why_not_loaded(folder: Path, options: EmbedOptions, exc: Exception) -> str:
    """What to say when a library could not load a model."""
    reason = (str(exc).strip().splitlines() or [type(exc).__name__])[0].rstrip(". ")
    if "auto_map" in read_json(folder / "config.json") and not options.trust_remote_code:
        advice = "It comes with Python code of its own, which is run only if trust_remote_code (--trust-remote-code) is"
        return f"The model in {folder} cannot be loaded: {reason}. {advice} given."
    return f"The model in {folder} cannot be loaded: {reason}. Fetch or save it again, or update transformers."


class Sessions:
    """Runs batches on torch, several at a time on a CPU.

    Args:
        device: Where the weights lie.
        threads: How many cores may work; None for ASTERISM_THREADS or all.

    Attributes:
        pads: Texts of different lengths may share a batch.
    """

    pads = True

    def __init__(self, device: Any, threads: int | None) -> None:  # noqa: ANN401 - a torch.device
        self.device = device
        self._cores = thread_count(threads)

    def plans(self) -> Sequence[Plan]:
        """A thread for each core with small batches, or all cores on one batch; big batches on a GPU."""
        if self.device.type != "cpu":
            return [Plan(budget, 1, 1) for budget in _GPU_BUDGETS]
        side_by_side = [Plan(budget, self._cores, 1) for budget in _CPU_BUDGETS]
        return side_by_side if self._cores == 1 else [*side_by_side, Plan(_CPU_BUDGETS[0], 1, self._cores)]

    @contextmanager
    def started(self, plan: Plan) -> Iterator[Any]:
        """Computing with the threads of a plan; torch has its own number again afterwards."""
        torch = require_torch("to run a transformer")
        before = torch.get_num_threads()
        torch.set_num_threads(plan.threads)
        try:
            yield self._guarded
        finally:
            torch.set_num_threads(before)

    def _guarded(self, batch: Batch) -> NDArray[np.float32]:
        torch = require_torch("to run a transformer")
        try:
            with torch.inference_mode():
                vectors: NDArray[np.float32] = self.forward(batch).float().cpu().numpy()
        except torch.OutOfMemoryError as exc:
            message = f"{self.device} has no memory left for a batch of {batch.ids.shape} tokens. Give a smaller "
            raise EmbedError(f"{message}--max-length, --dtype bfloat16, or --device cpu.") from exc
        return vectors

    def forward(self, batch: Batch) -> Any:  # noqa: ANN401 - a torch.Tensor
        """Vectors of a batch, shape (b, d)."""
        raise NotImplementedError

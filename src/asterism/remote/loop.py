"""An event loop on a thread of its own, so that it also works where one runs already, as in a notebook."""

from __future__ import annotations

import asyncio
from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Generator
    from typing import Any

T = TypeVar("T")


class _Run(Generic[T]):
    def __init__(self, main: Callable[[Callable[[T], None]], Coroutine[Any, Any, None]]) -> None:
        self.told: SimpleQueue[tuple[T] | BaseException | None] = SimpleQueue()
        self._main = main
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[Any] | None = None

    def work(self) -> None:
        try:
            asyncio.run(self._whole())
        except (Exception, asyncio.CancelledError) as exc:  # noqa: BLE001 - raised again where it was asked for
            self.told.put(exc)
        else:
            self.told.put(None)

    async def _whole(self) -> None:
        self._loop, self._task = asyncio.get_running_loop(), asyncio.current_task()
        await self._main(lambda item: self.told.put((item,)))

    def stop(self) -> None:
        if self._loop is not None and self._task is not None and not self._loop.is_closed():
            try:
                self._loop.call_soon_threadsafe(self._task.cancel)
            except RuntimeError:  # it closed in this very moment
                return


def stream(main: Callable[[Callable[[T], None]], Coroutine[Any, Any, None]]) -> Generator[T, None, None]:
    """Run a coroutine on a thread of its own and give, on the caller's, what it tells.

    Args:
        main: Makes the coroutine, given the function that it tells its results to.

    Yields:
        What was told, in that order. When the caller stops, the coroutine is cancelled and waited for.

    Raises:
        Exception: Whatever the coroutine raised, after everything it told.
    """
    run = _Run(main)
    thread = Thread(target=run.work, name="asterism-remote", daemon=True)
    thread.start()
    try:
        while (item := run.told.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item[0]
    finally:
        run.stop()
        thread.join()

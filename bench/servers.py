"""How busy `openai:` keeps a server, and how many requests a server that misbehaves costs.

    python bench/servers.py                        # saturation, and the misbehaving server
    python bench/servers.py --base-url URL --model NAME --texts 2000   # against a server of yours

A server on this machine takes a fixed time for a request and works at so many at once; what comes beyond waits in its
queue. Told are the requests under way over time, the share of the run in which the server had work for all its places,
and the time beside the least that the server needs: requests × time / places. The peer is the official client as most
use it, one request after the other, of as many texts, and the same client with its own retries in as many threads as
the server has places. Fake vectors cost nothing, so that what is measured is the client.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from asterism.embed.openai import load_openai
from asterism.embed.options import EmbedOptions
from asterism.remote import find_server
from asterism.remote.embeddings import embed_stream
from asterism.remote.opening import open_endpoint
from asterism.remote.pace import Patience
from scripted_server import Script, misbehaving, serve, well

BATCH = 32


class Places:
    """A server that works at `places` requests at once, `seconds` each, and keeps what comes beyond waiting."""

    def __init__(self, places: int, seconds: float) -> None:
        self.gate = threading.Semaphore(places)
        self.seconds = seconds
        self.lock = threading.Lock()
        self.inside = 0
        self.events: list[tuple[float, int]] = []
        self.script = Script(well)
        self.script.before = self.work

    def work(self) -> None:
        """One request: waits for a place, then takes its time."""
        self._count(1)
        with self.gate:
            time.sleep(self.seconds)
        self._count(-1)

    def _count(self, change: int) -> None:
        with self.lock:
            self.inside += change
            self.events.append((time.perf_counter(), self.inside))

    def shares(self, places: int) -> tuple[float, float, str]:
        """Mean requests under way, the share of the time in which all places had work, and a line of the course."""
        times = np.array([at for at, _ in self.events])
        under_way = np.array([n for _, n in self.events])[:-1]
        spans = np.diff(times)
        grid = np.linspace(times[0], times[-1], 60, endpoint=False)
        course = under_way[np.clip(np.searchsorted(times, grid, "right") - 1, 0, len(under_way) - 1)]
        drawn = "".join(" .:-=+*#%@"[min(9, int(9 * n / max(course.max(), 1)))] for n in course)
        return (
            float((under_way * spans).sum() / spans.sum()),
            float(spans[under_way >= places].sum() / spans.sum()),
            drawn,
        )


def ours(url: str, texts: list[str]) -> None:
    load_openai("m", EmbedOptions(base_url=url)).encode(texts)


def one_by_one(url: str, texts: list[str]) -> None:
    import openai

    client = openai.OpenAI(base_url=url, api_key="none")
    for start in range(0, len(texts), BATCH):
        client.embeddings.create(model="m", input=texts[start : start + BATCH])


def threads(url: str, texts: list[str], n: int) -> None:
    import openai

    client = openai.OpenAI(base_url=url, api_key="none")
    with ThreadPoolExecutor(n) as pool:
        list(
            pool.map(
                lambda start: client.embeddings.create(model="m", input=texts[start : start + BATCH]),
                range(0, len(texts), BATCH),
            )
        )


def saturation(n_texts: int, places: int, seconds: float) -> None:
    texts = [f"text number {i}" for i in range(n_texts)]
    least = math.ceil(n_texts / BATCH) * seconds / places
    print(f"\n{n_texts:,} texts, a server with {places} places, {seconds * 1000:.0f} ms a request; least {least:.2f} s")
    print(
        "| client | seconds | of the least | requests | mean under way | all places busy |\n|---|---|---|---|---|---|"
    )
    ways = {
        "openai, one after the other": one_by_one,
        f"openai, {places} threads": lambda url, texts: threads(url, texts, places),
        "asterism": ours,
    }
    for name, run in ways.items():
        server = Places(places, seconds)
        with serve(server.script) as url:
            began = time.perf_counter()
            run(url, texts)
            took = time.perf_counter() - began
        mean, busy, course = server.shares(places)
        n = len(server.script.posts)
        print(f"| {name} | {took:.2f} | {took / least:.2f} | {n} | {mean:.1f} | {100 * busy:.0f} % |", flush=True)
        print(f"  under way over time: |{course}|")


def faults(n_texts: int) -> None:
    texts = [f"text {i} " + "word " * (i % 40) for i in range(n_texts)]
    texts[n_texts // 3] = "poison"
    script = misbehaving("poison")
    with serve(script) as url:
        opened = open_endpoint(find_server(url), "m")
        done, refused = 0, {}
        for part in embed_stream(texts, opened.endpoint, patience=Patience(deadline_s=10, shortest_deadline_s=2)):
            done += len(part.rows)
            refused |= part.refused
    least = math.ceil(n_texts / BATCH)
    print(
        f"\na server that misbehaves: {done:,} of {n_texts:,} texts embedded, refused {refused}; {len(script.posts)} "
        f"requests, the opening among them, {len(script.posts) / least:.2f} × the least of {least}"
    )


def real(base_url: str, model: str, n_texts: int) -> None:
    source = Path(os.environ.get("ASTERISM_DATA", "../shared/data")) / "agnews/agnews_test.csv"
    import csv

    with source.open(newline="") as file:
        texts = [row["title"] for row in csv.DictReader(file)][:n_texts]
    loaded = load_openai(model, EmbedOptions(base_url=base_url))
    began = time.perf_counter()
    vectors = loaded.encode(texts)
    seconds = time.perf_counter() - began
    print(
        f"{len(texts):,} titles in {seconds:.1f} s, {len(texts) / seconds:.0f} texts/s; {vectors.shape[1]} dimensions"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base-url")
    parser.add_argument("--model", default="m")
    parser.add_argument("--texts", type=int, default=10_000)
    options = parser.parse_args()
    if options.base_url:
        real(options.base_url, options.model, options.texts)
        return
    for places, seconds in ((1, 0.02), (4, 0.05), (16, 0.1)):
        saturation(options.texts, places, seconds)
    faults(3000)


if __name__ == "__main__":
    main()

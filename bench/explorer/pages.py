"""What both measurements of pages share: the browser, what is written into a page, and how times are told."""

from __future__ import annotations

import statistics

FLAGS = ("--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--disable-quic", "--no-first-run")
WINDOW = {"width": 1200, "height": 800}
# `finished` acts, and waits until the frame after it is done: two turns, for pages that draw in the frame after the one
# that hears of a change; reading a pixel back makes the graphics card, or what stands in for it, finish.
AFTER = """
  const frame = () => new Promise((done) => requestAnimationFrame(() => {
    const channel = new MessageChannel();
    channel.port1.onmessage = done;
    channel.port2.postMessage(0);
  }));
  window.finished = async (act = () => {}, frames = 2) => {
    const start = performance.now();
    act();
    for (let i = 0; i < frames; i++) await frame();
    for (const canvas of document.querySelectorAll('canvas')) {
      const gl = canvas.getContext('webgl2');
      gl?.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4));
    }
    return performance.now() - start;
  };
"""


def told(times: list[float]) -> dict[str, float]:
    """Median and worst, in milliseconds."""
    return {"median": round(statistics.median(times), 2), "worst": round(max(times), 2)}

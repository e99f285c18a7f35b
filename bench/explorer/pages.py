"""What both measurements of pages share: the browser, what is written into a page, and how times are told."""

from __future__ import annotations

import statistics

# Without more the browser finds no graphics card here, and composes on the processor, as it does for people who have
# none.
FLAGS = ("--no-sandbox", "--disable-quic", "--no-first-run")
# What has WebGL emulated; the browser then composes by it, too, and shows every frame later.
EMULATED = ("--use-angle=swiftshader", "--enable-unsafe-swiftshader")
WINDOW = {"width": 1200, "height": 800}
# `finished` acts, and waits until the frame after it is done: two turns, for pages that draw in the frame after the one
# that hears of a change; reading a pixel back makes the graphics card, or what stands in for it, finish.
AFTER = """
  const graphics = new Set();
  const getContext = HTMLCanvasElement.prototype.getContext;
  HTMLCanvasElement.prototype.getContext = function (kind, ...options) {
    const context = getContext.call(this, kind, ...options);
    if (context?.readPixels) graphics.add(context);
    return context;
  };
  const frame = () => new Promise((done) => requestAnimationFrame(() => {
    const channel = new MessageChannel();
    channel.port1.onmessage = done;
    channel.port2.postMessage(0);
  }));
  window.finished = async (act = () => {}, frames = 2) => {
    const start = performance.now();
    act();
    for (let i = 0; i < frames; i++) await frame();
    for (const gl of graphics) gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4));
    return performance.now() - start;
  };
"""


# Writes down when the map was first there: its canvases, one more frame, and the last large text before that on the
# screen, which the browser reports with the time of its showing.
FIRST = """
  window.texts = 0;
  new PerformanceObserver((list) => {
    for (const { renderTime } of list.getEntries()) texts = Math.max(texts, renderTime);
  }).observe({ type: 'largest-contentful-paint', buffered: true });
  window.first = new Promise((done) => {
    const look = () => {
      if (document.querySelectorAll('canvas').length < 2) return requestAnimationFrame(look);
      finished(() => {}, 1).then(() => {
        const drawn = performance.now();
        setTimeout(() => done(Math.max(drawn, texts)), 1500);
      });
    };
    requestAnimationFrame(look);
  });
"""


def told(times: list[float]) -> dict[str, float]:
    """Median and worst, in milliseconds."""
    return {"median": round(statistics.median(times), 2), "worst": round(max(times), 2)}

"""Colours in OKLab, where equal distances look about equally different.

Source: Björn Ottosson 2020, "A perceptual color space for image processing", for the matrices;
IEC 61966-2-1 for sRGB; WCAG 2.2 for contrast.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

TO_CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
FROM_CONES = np.linalg.inv(TO_CONES)
FROM_LAB = np.linalg.inv(TO_LAB)
LUMINANCE = np.array([0.2126, 0.7152, 0.0722])
# Halvings of the chroma's interval: finer than 8 bits a channel can show.
HALVINGS = 16


def to_linear(colors: Sequence[str]) -> NDArray[np.float64]:
    """Read "#rrggbb" as linear RGB in [0, 1], shape (n, 3)."""
    digits = "".join(color[1:] for color in colors)
    encoded = np.frombuffer(bytes.fromhex(digits), np.uint8).reshape(-1, 3) / 255.0
    return np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)


def to_hex(linear: ArrayLike) -> list[str]:
    """Write linear RGB, shape (n, 3), as "#rrggbb", clipping what lies outside [0, 1]."""
    clipped = np.clip(linear, 0.0, 1.0)
    encoded = np.where(clipped <= 0.0031308, 12.92 * clipped, 1.055 * clipped ** (1 / 2.4) - 0.055)
    return ["#" + bytes(row).hex() for row in np.rint(encoded * 255).astype(np.uint8)]


def linear_to_lab(linear: ArrayLike) -> NDArray[np.float64]:
    """Linear RGB → OKLab, shape (n, 3)."""
    return np.asarray(np.cbrt(np.asarray(linear) @ TO_CONES.T) @ TO_LAB.T)


def lab_to_linear(lab: ArrayLike) -> NDArray[np.float64]:
    """OKLab → linear RGB, shape (n, 3); outside [0, 1] where a screen has no such colour."""
    return np.asarray((np.asarray(lab) @ FROM_LAB.T) ** 3 @ FROM_CONES.T)


def from_lch(lightness: ArrayLike, chroma: ArrayLike, hue: ArrayLike) -> list[str]:
    """Colours of given lightness and hue, with as much of the chroma as a screen can show.

    Args:
        lightness: In [0, 1], shape (n,) or one for all.
        chroma: At most about 0.3.
        hue: In degrees.

    Returns:
        n colours "#rrggbb".
    """
    light, strong, angle = np.broadcast_arrays(*(np.atleast_1d(np.asarray(x, float)) for x in (lightness, chroma, hue)))
    direction = np.stack([np.cos(np.radians(angle)), np.sin(np.radians(angle))], axis=1)

    def linear(strength: NDArray[np.float64]) -> NDArray[np.float64]:
        return lab_to_linear(np.column_stack([light, direction * strength[:, None]]))

    shown, beyond = np.zeros_like(strong), strong.copy()
    trial = beyond
    for _ in range(HALVINGS):
        inside = ((linear(trial) >= -1e-4) & (linear(trial) <= 1 + 1e-4)).all(axis=1)
        shown, beyond = np.where(inside, trial, shown), np.where(inside, beyond, trial)
        trial = (shown + beyond) / 2
    return to_hex(linear(shown))


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, from 1 to 21 (WCAG 2.2)."""
    low, high = sorted((to_linear([one, other]) @ LUMINANCE).tolist())
    return float((high + 0.05) / (low + 0.05))

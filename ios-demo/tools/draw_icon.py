"""Draws the app's icons, 1024 by 1024 without an alpha channel, as the asset catalogue wants them.

A bubble of speech that is answered: words in, one spark out. ``python ios-demo/tools/draw_icon.py`` writes them again.
"""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

Shape = NDArray[np.float64]  # [SIZE, SIZE], how much of a pixel is covered, 0 to 1
Colour = tuple[int, int, int]

SIZE: Final = 1024
CATALOGUE: Final = (
    Path(__file__).resolve().parent.parent
    / "NeuroLiteDemo"
    / "Assets.xcassets"
    / "AppIcon.appiconset"
)
# What is drawn lies in a square of 80 units around this middle.
_UNITS: Final = 80.0
_MIDDLE: Final = (54.0, 57.0)
# Name -> background, bubble, first line, second line, spark.
ICONS: Final[dict[str, tuple[Colour, ...]]] = {
    "AppIcon": (
        (27, 95, 193),
        (255, 255, 255),
        (27, 95, 193),
        (127, 176, 245),
        (245, 166, 35),
    ),
    "AppIcon-dark": (
        (16, 20, 28),
        (121, 176, 243),
        (16, 20, 28),
        (40, 78, 130),
        (255, 200, 98),
    ),
    "AppIcon-tinted": (
        (0, 0, 0),
        (224, 224, 224),
        (40, 40, 40),
        (120, 120, 120),
        (40, 40, 40),
    ),
}


def grid() -> tuple[Shape, Shape]:
    """Places of the pixels' middles, in units."""
    steps = (np.arange(SIZE) + 0.5) / SIZE * _UNITS - _UNITS / 2
    x, y = np.meshgrid(steps + _MIDDLE[0], steps + _MIDDLE[1])
    return x, y


def covered(distance: Shape) -> Shape:
    """From distances to an edge, negative inside."""
    found: Shape = np.clip(0.5 - distance * SIZE / _UNITS, 0, 1)
    return found


def rounded(left: float, top: float, right: float, bottom: float, radius: float) -> Shape:
    """A rectangle with round corners."""
    x, y = grid()
    across = np.abs(x - (left + right) / 2) - (right - left) / 2 + radius
    down = np.abs(y - (top + bottom) / 2) - (bottom - top) / 2 + radius
    outside = np.hypot(np.maximum(across, 0), np.maximum(down, 0))
    return covered(outside + np.minimum(np.maximum(across, down), 0) - radius)


def convex(*corners: tuple[float, float]) -> Shape:
    """A polygon whose corners go around clockwise on the screen."""
    x, y = grid()
    sides = []
    for (ax, ay), (bx, by) in zip(corners, (*corners[1:], corners[0]), strict=True):
        length = float(np.hypot(bx - ax, by - ay))
        sides.append(((by - ay) * (x - ax) - (bx - ax) * (y - ay)) / length)
    return covered(np.max(sides, axis=0))


def spark(x: float, y: float, reach: float, waist: float) -> Shape:
    """A star of four points: of two slim diamonds."""
    upright = convex((x, y - reach), (x + waist, y), (x, y + reach), (x - waist, y))
    lying = convex((x, y - waist), (x + reach, y), (x, y + waist), (x - reach, y))
    found: Shape = np.maximum(upright, lying)
    return found


def drawn(colours: tuple[Colour, ...]) -> NDArray[np.uint8]:
    """uint8 [SIZE, SIZE, 3]."""
    background, bubble, first, second, light = colours
    shapes = (
        (
            np.maximum(rounded(28, 34, 80, 70, 8), convex((40, 68), (54, 68), (40, 81))),
            bubble,
        ),
        (rounded(34.5, 43, 63.5, 48, 2.5), first),
        (rounded(34.5, 55, 51.5, 60, 2.5), second),
        (spark(67, 58, 9.5, 3.2), light),
    )
    picture = np.broadcast_to(np.array(background, np.float64), (SIZE, SIZE, 3))
    for shape, colour in shapes:
        picture = picture + shape[..., None] * (np.array(colour) - picture)
    return np.round(picture).astype(np.uint8)


def png(pixels: NDArray[np.uint8]) -> bytes:
    """The file of uint8 [H, W, 3]."""
    height, width, _ = pixels.shape
    rows = np.concatenate(
        [np.zeros((height, 1), np.uint8), pixels.reshape(height, 3 * width)], axis=1
    )
    parts = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows.tobytes(), 9)),
        (b"IEND", b""),
    )
    chunks = (
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


if __name__ == "__main__":
    for name, colours in ICONS.items():
        (CATALOGUE / f"{name}.png").write_bytes(png(drawn(colours)))

"""Pages as a browser lays them out, without a network."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

CHROMIUM: Final = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
_POLICY: Final = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')
# Unfolds what is folded, then names each element that leaves the page or that its own box cuts or scrolls.
_MEASURE: Final = """
addEventListener("load", () => {
  const found = {};
  for (const frame of document.querySelectorAll("iframe")) {
    const page = frame.contentDocument, width = frame.clientWidth, cut = [];
    for (const folded of page.querySelectorAll("details")) folded.open = true;
    for (const element of page.body.querySelectorAll("*")) {
      if (element.closest("svg") && element.tagName !== "svg") continue;
      if (getComputedStyle(element.closest("thead") || element).position === "absolute") continue;
      const box = element.getBoundingClientRect();
      if (box.right > width + 1 || box.left < -1 || element.scrollWidth > element.clientWidth + 1 && element.clientWidth)
        cut.push(element.tagName + " " + element.className + " " + element.textContent.trim().slice(0, 60));
    }
    found[frame.name] = {wide: page.documentElement.scrollWidth - width, cut: cut.slice(0, 5)};
  }
  document.body.textContent = "FOUND" + JSON.stringify(found) + "END";
});
"""


def measure(
    pages: Mapping[str, str], widths: Sequence[int], folder: Path
) -> dict[str, dict[str, Any]]:
    """What is too wide: for each "page at width", the pixels beyond the width, and what is cut.

    Args:
        pages: HTML by name.
        widths: in CSS pixels, of the frames that the pages are shown in.
        folder: for the browser's profile and the frames.
    """
    frames = "".join(
        f'<iframe name="{name} at {width}" style="width: {width}px; height: 900px; border: 0" '
        f'srcdoc="{html.escape(_POLICY.sub("", page))}"></iframe>'
        for name, page in pages.items()
        for width in widths
    )
    path = folder / "frames.html"
    path.write_text(
        f"<!doctype html><meta charset=utf-8><body>{frames}<script>{_MEASURE}</script>", "utf-8"
    )
    assert CHROMIUM is not None
    done = subprocess.run(
        [
            CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
            "--host-resolver-rules=MAP * ~NOTFOUND", "--window-size=1300,1000",
            f"--user-data-dir={folder / 'profile'}", "--dump-dom", path.as_uri(),
        ],
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    answer = re.search(r"FOUND(.*)END", done.stdout, re.DOTALL)
    assert answer is not None, done.stderr[-2_000:]
    found: dict[str, dict[str, Any]] = json.loads(html.unescape(answer[1]))
    return found

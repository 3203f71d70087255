"""What a certificate's files and verdicts are called; its readers need no more of the exporter than this."""

from __future__ import annotations

from typing import Final

JSON_SUFFIX: Final = ".certificate.json"
PAGE_SUFFIX: Final = ".certificate.html"
PASSED: Final = "passed"
NOT_PROVEN: Final = "not proven"
REFUSED: Final = "refused"
WRITTEN: Final = (PASSED, NOT_PROVEN)

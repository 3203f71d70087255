"""The hash specification as plain tensor operations: bytes (N, T) to indices (N, L, K).

Everything up to the gather of word starts is float32 arithmetic on integers below 2**24, which
float32 holds exactly: the same operations in any runtime give the same integers. Shifts, selects
and minima only, so that accelerators take the subgraph. Sections refer to ``docs/hash-spec.md``.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from neurolite_core.charmap import CLASS_BASE, LAST_PAGE, PAGE_SIZE, CharClass, page_tables
from neurolite_core.config import NeuroLiteConfig
from neurolite_core.hashing import HIGH_PRIME, LOW_BASE, PRIME, WORD_BYTES, hash_constants
from neurolite_core.text import STRAY_BASE


def _ahead(x: Tensor, distance: int) -> Tensor:
    """``x[..., i + distance]``, zeros past the end."""
    return functional.pad(x[..., distance:], (0, distance))


def _back(x: Tensor, distance: int) -> Tensor:
    """``x[..., i - distance]``, zeros before the start."""
    return functional.pad(x, (distance, 0))[..., : x.shape[-1]]


def _carry(x: Tensor, is_lead: Tensor) -> Tensor:
    """Gives continuation bytes the value at the first byte of their character."""
    carried = x
    for _ in range(3):
        carried = torch.where(is_lead > 0, x, _back(carried, 1))
    return carried


def _previous(x: Tensor, is_lead: Tensor) -> Tensor:
    """At each character's first byte, the value of the character before it; 0 at the start."""
    return _back(_carry(x, is_lead), 1)


def _next(x: Tensor, extra: Tensor) -> Tensor:
    """At each character's first byte, the value of the character after it."""
    following = _ahead(x, 1)
    for size in (1, 2, 3):
        following = torch.where(extra == size, _ahead(x, size + 1), following)
    return following


def _mod(x: Tensor, divisor: int) -> Tensor:
    """Floor-mod of integers below 2**24 held in float32; exact because the division is IEEE."""
    return x - torch.floor(x / divisor) * divisor


class GraphHash(nn.Module):
    """Hashes padded UTF-8 bytes to table indices inside the graph.

    Args:
        config: K, M and the limit of words are read.
    """

    def __init__(self, config: NeuroLiteConfig) -> None:
        super().__init__()
        self.table_size = config.table_size
        self.max_words = config.max_words
        constants = hash_constants()
        pages, cells = page_tables()
        weights = constants.weights[: config.num_hashes]
        offsets = constants.offsets[: config.num_hashes]
        self.register_buffer("weights", torch.tensor(weights, dtype=torch.float32), False)
        self.register_buffer("offsets", torch.tensor(offsets, dtype=torch.float32)[:, None], False)
        self.register_buffer("pages", torch.tensor(pages, dtype=torch.float32), False)
        self.register_buffer("cells", torch.tensor(cells, dtype=torch.float32), False)
        self.weights: Tensor
        self.offsets: Tensor
        self.pages: Tensor
        self.cells: Tensor

    def forward(self, input_bytes: Tensor) -> tuple[Tensor, Tensor]:
        """Hashes a batch.

        Args:
            input_bytes: uint8 or int32 (N, T), zero-padded UTF-8.

        Returns:
            indices int64 (N, L, K), zero where padded, L the longest kept text but at least 1; and
            int64 (N), the words of each text before the limit ``max_words``.
        """
        # Room at the end, so that shifts by up to WORD_BYTES stay inside.
        byte = functional.pad(input_bytes.to(torch.float32), (0, WORD_BYTES))
        code, extra, is_lead = self.decode(byte)
        folded, char_class = self.fold(code)
        starts, inside = self.find_words(char_class, extra, is_lead)
        minima = self.minima(folded, starts, inside, extra, is_lead)
        return self.select_words(minima, starts)

    def decode(self, byte: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Section 2: code point, number of continuation bytes, and 1 at each character's first byte."""
        continuation = ((byte >= 0x80) & (byte < 0xC0)).float()
        c1, c2, c3 = (_ahead(continuation, d) for d in (1, 2, 3))
        following = c1 * (1 + c2 * (1 + c3))
        needed = (byte >= 0xC0).float() + (byte >= 0xE0).float() + (byte >= 0xF0).float()
        needed = needed * (byte < 0xF8).float()
        extra = needed * (following >= needed).float()

        tail = (byte - 0x80) * continuation
        t1, t2, t3 = (_ahead(tail, d) for d in (1, 2, 3))
        two = (byte - 0xC0).clamp(0, 0x1F) * 64 + t1
        three = ((byte - 0xE0).clamp(0, 0x0F) * 64 + t1) * 64 + t2
        four = (((byte - 0xF0).clamp(0, 0x07) * 64 + t1) * 64 + t2) * 64 + t3
        one = byte + (byte >= 0x80).float() * STRAY_BASE
        code = torch.where(extra == 1, two, one)
        code = torch.where(extra == 2, three, code)
        code = torch.where(extra == 3, four, code)
        reach = torch.maximum(_back(extra, 1), _back(extra, 2) - 1)
        reach = torch.maximum(reach, _back(extra, 3) - 2)
        return code, extra, (reach < 1).float()

    def fold(self, code: Tensor) -> tuple[Tensor, Tensor]:
        """Sections 3 and 4: folded code point and class."""
        page_number = torch.floor(code / PAGE_SIZE)
        low = code - page_number * PAGE_SIZE
        page = self.pages[page_number.clamp(max=LAST_PAGE).long()]
        cell = self.cells[(page * PAGE_SIZE + low).long()]
        delta = torch.floor(cell / CLASS_BASE)
        return code + delta, cell - delta * CLASS_BASE

    def find_words(
        self, char_class: Tensor, extra: Tensor, is_lead: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Section 5: 1 where a word starts, and 1 on every byte that belongs to a word."""
        letter, mark = float(CharClass.LETTER), float(CharClass.MARK)
        separator, isolated = float(CharClass.SEPARATOR), float(CharClass.ISOLATED)
        between = (_previous(char_class, is_lead) == letter) & (_next(char_class, extra) == letter)
        resolved = torch.where(between, letter, float(CharClass.PUNCTUATION))
        own = torch.where(char_class == float(CharClass.APOSTROPHE), resolved, char_class)
        before = _previous(own, is_lead)
        changes = (own != before) & (own != mark)
        is_start = (own != separator) & (changes | (own == isolated) | (before == separator))
        inside = (_carry(own, is_lead) != separator).float()
        return is_start.float() * is_lead, inside

    def minima(
        self, folded: Tensor, starts: Tensor, inside: Tensor, extra: Tensor, is_lead: Tensor
    ) -> Tensor:
        """Section 6: float32 (N, K, T), at each word start the MinHash of its word."""
        high = _mod(torch.floor(folded / LOW_BASE), HIGH_PRIME)
        low = _mod(folded, LOW_BASE)
        continues = inside * (1 - starts)  # on first bytes: belongs to the word before it
        followed = _next(continues, extra)
        inputs = torch.stack(
            [
                _previous(low, is_lead) * continues,
                _previous(high, is_lead) * continues,
                low,
                high,
                _next(low, extra) * followed,
                _next(high, extra) * followed,
            ],
            dim=1,
        )  # (N, 6, T)
        sums = torch.matmul(self.weights, inputs) + self.offsets  # (N, K, T)
        hashes = _mod(sums, PRIME)
        counts_here = (inside * is_lead)[:, None]
        running = torch.where(counts_here > 0, hashes, float(PRIME))
        linked = _ahead(continues, 1)[:, None]  # this byte and the next are of one word
        step = 1
        while step < WORD_BYTES:
            running = torch.minimum(running, _ahead(running, step) + (1 - linked) * PRIME)
            linked = linked * _ahead(linked, step)
            step *= 2
        return running

    def select_words(self, minima: Tensor, starts: Tensor) -> tuple[Tensor, Tensor]:
        """Section 7: the minima at the first ``max_words`` word starts, as table indices."""
        counts = starts.sum(dim=1).long()
        length = max(1, min(int(counts.max()), self.max_words))
        rows, positions = starts.nonzero(as_tuple=True)
        slots = starts.cumsum(dim=1).long()[rows, positions] - 1
        kept = slots < length
        rows, positions, slots = rows[kept], positions[kept], slots[kept]
        indices = torch.zeros(
            (starts.shape[0], length, minima.shape[1]), dtype=torch.int64, device=minima.device
        )
        indices[rows, slots] = _mod(minima[rows, :, positions], self.table_size).long()
        return indices, counts

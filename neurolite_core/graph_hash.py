"""The hash specification as plain tensor operations: bytes (N, T) to indices (N, L, K).

Float32 arithmetic on integers below 2**24, which float32 holds exactly: the same operations in any
runtime give the same integers. There is no comparison, select, division or data-dependent shape in it,
so that converters lower it and accelerators take it whole: a comparison of integers is a clamped
difference, a select is a sum of products, a quotient is a product that provably floors right even when
the product is rounded the other way. Sections refer to ``docs/hash-spec.md``.
"""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from neurolite_core.charmap import CLASS_BASE, LAST_PAGE, PAGE_SIZE, CharClass, page_tables
from neurolite_core.config import NeuroLiteConfig
from neurolite_core.hashing import HIGH_PRIME, LOW_BASE, PRIME, WORD_BYTES, hash_constants
from neurolite_core.text import STRAY_BASE

_BLOCK: Final = 64  # bytes whose word starts are counted together
_PRIME_POWER: Final = 2**18  # PRIME is 5 less


def _ahead(x: Tensor, distance: int) -> Tensor:
    """``x[..., i + distance]``, zeros past the end."""
    return functional.pad(x[..., distance:], (0, distance))


def _back(x: Tensor, distance: int) -> Tensor:
    """``x[..., i - distance]``, zeros before the start."""
    return functional.pad(x[..., :-distance], (distance, 0))


def _at_least(x: Tensor, bound: int) -> Tensor:
    """1 where an integer is at least ``bound``, else 0."""
    return (x - (bound - 1)).clamp(0, 1)


def _equals(x: Tensor, value: int) -> Tensor:
    """1 where an integer is ``value``, else 0."""
    return (1 - (x - value).abs()).clamp(min=0)


def _divide(x: Tensor, divisor: int) -> Tensor:
    """Integer quotient of 0 <= x < 2**21: half a unit keeps the product off every whole number.

    The product is at least 0.5 / divisor from a whole number and at most 2**21 / divisor, where two
    float32 roundings of up to one unit in the last place move it by less than 0.5 / divisor.
    """
    return torch.floor((x + 0.5) * (1.0 / divisor))


def _mod(x: Tensor, divisor: int) -> Tensor:
    """x mod divisor, for 0 <= x < 2**21."""
    return x - _divide(x, divisor) * divisor


def _mod_prime(x: Tensor) -> Tensor:
    """x mod PRIME for 0 <= x < 2**24: 2**18 is 5 mod PRIME, and a power of two divides exactly."""
    folded = x - torch.floor(x * (1.0 / _PRIME_POWER)) * PRIME  # below PRIME + 5 * 65
    return folded - _at_least(folded, PRIME) * PRIME


def _carry(x: Tensor, is_lead: Tensor) -> Tensor:
    """Gives continuation bytes the value at the first byte of their character."""
    own, other = x * is_lead, 1 - is_lead
    carried = own
    for _ in range(3):
        carried = own + other * _back(carried, 1)
    return carried


def _next(x: Tensor, sizes: list[Tensor]) -> Tensor:
    """At each character's first byte, the value of the character after it."""
    following = _ahead(x, 1) * sizes[0]
    for size in (1, 2, 3):
        following = following + _ahead(x, size + 1) * sizes[size]
    return following


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
        # Low and high of previous, own and next -> the three lows, then the three highs.
        weights = constants.weights[: config.num_hashes, [0, 2, 4, 1, 3, 5]]
        offsets = constants.offsets[: config.num_hashes]
        self.register_buffer("weights", torch.tensor(weights, dtype=torch.float32), False)
        self.register_buffer("offsets", torch.tensor(offsets, dtype=torch.float32)[:, None], False)
        self.register_buffer("pages", torch.tensor(pages, dtype=torch.float32)[:, None], False)
        self.register_buffer("cells", torch.tensor(cells, dtype=torch.float32)[:, None], False)
        self.weights: Tensor
        self.offsets: Tensor
        self.pages: Tensor
        self.cells: Tensor

    def forward(self, input_bytes: Tensor) -> tuple[Tensor, Tensor]:
        """Hashes a batch.

        Args:
            input_bytes: uint8 or int32 (N, T), zero-padded UTF-8.

        Returns:
            indices int32 (N, L, K), zero where padded, L the longest kept text but at least 1; and
            int32 (N), the words of each text before the limit ``max_words``.
        """
        minima, starts = self.hash_bytes(input_bytes)
        longest = int(starts.sum(dim=1).max()) if len(starts) else 0
        return self.select_words(minima, starts, max(1, min(longest, self.max_words)))

    def fixed(self, input_bytes: Tensor, length: int) -> tuple[Tensor, Tensor]:
        """The same with L given, for graphs of fixed shapes; words beyond L have no indices."""
        return self.select_words(*self.hash_bytes(input_bytes), length)

    def hash_bytes(self, input_bytes: Tensor) -> tuple[Tensor, Tensor]:
        """Sections 1 to 6.

        Args:
            input_bytes: uint8 or int32 (N, T).

        Returns:
            float32 (N, K, S), at each word start the MinHash of its word, and float32 (N, S), 1 at each word
            start, with S the multiple of 64 next to T, at least 64.
        """
        # Room at the end: shifts by up to WORD_BYTES - 1 read it, and it is cut off by them.
        num_bytes = input_bytes.shape[1]
        room = max(_BLOCK, num_bytes + -num_bytes % _BLOCK) - num_bytes + WORD_BYTES
        byte = functional.pad(input_bytes.to(torch.float32), (0, room))
        code, extra, is_lead = self.decode(byte)
        folded, char_class = self.fold(code)
        sizes = [_equals(extra, size) for size in range(4)]
        carried = _carry(torch.stack([folded, char_class], dim=1), is_lead[:, None])
        before = _back(carried, 1)  # at first bytes: of the character before
        after = _next(torch.stack([folded, char_class], dim=1), [size[:, None] for size in sizes])
        starts, continues, counted = self.find_words(char_class, before[:, 1], after[:, 1], is_lead)
        followed = _next(continues, sizes)
        characters = [before[:, 0] * continues, folded, after[:, 0] * followed]
        minima = self.minima(torch.stack(characters, dim=1), continues, counted)
        return minima, starts[:, : minima.shape[2]]

    def decode(self, byte: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Section 2: code point, number of continuation bytes, and 1 at each character's first byte."""
        high = _at_least(byte, 0x80)
        two_or_more = _at_least(byte, 0xC0)
        continuation = high - two_or_more
        c1, c2, c3 = (_ahead(continuation, d) for d in (1, 2, 3))
        following = c1 * (1 + c2 * (1 + c3))
        needed = two_or_more + _at_least(byte, 0xE0) + _at_least(byte, 0xF0)
        needed = needed - 3 * _at_least(byte, 0xF8)
        extra = needed * (following - needed + 1).clamp(0, 1)

        tail = (byte - 0x80) * continuation
        t1, t2, t3 = (_ahead(tail, d) for d in (1, 2, 3))
        two = (byte - 0xC0).clamp(0, 0x1F) * 64 + t1
        three = ((byte - 0xE0).clamp(0, 0x0F) * 64 + t1) * 64 + t2
        four = (((byte - 0xF0).clamp(0, 0x07) * 64 + t1) * 64 + t2) * 64 + t3
        one = byte + high * STRAY_BASE
        code = one
        for size, spelled in enumerate((two, three, four), 1):
            code = code + _equals(extra, size) * (spelled - one)
        reach = torch.maximum(_back(extra, 1), _back(extra, 2) - 1)
        reach = torch.maximum(reach, _back(extra, 3) - 2)
        return code, extra, 1 - reach.clamp(0, 1)

    def fold(self, code: Tensor) -> tuple[Tensor, Tensor]:
        """Sections 3 and 4: folded code point and class."""
        page_number = torch.floor(code * (1.0 / PAGE_SIZE))
        low = code - page_number * PAGE_SIZE
        page = _rows(self.pages, page_number.clamp(max=LAST_PAGE))[..., 0]
        cell = _rows(self.cells, page * PAGE_SIZE + low)[..., 0]
        delta = torch.floor(cell * (1.0 / CLASS_BASE))
        return code + delta, cell - delta * CLASS_BASE

    def find_words(
        self, char_class: Tensor, class_before: Tensor, class_after: Tensor, is_lead: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Section 5, each float32 (N, S) of 0 and 1.

        Returns:
            where a word starts; on every other byte of a word; and at each character in a word.
        """
        letter, mark = CharClass.LETTER, CharClass.MARK
        between = _equals(class_before, letter) * _equals(class_after, letter)
        resolved = CharClass.PUNCTUATION + between * (letter - CharClass.PUNCTUATION)
        apostrophe = _equals(char_class, CharClass.APOSTROPHE)
        own = char_class + apostrophe * (resolved - char_class)
        carried = _carry(own, is_lead)
        before = _back(carried, 1)
        changes = (own - before).abs().clamp(max=1) * (1 - _equals(own, mark))
        isolated = _equals(own, CharClass.ISOLATED)
        after_separator = _equals(before, CharClass.SEPARATOR)
        begins = torch.maximum(torch.maximum(changes, isolated), after_separator)
        inside = 1 - _equals(carried, CharClass.SEPARATOR)
        starts = begins * inside * is_lead
        return starts, inside - starts, inside * is_lead

    def minima(self, characters: Tensor, continues: Tensor, counted: Tensor) -> Tensor:
        """Section 6.

        Args:
            characters: float32 (N, 3, S), code points of the previous, own and next character.
            continues: (N, S), 1 where a byte belongs to the word of the byte before it.
            counted: (N, S), 1 at each character of a word.

        Returns:
            float32 (N, K, S - 64), at each word start the MinHash of its word.
        """
        upper = torch.floor(characters * (1.0 / LOW_BASE))
        inputs = torch.cat([characters - upper * LOW_BASE, _mod(upper, HIGH_PRIME)], dim=1)
        sums = torch.matmul(self.weights, inputs) + self.offsets  # (N, K, S)
        hashes = _mod_prime(sums)
        running = torch.maximum(hashes, (PRIME - counted * PRIME)[:, None])
        breaks = (1 - continues[..., 1:])[:, None] * PRIME  # this byte and the next: of two words
        step = 1
        while step < WORD_BYTES:
            later = torch.maximum(running[..., step:], breaks[..., : running.shape[2] - step])
            running = torch.minimum(running[..., :-step], later)
            breaks = torch.maximum(breaks[..., :-step], breaks[..., step:])
            step *= 2
        return running[..., : characters.shape[2] - WORD_BYTES]

    def select_words(self, minima: Tensor, starts: Tensor, length: int) -> tuple[Tensor, Tensor]:
        """Section 7: the minima at the first ``length`` word starts, as table indices.

        The start with number l is found in two steps, by the block of 64 bytes that holds it and
        inside that block: how many blocks end with at most l starts, and how many of its bytes.
        """
        batch, size = starts.shape
        num_blocks = size // _BLOCK
        device = starts.device
        slots = torch.arange(length, dtype=torch.float32, device=device)[:, None]  # (L, 1)
        within = torch.matmul(starts.reshape(batch, num_blocks, _BLOCK), _sums(_BLOCK, device))
        totals = within[..., -1]  # (N, blocks)
        ends = torch.matmul(totals, _sums(num_blocks, device))
        counts = ends[:, -1:]  # (N, 1)
        running = within + (ends - totals)[..., None]  # (N, blocks, 64)
        block = _passed(slots, ends[:, None]).clamp(max=num_blocks - 1)  # (N, L)
        first = torch.arange(batch, dtype=torch.float32, device=device)[:, None]
        rows = _rows(running.reshape(batch * num_blocks, _BLOCK), block + first * num_blocks)
        position = block * _BLOCK + _passed(slots, rows).clamp(max=_BLOCK - 1)  # (N, L)
        by_place = minima.transpose(1, 2).reshape(batch * size, -1)
        hashes = _rows(by_place, position + first * size)  # (N, L, K)
        real = (counts - slots[:, 0]).clamp(0, 1)[..., None]  # (N, L, 1)
        indices = _mod(hashes, self.table_size) * real
        return indices.to(torch.int32), counts[:, 0].to(torch.int32)


def _rows(table: Tensor, numbers: Tensor) -> Tensor:
    """Rows of a table (R, C) by float32 numbers (N, S) -> (N, S, C)."""
    return functional.embedding(numbers.to(torch.int32), table)


def _sums(size: int, device: torch.device) -> Tensor:
    """Matrix (size, size) that turns a row into its running sums."""
    return torch.ones(size, size, device=device).triu()


def _passed(slots: Tensor, running: Tensor) -> Tensor:
    """How many running counts (N, 1 or L, B) are at most each slot (L, 1) -> (N, L)."""
    return (slots - running + 1).clamp(0, 1).sum(dim=-1)

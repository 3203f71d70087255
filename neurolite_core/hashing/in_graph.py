"""The hash specification as plain tensor operations: bytes (N, T) to indices (N, L, K).

Float32 arithmetic on integers below 2**24, which float32 holds exactly: the same operations in any
runtime give the same integers. There is no comparison, select, division or data-dependent shape in it,
so that converters lower it and accelerators take it whole: a comparison of integers is a clamped
difference, a select is a sum of products, and a quotient is the product of a number half a unit off every
integer, which provably floors right. Sections refer to ``docs/hash-spec.md``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from neurolite_core.hashing.words import HIGH_PRIME, LOW_BASE, PRIME, WORD_BYTES, hash_constants
from neurolite_core.text.characters import CLASS_BASE, LAST_PAGE, PAGE_SIZE, page_tables
from neurolite_core.text.words import STRAY_BASE

_BLOCK: Final = 64  # bytes whose word starts are counted together
_MIDDLE: Final = 27  # of the quotients of all sums by PRIME
_PHASES: Final = 4
_MOST: Final = 3  # continuation bytes of a character


def _mix(weights: Tensor, x: Tensor) -> Tensor:
    """Sums of rows: weights (1, R, C), x (N, C, S) -> (N, R, S)."""
    return torch.bmm(weights if len(x) == 1 else weights.expand(len(x), -1, -1), x)


def _shifted(x: Tensor, distances: Sequence[int]) -> Tensor:
    """``x[..., i + distance]`` for each distance, zeros outside: (N, C, S) -> (N, distances * C, S)."""
    before, after = max(0, -min(distances)), max(0, *distances)
    padded, size = functional.pad(x, (before, after)), x.shape[2]
    parts = [x if d == 0 else padded[..., before + d : before + d + size] for d in distances]
    return parts[0] if len(parts) == 1 else torch.cat(parts, dim=1)


def _divide(x: Tensor, divisor: int) -> Tensor:
    """Integer quotient of 0 <= x < 2**21: half a unit keeps the product off every whole number.

    The product is at least 0.5 / divisor from a whole number and at most 2**21 / divisor, where two
    float32 roundings of up to one unit in the last place move it by less than 0.5 / divisor.
    """
    return torch.floor((x + 0.5) * (1.0 / divisor))


def _mod(x: Tensor, divisor: int) -> Tensor:
    """x mod divisor, for 0 <= x < 2**21."""
    return x - _divide(x, divisor) * float(divisor)


def _mod_prime(x: Tensor) -> Tensor:
    """Residue plus one half, of sums as ``GraphHash.weights`` moves them: n - 27 * PRIME + 0.5.

    For 0 <= n < 54 * PRIME the product stays below 28, where a correctly rounded one is less than 2**-20 off
    and no quotient is nearer to a whole number than 0.5 / PRIME. A test checks all n.
    """
    return x - torch.floor(x * (1.0 / PRIME)) * float(PRIME)


def _reading_weights() -> Tensor:
    """What ``decode`` sums up, (6, 15).

    From the byte; whether it is at least 80, C0, E0, F0, F8 (hex); its payload as the first byte of two,
    three and four; then of each of the next three bytes whether it is a continuation, and its payload.
    To how far the continuations are from those needed, 0 or more where they suffice; how many are needed; and
    the code point in one to four bytes.
    """
    weights = torch.zeros(6, 15)
    weights[0, [9, 11, 13]] = torch.tensor([4.0, 2.0, 1.0])
    weights[0, 2:6] = torch.tensor([-4.0, -2.0, -1.0, 7.0])
    weights[1, 2:6] = torch.tensor([1.0, 1.0, 1.0, -3.0])
    weights[2, :2] = torch.tensor([1.0, float(STRAY_BASE)])
    for size in (1, 2, 3):
        weights[2 + size, 5 + size] = 64.0**size
        for step in range(1, size + 1):
            weights[2 + size, 8 + 2 * step] = 64.0 ** (size - step)
    return weights


class GraphHash(nn.Module):
    """Hashes padded UTF-8 bytes to table indices inside the graph.

    What there is once a byte is (N, rows, S), and sums of rows and shifts are products with a small
    constant matrix: converters and accelerators pay for every operation, hardly for its size, and more
    for moving a value to another axis than for computing it.

    Args:
        num_hashes: K, 1 to 64.
        table_size: M; indices are below it.
        max_words: words that ``forward`` gives indices of at most.
    """

    weights: Tensor
    pages: Tensor
    cells: Tensor
    bounds: Tensor
    heads: Tensor
    payloads: Tensor
    reading: Tensor
    steps: Tensor
    one: Tensor
    three: Tensor
    four: Tensor

    def __init__(self, *, num_hashes: int, table_size: int, max_words: int) -> None:
        super().__init__()
        self.table_size = table_size
        self.max_words = max_words
        constants = hash_constants()
        pages, cells = page_tables()
        # (1, K, 8): of the lows of previous, own and next, of the three highs, of a row that takes no part, and
        # the offset, of a row that is 1 where the sum is wanted.
        weights = torch.zeros(1, num_hashes, 8)
        chosen = constants.weights[:num_hashes, [0, 2, 4, 1, 3, 5]]
        weights[0, :, :6] = torch.tensor(chosen)
        weights[0, :, 7] = torch.tensor(constants.offsets[:num_hashes]) - _MIDDLE * PRIME + 0.5
        self._constant("weights", weights)
        self._constant("pages", torch.tensor(pages * PAGE_SIZE)[:, None])
        self._constant("cells", torch.tensor(cells)[:, None])
        # decode
        self._constant("bounds", torch.tensor([0x80, 0xC0, 0xE0, 0xF0, 0xF8])[None, :, None] - 1)
        self._constant("heads", torch.tensor([0xC0, 0xE0, 0xF0])[None, :, None])
        self._constant("payloads", torch.tensor([0x1F, 0x0F, 0x07])[None, :, None])
        self._constant("reading", _reading_weights()[None])
        self._constant("steps", torch.arange(_MOST + 1)[None, :, None])
        # A tensor, as converters make two operations of a number minus a tensor.
        self._constant("one", torch.ones(1))
        # Sums of rows.
        self._constant("four", torch.ones(1, 1, _MOST + 1))
        self._constant("three", torch.ones(1, 1, _MOST))

    def _constant(self, name: str, value: Tensor) -> None:
        self.register_buffer(name, value.to(torch.float32), False)

    def forward(self, input_bytes: Tensor) -> tuple[Tensor, Tensor]:
        """Hashes a batch.

        Args:
            input_bytes: uint8 or int32 (N, T), zero-padded UTF-8.

        Returns:
            indices int32 (N, L, K), zero where padded, L the longest kept text but at least 1; and
            int32 (N), the words of each text before the limit ``max_words``.
        """
        minima, running = self.hash_bytes(input_bytes)
        longest = int(running[:, -1, -1].max()) if len(running) else 0
        length = max(1, min(longest, self.max_words))
        indices, counts = self.select_words(minima, running, length)
        return indices, counts.to(torch.int32)

    def fixed(self, input_bytes: Tensor, length: int) -> tuple[Tensor, Tensor]:
        """The same with L given, for graphs of fixed shapes; words beyond L have no indices.

        The words are float32, for the network's mask.
        """
        return self.select_words(*self.hash_bytes(input_bytes), length)

    def hash_bytes(self, input_bytes: Tensor) -> tuple[Tensor, Tensor]:
        """Sections 1 to 6.

        Args:
            input_bytes: uint8 or int32 (N, T).

        Returns:
            float32 (N, K, S), at each word start the MinHash of its word plus one half, with S the multiple of 64 next to T,
            at least 64, and byte ``i`` at ``i % 4 * S / 4 + i // 4``; and float32 (N, S / 64, 64), how many
            words start up to each byte.
        """
        # Room at the end: shifts by up to WORD_BYTES read it, and it is cut off by them.
        batch, num_bytes = input_bytes.shape
        room = max(_BLOCK, num_bytes + -num_bytes % _BLOCK) - num_bytes + WORD_BYTES
        byte = functional.pad(input_bytes.to(torch.float32), (0, room))
        code, sizes, from_first = self.decode(byte.reshape(batch, 1, num_bytes + room))
        both = self.fold(code)
        held = _mix(self.four, _shifted(both, [0, -1, -2, -3]) * from_first)  # on every byte
        after = _mix(self.four, _shifted(both, [1, 2, 3, 4]) * sizes)  # right at first bytes
        three = torch.cat([both, _shifted(held, [-1]), after], dim=1)  # own, before, after
        codes = torch.floor(three * (1.0 / CLASS_BASE))
        starts, continues = self.find_words(three - codes * float(CLASS_BASE), from_first)
        followed = _mix(self.four, _shifted(continues, [1, 2, 3, 4]) * sizes)
        linked = codes[:, 1:] * torch.cat([continues, followed], dim=1)
        running = _count(starts[..., :-WORD_BYTES])
        # No word started in the last 64 bytes: the character is too far from the start of its own.
        recent = running - functional.pad(running, (0, 0, 1, 0))[:, :-1]
        recent = functional.pad(recent.reshape(batch, 1, -1), (0, WORD_BYTES))
        counted = recent.clamp(0.0, 1.0) * from_first[:, :1]
        characters = torch.cat([linked[:, :1], codes[:, :1], linked[:, 1:]], dim=1)
        return self.minima(characters, continues, counted), running

    def decode(self, byte: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Section 2.

        Args:
            byte: (N, 1, S).

        Returns:
            The code point (N, 1, S), right at each character's first byte; 1 where the character has 1, 2, 3 or 4
            bytes (N, 4, S); and 1 where its first byte is 0, 1, 2 or 3 bytes before (N, 4, S).
        """
        at_least = (byte - self.bounds).clamp(0.0, 1.0)
        head = torch.minimum(byte - self.heads, self.payloads).clamp(0.0, 31.0)
        continuation = at_least[:, :1] - at_least[:, 1:2]
        tail = torch.cat([continuation, (byte - 128.0) * continuation], dim=1)
        parts = torch.cat([byte, at_least, head, _shifted(tail, [1, 2, 3])], dim=1)
        read = _mix(self.reading, parts)
        extra = (read[:, :1] + 1.0).clamp(0.0, 1.0) * read[:, 1:2]
        sizes = self.one - (extra - self.steps).abs().clamp(0.0, 1.0)
        code = _mix(self.four, read[:, 2:] * sizes)
        back = (_shifted(extra, [-1, -2, -3]) - self.steps[:, :_MOST]).clamp(0.0, 1.0)
        return code, sizes, torch.cat([self.one - _mix(self.three, back), back], dim=1)

    def fold(self, code: Tensor) -> Tensor:
        """Sections 3 and 4: code point (N, 1, S) to folded code point times 8, plus class."""
        page_number = torch.floor(code * (1.0 / PAGE_SIZE))
        low = code - page_number * float(PAGE_SIZE)
        page = _rows(self.pages, page_number.clamp(0.0, LAST_PAGE)).reshape(code.shape)
        return code * float(CLASS_BASE) + _rows(self.cells, page + low).reshape(code.shape)

    def find_words(self, classes: Tensor, from_first: Tensor) -> tuple[Tensor, Tensor]:
        """Section 5.

        Args:
            classes: (N, 3, S), of the own character, the one before and the one after; right at first bytes.
            from_first: (N, 4, S) of ``decode``.

        Returns:
            Each float32 (N, 1, S) of 0 and 1: where a word starts; and on every other byte of a word.
        """
        # By the order of the classes: separator, letter, punctuation, isolated, mark, apostrophe.
        char_class = classes[:, :1]
        letters = (classes[:, 1:] - 1.0).abs()
        resolved = torch.maximum(letters[:, :1], letters[:, 1:]).clamp(0.0, 1.0) + 1.0
        apostrophe = (char_class - 4.0).clamp(0.0, 1.0)
        own = char_class + apostrophe * (resolved - char_class)  # letter or punctuation
        held = _mix(self.four, _shifted(own, [0, -1, -2, -3]) * from_first)  # on every byte
        last = _shifted(held, [-1])
        mark = (own - 3.0).clamp(0.0, 1.0)
        isolated_or_mark = (own - 2.0).clamp(0.0, 1.0)
        changes = (own - last).abs().clamp(0.0, 1.0)
        begins = torch.maximum(changes, isolated_or_mark) - mark
        begins = torch.maximum(begins, self.one - last.clamp(0.0, 1.0))  # or after a separator
        inside = held.clamp(0.0, 1.0)
        starts = begins * inside * from_first[:, :1]
        return starts, inside - starts

    def minima(self, characters: Tensor, continues: Tensor, counted: Tensor) -> Tensor:
        """Section 6.

        Args:
            characters: float32 (N, 3, S), code points of the previous, own and next character.
            continues: (N, 1, S), 1 where a byte belongs to the word of the byte before it.
            counted: (N, 1, S), 1 at each character of a word that is near enough to its start.

        Returns:
            float32 (N, K, S - 64), the first of ``hash_bytes``.
        """
        batch, _, size = characters.shape
        upper = torch.floor(characters * (1.0 / LOW_BASE))
        lower = characters - upper * float(LOW_BASE)
        rows = torch.cat([lower, _mod(upper, HIGH_PRIME), continues, counted], dim=1)  # (N, 8, S)
        # Every fourth byte side by side, for ``_minima_of_words``.
        rows = rows.reshape(batch, 8, size // _PHASES, _PHASES).transpose(2, 3)
        rows = rows.reshape(batch, 8, size)
        hashes = _mod_prime(_mix(self.weights, rows))  # (N, K, S)
        masks = rows[:, 6:] * float(-PRIME) + float(PRIME)
        return _minima_of_words(torch.maximum(hashes, masks[:, 1:]), masks[:, :1])

    def select_words(self, minima: Tensor, running: Tensor, length: int) -> tuple[Tensor, Tensor]:
        """Section 7: the minima at the first ``length`` word starts, as table indices.

        A start is found by its number, from 1, in two steps: how many blocks of 64 bytes end with fewer
        starts, and how many bytes of the next block have fewer up to them.

        Args:
            minima: float32 (N, K, S), of ``hash_bytes``.
            running: float32 (N, S / 64, 64), of ``hash_bytes``.
            length: L.

        Returns:
            indices int32 (N, L, K) and words float32 (N).
        """
        batch, num_hashes, size = minima.shape
        num_blocks = running.shape[1]
        # Counted from 1, (L, 1).
        slots = torch.arange(1, length + 1, dtype=torch.float32, device=minima.device)[:, None]
        ends = running[:, :, _BLOCK - 1 :].reshape(batch, 1, num_blocks)
        counts = ends[:, :, num_blocks - 1 :]  # (N, 1, 1)
        block = _passed(slots, ends).clamp(0.0, num_blocks - 1.0)  # (N, L, 1)
        # One text needs no offset of its rows.
        text = torch.arange(batch, dtype=torch.float32, device=minima.device).reshape(-1, 1, 1)
        row = block if batch == 1 else block + text * num_blocks
        rows = _rows(running.reshape(-1, _BLOCK), row).reshape(batch, length, _BLOCK)
        place = _passed(slots, rows).clamp(0.0, _BLOCK - 1.0)
        fourth = torch.floor(place * (1.0 / _PHASES))
        row = (
            (place - fourth * float(_PHASES)) * (size / _PHASES)
            + fourth
            + block * (_BLOCK / _PHASES)
        )
        row = row if batch == 1 else row + text * size
        hashes = _rows(minima.transpose(1, 2).reshape(batch * size, num_hashes), row)
        real = (counts - slots + 1.0).clamp(0.0, 1.0)  # (N, L, 1)
        hashes = hashes.reshape(batch, length, num_hashes)  # and one half, as ``_divide`` wants it
        quotient = torch.floor(hashes * (1.0 / self.table_size))
        indices = (hashes - quotient * float(self.table_size) - 0.5) * real
        return indices.to(torch.int32), counts.reshape(batch)


def _count(starts: Tensor) -> Tensor:
    """Running sums of (N, 1, S) -> (N, S / 64, 64), by sums inside blocks and of blocks."""
    batch, num_blocks = len(starts), starts.shape[2] // _BLOCK
    # One matrix for both as long as it is large enough.
    size = max(_BLOCK, num_blocks)
    sums = torch.ones(size, size, device=starts.device).tril()
    blocks = starts.reshape(batch, num_blocks, _BLOCK)
    within = functional.linear(blocks, sums[:_BLOCK, :_BLOCK])
    totals = within[:, :, _BLOCK - 1 :].reshape(batch, num_blocks)
    ends = functional.linear(functional.pad(totals, (0, size - num_blocks)), sums)
    before = ends[:, :num_blocks] - totals
    return within + before.reshape(batch, num_blocks, 1)


def _minima_of_words(values: Tensor, breaks: Tensor) -> Tensor:
    """Minimum from each byte to the end of its word, over at least 64 bytes.

    A scan in three sweeps, on a fourth of the data at a time: inside blocks of four bytes, over blocks by
    doubling, and from the next block back into each. Byte ``i`` of S is at ``i % 4 * S / 4 + i // 4``.

    Args:
        values: (N, K, S), PRIME where nothing counts.
        breaks: (N, 1, S), 0 where a byte belongs to the word of the byte before it, else PRIME.

    Returns:
        (N, K, S - 64).
    """
    blocks = values.shape[2] // _PHASES
    x = [values[..., phase * blocks : (phase + 1) * blocks] for phase in range(_PHASES)]
    cut = [breaks[..., phase * blocks : (phase + 1) * blocks] for phase in range(_PHASES)]
    for phase in reversed(range(_PHASES - 1)):
        x[phase] = torch.minimum(x[phase], torch.maximum(x[phase + 1], cut[phase + 1]))
    # Between each phase and the next block.
    gaps = [cut[0][..., 1:]]
    for phase in reversed(range(1, _PHASES)):
        gaps.insert(0, torch.maximum(gaps[0], cut[phase][..., : blocks - 1]))
    reach, gap, step = x[0], gaps[0], 1
    while step < WORD_BYTES // _PHASES:
        length = reach.shape[2] - step
        reach = torch.minimum(
            reach[..., :length], torch.maximum(reach[..., step:], gap[..., :length])
        )
        if 2 * step < WORD_BYTES // _PHASES:
            gap = torch.maximum(gap[..., :-step], gap[..., step:])
        step *= 2
    kept = blocks - WORD_BYTES // _PHASES
    following = reach[..., 1:]  # kept of them are left
    return torch.cat(
        [
            torch.minimum(own[..., :kept], torch.maximum(following, gap[..., :kept]))
            for own, gap in zip(x, gaps, strict=True)
        ],
        dim=2,
    )


def _rows(table: Tensor, numbers: Tensor) -> Tensor:
    """Rows of a table (R, C) by float32 numbers (N, ..., 1 or S) -> (N * S, C)."""
    return functional.embedding(numbers.reshape(-1).to(torch.int32), table)


def _passed(slots: Tensor, running: Tensor) -> Tensor:
    """How many running counts (N, 1 or L, B) are below each slot (L, 1) -> (N, L, 1)."""
    ones = torch.ones(1, running.shape[2], device=running.device)
    return functional.linear((slots - running).clamp(0.0, 1.0), ones)

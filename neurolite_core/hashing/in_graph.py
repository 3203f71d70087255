"""The hash specification as plain tensor operations: bytes (N, T) to indices (N, L, K).

Float32 arithmetic on integers below 2**24, which float32 holds exactly: the same operations in any runtime give the
same integers. There is no comparison, select, division or data-dependent shape in it, so that converters lower it and
accelerators take it whole: a comparison of integers is a clamped difference, a select is a sum of products, and a
quotient is the product of a number half a unit off every integer, which provably floors right. Sections refer to
``docs/hash-spec.md``.

A cluster is evaluated at its last byte, where all that follows its character has been seen: there, sums that run
forward hold its code, its accents and the cluster before it, and the next cluster begins one byte on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from neurolite_core.hashing.clusters import Clusters
from neurolite_core.hashing.graph_arithmetic import (
    BLOCK,
    divide,
    first_ends,
    fraction,
    in_order,
    in_phases,
    is_fixed,
    minima_of_words,
    mix,
    of_text,
    place_of,
    rows_of,
    running_sums,
    shifted,
)
from neurolite_core.hashing.words import (
    LOW_BASE,
    MAX_HIGH,
    MODULUS,
    SHORT_WORD,
    TAIL_BASE,
    TAIL_BITS,
    TAIL_STEP,
    WORD_BYTES,
    hash_constants,
)
from neurolite_core.text.characters import (
    CLASS_BASE,
    FIRST_TAG_PAGE,
    LAST_PAGE,
    LAST_TAG_PAGE,
    PAGE_SIZE,
    page_tables,
)
from neurolite_core.text.line_breaks import LINE_BREAK, READ_AS
from neurolite_core.text.words import MAX_ACCENT, MAX_CLUSTER, STRAY_BASE

_MOST: Final = 3  # continuation bytes of a character


class GraphHash(nn.Module):
    """Hashes padded UTF-8 bytes to table indices inside the graph.

    What there is once a byte is (N, rows, S), and sums of rows and shifts are products with a small
    constant matrix: converters and accelerators pay for every operation, hardly for its size, and more
    for moving a value to another axis than for computing it.

    Args:
        num_hashes: K, 1 to 64.
        table_size: M; indices are below it.
        max_words: words that ``forward`` gives indices of at most.
        line_breaks: whether line breaks are words (``text.line_breaks``).
    """

    weights: Tensor
    pages: Tensor
    cells: Tensor
    bounds: Tensor
    heads: Tensor
    places: Tensor
    steps: Tensor
    extra: Tensor
    one: Tensor
    three: Tensor
    four: Tensor
    tail_step: Tensor
    moduli: Tensor
    reciprocals: Tensor

    def __init__(
        self, *, num_hashes: int, table_size: int, max_words: int, line_breaks: bool = False
    ) -> None:
        super().__init__()
        self.line_breaks = line_breaks
        self.table_size = table_size
        self.max_words = max_words
        constants = hash_constants()
        pages, cells = page_tables()
        # (1, K, 9): of the lows of previous, own and next, of the three highs, of the own accent, of a row that is
        # 1 where there is a cluster, and nothing of the last row. A 2**18th of the constants: a value's remainder is
        # its fraction.
        weights = torch.zeros(1, num_hashes, 9)
        weights[0, :, :7] = torch.tensor(constants.weights[:num_hashes, [0, 2, 5, 1, 3, 6, 4]])
        weights[0, :, 7] = torch.tensor(constants.offsets[:num_hashes])
        self._constant("weights", weights / MODULUS)
        self._constant("pages", torch.tensor(pages * PAGE_SIZE)[:, None])
        # Two columns: what is added to the code point with the class behind it, and the accent number. A third would
        # cost every file 22 kB.
        self._constant("cells", torch.tensor(cells))
        # decode
        self._constant("bounds", torch.tensor([0x80, 0xC0, 0xE0, 0xF0, 0xF8])[None, :, None] - 1)
        # What is taken off the first byte of one, two, three and four, for the 64 in those behind it as well.
        heads = [0, 0xC0 + 1, 0xE0 + 1 + 1 / 64, 0xF0 + 1 + 1 / 64 + 1 / 4096]
        self._constant("heads", torch.tensor(heads)[None, :, None])
        self._constant("places", 64.0 ** torch.arange(_MOST + 1)[None, :, None])
        self._constant("steps", torch.arange(_MOST)[None, :, None])
        self._constant("extra", torch.arange(1, _MOST + 1)[None, :, None])
        # A tensor, as converters make two operations of a number minus a tensor.
        self._constant("one", torch.ones(1))
        # Sums of rows.
        self._constant("four", torch.ones(1, 1, _MOST + 1))
        self._constant("three", torch.ones(1, 1, _MOST))
        first = torch.zeros(1, 1, num_hashes)
        first[..., 0] = TAIL_STEP * TAIL_BASE
        if MODULUS % table_size == 0:
            first /= table_size
        self._constant("tail_step", first)
        # Of the sums of blocks: word starts, which stay as they are, and the two parts of tails.
        moduli = torch.tensor([2.0**24, TAIL_BASE, TAIL_BASE])[None, :, None]
        self._constant("moduli", moduli)
        self._constant("reciprocals", 1.0 / moduli)

    def _constant(self, name: str, value: Tensor) -> None:
        self.register_buffer(name, value.to(torch.float32), False)

    def forward(self, input_bytes: Tensor) -> tuple[Tensor, Tensor]:
        """Hashes a batch.

        Args:
            input_bytes: uint8 or int32 (N, T), zero-padded UTF-8.

        Returns:
            indices int32 (N, L, K), zero where padded, L the longest kept text but at least 1; and the words of each
            text before the limit ``max_words``, int32 (N).
        """
        return self.of_clusters(self.read_clusters(input_bytes))

    def of_clusters(self, clusters: Clusters) -> tuple[Tensor, Tensor]:
        """The same of clusters that were read."""
        minima, running, tails = self.hash_clusters(clusters)
        longest = int(running[:, -1, -1].max()) if len(running) else 0
        length = max(1, min(longest, self.max_words))
        byte = first_ends(running, length)
        indices, counts = self.select_words(minima, running, tails, byte, length)
        return indices, counts.to(torch.int32)

    def fixed(self, input_bytes: Tensor, length: int) -> tuple[Tensor, Tensor]:
        """The same with L given, for fixed shapes; words beyond L have no indices. Words are float32, for the mask."""
        return self.fixed_of(self.read_clusters(input_bytes), length)

    def fixed_of(self, clusters: Clusters, length: int) -> tuple[Tensor, Tensor]:
        """The same of clusters that were read."""
        minima, running, tails = self.hash_clusters(clusters)
        return self.select_words(minima, running, tails, first_ends(running, length), length)

    def hash_clusters(self, clusters: Clusters) -> tuple[Tensor, Tensor, Tensor]:
        """Section 6.

        Args:
            clusters: of ``read_clusters``.

        Returns:
            float32 (N, K, S + 1), where a word's first cluster ends the word's minimum divided by 2**18, bytes in the
            order of ``minima_of_words``; float32 (N, S / 64, 64), how many words' first clusters end up to each byte;
            float32 (N, 2, S / 64, 64), running sums whose differences mod 4096 are a word's size and its tail's rest.
        """
        rows, accents, inside, starts, _ = clusters
        batch, _, size = rows.shape
        rows = in_phases(rows)
        values = fraction(mix(self.weights, rows))
        value = torch.floor(in_order(values[:, :1]) * (MODULUS / TAIL_BITS))
        summed = torch.cat([starts, (accents + 1.0) * inside, value * inside], dim=1)
        running = running_sums(summed, self.moduli, self.reciprocals)
        ended = running[:, :1].reshape(batch, -1, BLOCK)  # a slice, which XNNPACK takes
        counted = inside
        if size > WORD_BYTES:
            # No word's first cluster ended in the last 64 bytes: this one does not count.
            recent = ended - functional.pad(ended, (0, 0, 1, 0))[:, :-1]
            counted = inside * recent.reshape(batch, 1, size).clamp(max=1.0)
        uncounted = in_phases(self.one - counted)
        minima = minima_of_words(torch.maximum(values, uncounted), rows[:, 8:], self.one)
        return minima, ended, running[:, 1:]

    def read_clusters(self, input_bytes: Tensor, *, lengths: bool = False) -> Clusters:
        """Sections 1 to 5, and what section 6 weighs, of uint8 or int32 (N, T); with clusters' lengths if asked for.

        S is the multiple of 64 next to T, at least 64.
        """
        batch, num_bytes = input_bytes.shape
        size = max(BLOCK, num_bytes + -num_bytes % BLOCK)
        byte = input_bytes.to(torch.float32)
        if self.line_breaks:
            is_break = self.one - (byte - float(LINE_BREAK)).abs().clamp(max=1.0)
            byte = byte + is_break * float(READ_AS - LINE_BREAK)
        byte = byte if is_fixed(size, num_bytes) else functional.pad(byte, (0, size - num_bytes))
        code, sizes, later = self.decode(byte.reshape(batch, 1, size))
        first = self.one - mix(self.three, later)
        char_class, accent, code = self.fold(code)
        char_class, head = self.find_clusters(char_class, first, sizes, later)
        inner = self.one - head
        gates = self.gates(inner)
        ones = [inner + head] if lengths else []
        marked = torch.cat([code * head, char_class, accent * first, *ones], dim=1)
        held = self.carry(marked, gates)  # of its cluster, at each byte
        before = shifted(held[:, :2], [-1])
        continues = self.find_words(char_class, before[:, 1:])
        previous = self.carry(continues * (before[:, :1] + 1.0), gates)
        linked = previous.clamp(max=1.0)
        # Behind the last byte is none that is inside a cluster.
        following = shifted(torch.cat([marked[:, :1] * continues, inner], dim=1), [1])
        held_class = held[:, 1:2].clamp(max=1.0)
        inside = held_class - held_class * following[:, 1:]
        starts = inside - inside * linked
        characters = torch.cat([previous - linked, held[:, :1], following[:, :1]], dim=1)
        upper = torch.floor(characters * (1.0 / LOW_BASE))
        lower = characters - upper * float(LOW_BASE)
        accents = held[:, 2:3].clamp(max=float(MAX_ACCENT))
        joined = self.one - starts
        rows = torch.cat([lower, upper.clamp(max=float(MAX_HIGH)), accents, inside, joined], dim=1)
        return Clusters(rows, accents, inside, starts, held[:, 3:] if lengths else None)

    def decode(self, byte: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Section 2.

        Args:
            byte: (N, 1, S).

        Returns:
            The code point (N, 1, S), right at each character's first byte; 1 where the character has 1, 2, 3 or 4
            bytes (N, 4, S), right there too; and 1 where its first byte is 1, 2 or 3 bytes before (N, 3, S).
        """
        at_least = (byte - self.bounds).clamp(0.0, 1.0)
        # Is a continuation; is the first of two, three, four bytes, if they follow.
        kinds = at_least[:, :4] - at_least[:, 1:]
        # Payload and 64, so that it is 0 where there is no continuation.
        tail = (byte - 64.0) * kinds[:, :1]
        ahead = functional.pad(tail, (0, _MOST))
        size = byte.shape[2]
        one, two, three = (ahead[..., step : step + size] for step in (1, 2, 3))
        both = one * two
        all_there = torch.cat([one, both, both * three], dim=1).clamp(max=1.0)
        longer = kinds[:, 1:] * all_there
        sizes = torch.cat([self.one - mix(self.three, longer), longer], dim=1)
        tails = one * 64.0 + two
        tails = torch.cat(
            [at_least[:, :1] * float(STRAY_BASE), one, tails, tails * 64.0 + three], 1
        )
        code = mix(self.four, ((byte - self.heads) * self.places + tails) * sizes)
        extra = mix(self.three, longer * self.extra)
        back = (shifted(extra, [-1, -2, -3]) - self.steps).clamp(0.0, 1.0)
        return code, sizes, back

    def fold(self, code: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Sections 3 and 4: code point (N, 1, S) to class, accent number and folded code point, (N, 1, S) each."""
        page = torch.floor(code * (1.0 / PAGE_SIZE))
        low = code - page * float(PAGE_SIZE)
        # 0 on the pages of tags, 1 on all others.
        middle, half = (FIRST_TAG_PAGE + LAST_TAG_PAGE) / 2, (LAST_TAG_PAGE - FIRST_TAG_PAGE) / 2
        other = ((page - middle).abs() - half).clamp(0.0, 1.0)
        page = torch.minimum(page, float(LAST_PAGE + 1) - other)
        cells = rows_of(self.cells, rows_of(self.pages, page).reshape(code.shape) + low)
        cells = cells.reshape(len(code), code.shape[2], 2).transpose(1, 2)
        both, accent = cells[:, :1], cells[:, 1:]
        added = torch.floor(both * (1.0 / CLASS_BASE))
        return both - added * float(CLASS_BASE), accent, code + added

    def find_clusters(
        self, char_class: Tensor, first: Tensor, sizes: Tensor, later: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Resolves apostrophes, and takes out what follows another character.

        Args:
            char_class: (N, 1, S), of ``fold``.
            first: (N, 1, S), 1 at each character's first byte.
            sizes: (N, 4, S), of ``decode``.
            later: (N, 3, S), of ``decode``.

        Returns:
            The class resolved at each cluster's first byte, 0 elsewhere; and 1 there. (N, 1, S) each.
        """
        # By the order of the classes: separator, letter, punctuation, isolated, mark, apostrophe, accent, ignorable.
        follower = (char_class - 5.0).clamp(0.0, 1.0)
        letter = self.one - (char_class - 1.0).abs().clamp(max=1.0)
        wordly = (letter + follower) * first
        # On all bytes of the character before, and at the first byte of the character after.
        held = wordly + mix(self.three, shifted(wordly, [-1, -2, -3]) * later)
        after = mix(self.four, shifted(wordly, [1, 2, 3, 4]) * sizes)
        between = shifted(held, [-1]) * after
        apostrophe = (char_class - 4.0).clamp(0.0, 1.0) - follower
        resolved = char_class - apostrophe * (between + 3.0)  # letter 1 or punctuation 2, from 5
        head = first - first * follower
        return resolved * head, head

    def gates(self, inner: Tensor) -> list[Tensor]:
        """1 where no cluster begins in the last 1, 2, 4 ... bytes up to a byte, (N, 1, S) each."""
        found = [inner]
        while 2 ** len(found) < MAX_CLUSTER:
            found.append(found[-1] * shifted(found[-1], [-(2 ** (len(found) - 1))]))
        return found

    def carry(self, x: Tensor, gates: Sequence[Tensor]) -> Tensor:
        """Sums from the cluster's first byte up to each byte, (N, R, S) -> the same, by doubling."""
        for power, gate in enumerate(gates):
            x = x + shifted(x, [-(2**power)]) * gate
        return x

    def find_words(self, own: Tensor, before: Tensor) -> Tensor:
        """Section 5.

        Args:
            own: class of the cluster that begins at a byte, 0 where none does, (N, 1, S).
            before: of the one before it, (N, 1, S).

        Returns:
            1 where the cluster continues the word of the one before it.
        """
        mark = (own - 3.0).clamp(min=0.0)  # the last class that is left
        isolated_or_mark = (own - 2.0).clamp(0.0, 1.0)
        changes = (own - before).abs().clamp(max=1.0)
        begins = torch.maximum(changes, isolated_or_mark) - mark
        return (own.clamp(max=1.0) - begins).clamp(min=0.0) * before.clamp(max=1.0)

    def select_words(
        self, minima: Tensor, running: Tensor, tails: Tensor, byte: Tensor, length: int
    ) -> tuple[Tensor, Tensor]:
        """Section 7: the minima at the first ``length`` word starts, as table indices.

        Args:
            minima: float32 (N, K, S + 1), of ``hash_clusters``.
            running: float32 (N, S / 64, 64), of ``hash_clusters``.
            tails: float32 (N, 2, S / 64, 64), of ``hash_clusters``.
            byte: float32 (N, L + 1, 1), of ``first_ends``.
            length: L.

        Returns:
            indices int32 (N, L, K) and words float32 (N).
        """
        batch, num_hashes, size = minima.shape
        tail = self.tail_at(tails, byte)
        minima = minima.transpose(1, 2).reshape(batch * size, num_hashes)
        found = rows_of(minima, of_text(place_of(byte[:, :length], size - 1), size))
        found = found.reshape(batch, length, num_hashes)  # 0 behind the last word, as tails are
        counts = running[:, -1:, BLOCK - 1 :]  # (N, 1, 1)
        if MODULUS % self.table_size == 0:
            rest = fraction(found * (MODULUS / self.table_size) + tail * self.tail_step)
            indices = rest * float(self.table_size)
        else:
            sums = found * float(MODULUS) + tail * self.tail_step
            indices = sums - divide(sums, self.table_size) * float(self.table_size)
        return indices.to(torch.int32), counts.reshape(batch)

    def tail_at(self, tails: Tensor, byte: Tensor) -> Tensor:
        """The tail of each word.

        Args:
            tails: float32 (N, 2, S / 64, 64), of ``hash_clusters``.
            byte: each word's start, and the next one's, S for the end of the text, (N, L + 1, 1).

        Returns:
            float32 (N, L, 1), divided by 4096.
        """
        batch, rows = len(tails), 2
        # Sums up to but without a byte.
        sums = functional.pad(tails.reshape(batch, rows, -1), (1, 0))
        size = sums.shape[2]
        starts = torch.arange(rows, dtype=torch.float32, device=tails.device)[:, None] * size
        places = of_text(byte.reshape(batch, 1, -1) + starts, rows * size)
        at = rows_of(sums.reshape(-1, 1), places).reshape(batch, rows, -1)
        parts = fraction((at[..., 1:] - at[..., :-1]) * (1.0 / TAIL_BASE))
        own = parts[:, :1]
        long = (own * float(TAIL_BASE) - float(SHORT_WORD)).clamp(0.0, 1.0)
        tail = fraction(own + parts[:, 1:] * long)
        return tail.reshape(batch, -1, 1)

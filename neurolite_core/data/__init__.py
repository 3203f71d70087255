"""Rows from files and datasets, checked, stored and split; no torch."""

from __future__ import annotations

from neurolite_core.data.checks import DataReport as DataReport
from neurolite_core.data.checks import check_store as check_store
from neurolite_core.data.corpus import Corpus as Corpus
from neurolite_core.data.duplicates import kept_rows as kept_rows
from neurolite_core.data.readers import open_source as open_source
from neurolite_core.data.rows import Row as Row
from neurolite_core.data.rows import RowSource as RowSource
from neurolite_core.data.rows import Source as Source
from neurolite_core.data.showing import show_report as show_report
from neurolite_core.data.splitting import split_rows as split_rows
from neurolite_core.data.store import TextStore as TextStore
from neurolite_core.data.store import open_store as open_store
from neurolite_core.data.store_writer import build_store as build_store

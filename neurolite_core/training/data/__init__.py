"""Rows from files and datasets, checked, stored for training, and split."""

from __future__ import annotations

from neurolite_core.training.data.checks import DataReport as DataReport
from neurolite_core.training.data.checks import check_store as check_store
from neurolite_core.training.data.corpus import Corpus as Corpus
from neurolite_core.training.data.duplicates import kept_rows as kept_rows
from neurolite_core.training.data.readers import open_source as open_source
from neurolite_core.training.data.rows import Row as Row
from neurolite_core.training.data.rows import RowSource as RowSource
from neurolite_core.training.data.rows import Source as Source
from neurolite_core.training.data.showing import show_report as show_report
from neurolite_core.training.data.splitting import split_rows as split_rows
from neurolite_core.training.data.store import TextStore as TextStore
from neurolite_core.training.data.store import open_store as open_store
from neurolite_core.training.data.store_writer import build_store as build_store

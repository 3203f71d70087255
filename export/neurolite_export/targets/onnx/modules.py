"""Modules that this target computes in another way.

torch.onnx lowers every module that there is; the projection becomes one op after quantization (``row_sum.py``). The
wide path is one op from the start (``wide_logits.py``), as are a memory's recall and its write (``recall.py``,
``slot_write.py``) and states that go on (``selective_states.py``), and rules are two (``rule_ops.py``); their places
are held until these are written.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from torch import nn

from neurolite_core.network.experts import ChosenProduct
from neurolite_core.network.memory.retrieval import Recall, Weighted
from neurolite_core.network.memory.slots import SlotWrite
from neurolite_core.network.rule_effects import RuleEffects
from neurolite_core.network.rules import TextRules
from neurolite_core.network.selective_states import SelectiveStates
from neurolite_core.network.wide import WidePath
from neurolite_export.chosen import GatheredProduct
from neurolite_export.computed import weighted
from neurolite_export.replacing import Lowering, Replacement
from neurolite_export.targets.onnx.recall import RecallPlace
from neurolite_export.targets.onnx.rule_ops import RuleEffectsPlace, TextRulesPlace
from neurolite_export.targets.onnx.selective_states import SelectiveStatesPlace
from neurolite_export.targets.onnx.slot_write import SlotWritePlace
from neurolite_export.targets.onnx.wide_logits import WidePlace


def _wide_place(module: WidePath, _: Lowering) -> nn.Module:
    return WidePlace(module)


def _gathered_product(module: ChosenProduct, _: Lowering) -> nn.Module:
    return GatheredProduct(module)


def _text_rules(module: TextRules, _: Lowering) -> nn.Module:
    return TextRulesPlace(module)


def _rule_effects(module: RuleEffects, _: Lowering) -> nn.Module:
    return RuleEffectsPlace(module) if module.num_parts else module


def _recall(_: Recall, __: Lowering) -> nn.Module:
    return RecallPlace()


def _slot_write(_: SlotWrite, __: Lowering) -> nn.Module:
    return SlotWritePlace()


def _selective_states(_: SelectiveStates, __: Lowering) -> nn.Module:
    return SelectiveStatesPlace()


REPLACEMENTS: Final[Mapping[type[nn.Module], Replacement]] = MappingProxyType(
    {
        WidePath: _wide_place,
        ChosenProduct: _gathered_product,
        TextRules: _text_rules,
        RuleEffects: _rule_effects,
        Recall: _recall,
        Weighted: weighted,
        SlotWrite: _slot_write,
        SelectiveStates: _selective_states,
    }
)

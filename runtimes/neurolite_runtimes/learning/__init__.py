"""Learning on the device: labels that a user teaches by examples, in a file that every platform reads; numpy alone.

Example::

    from neurolite_runtimes.learning import Learner

    with Learner.open("neurolite-english-int8.onnx", "mine.nls") as learner:
        learner.add("restaurant", "book a table")
        answer = learner.classify("a table for two, please")
        print(answer.label, answer.score, answer.abstained, answer.evidence)
"""

from __future__ import annotations

from neurolite_runtimes.learning.answering import Answer as Answer
from neurolite_runtimes.learning.answering import Evidence as Evidence
from neurolite_runtimes.learning.answering import Side as Side
from neurolite_runtimes.learning.header import Settings as Settings
from neurolite_runtimes.learning.learner import Learner as Learner
from neurolite_runtimes.learning.listing import Label as Label
from neurolite_runtimes.learning.rebuilding import rebuild as rebuild
from neurolite_runtimes.learning.rebuilding import repair as repair
from neurolite_runtimes.learning.scoring import WAYS as WAYS

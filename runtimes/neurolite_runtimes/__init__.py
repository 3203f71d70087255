"""Opens exported models and runs them: bytes in, answer out; never imports torch.

Example::

    from neurolite_runtimes import abstains, open_artifact, run, top_answers

    session = open_artifact("neurolite-tiny-int8.onnx")
    logits = run(session, ["book a table for two"]).values["logits"]
    print(top_answers(logits, session.metadata.labels, 1))
    print(abstains(logits, session.metadata.threshold))  # True: better not act on it

Of a model of several labels a text (``session.metadata.task`` is "multi_label")::

    print(given_answers(logits, session.metadata.labels, session.metadata.threshold))

Of a model that finds spans (``session.metadata.spans`` is not None)::

    texts = ["wake me at seven"]
    for span in spans_of(run(session, texts), texts, session.metadata)[0]:
        print(span.type, span.text, span.start, span.end, span.score)

Of a model that keeps a state (``session.metadata.state`` is not empty)::

    conversation = Conversation(session)
    conversation.remember("Alice is an engineer living in Paris.")
    logits = conversation.ask("Where does she live?").values["logits"]
"""

import neurolite_start as neurolite_start  # first, see there

# isort: split
# Before anything imports onnxruntime: with any part of the core, its telemetry is switched off.
from neurolite_core.ground import connections as connections
from neurolite_runtimes.answers import Answer as Answer
from neurolite_runtimes.answers import abstains as abstains
from neurolite_runtimes.answers import given_answers as given_answers
from neurolite_runtimes.answers import top_answers as top_answers
from neurolite_runtimes.conversation import Conversation as Conversation
from neurolite_runtimes.opening import open_artifact as open_artifact
from neurolite_runtimes.session import Outputs as Outputs
from neurolite_runtimes.session import Session as Session
from neurolite_runtimes.session import run as run
from neurolite_runtimes.spans import Span as Span
from neurolite_runtimes.spans import spans_of as spans_of

"""What stands beside a pane: the same text before fine-tuning, and what each head adds to one class or another."""

from dataclasses import dataclass, replace

import numpy as np

from workbench.errors import ModelError
from workbench.explain.joining import groupings
from workbench.explain.pane import Pane
from workbench.explain.reading import Reading, encode
from workbench.models.encoder import load_base


@dataclass(frozen=True)
class Origin:
    """The encoder that a classifier was made from: ``model`` gives attentions."""

    name: str
    tokenizer: object
    model: object


def origin(classifier) -> Origin:
    """Load what ``classifier`` was made from, as its card says.

    Raises:
        ModelError: the card names no base, or it cannot be loaded here.
    """
    if not (name := classifier.card.get("base")):
        raise ModelError(f"the card of {classifier.card.get('name', 'the model')} names no base; train it with 21_fine_tune")
    base = load_base(name)
    return Origin(base.name, base.tokenizer(), base.encoder(attention=True).eval())


def before(made_from: Origin, classifier, reading: Reading) -> Pane:
    """The attention of the encoder that ``classifier`` was made from, on the same text.

    Raises:
        ModelError: it cuts the text into other tokens, so that heads cannot be compared word by word.
    """
    import torch

    given = encode(classifier, reading.text)
    if made_from.tokenizer.convert_ids_to_tokens(given["input_ids"][0].tolist()) != reading.tokens:
        raise ModelError(f"{made_from.name} reads other tokens than {classifier.card.get('name', 'the model')}: it is not "
                         "what the model was made from; name that one")
    with torch.inference_mode():
        out = made_from.model(**given, output_attentions=True)
    weights = torch.stack(out.attentions)[:, 0].numpy()
    return Pane("before fine-tuning", replace(reading, attentions=weights), weights, groups=groupings(reading))


def for_classes(classifier, reading: Reading, labels: tuple[str, str]) -> list[Pane]:
    """Two panes: attention × its gradient towards the logit of each label, positive part, of every layer and head (Barkan et
    al. 2021, "Grad-SAM", equation 4, before it is summed). Attention itself knows no class; this does.

    Raises:
        ModelError: a label that the model does not know.
    """
    import torch

    for label in labels:
        if label not in classifier.labels:
            raise ModelError(f"the model knows no label {label!r}; it knows {', '.join(classifier.labels)}")
    with torch.enable_grad():
        out = classifier.model(**encode(classifier, reading.text), output_attentions=True)
        found = [torch.autograd.grad(out.logits[0, classifier.labels.index(label)], out.attentions, retain_graph=True)
                 for label in labels]
    attention = torch.stack(out.attentions)[:, 0].detach().numpy()
    return [Pane(f"for {label}", reading, np.maximum(attention * torch.stack(gradient)[:, 0].numpy(), 0),
                 "attention × gradient", groupings(reading)) for label, gradient in zip(labels, found, strict=True)]

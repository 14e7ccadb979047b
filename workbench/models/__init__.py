"""Models: labelled texts, linear and BERT classifiers, their scores, their folders, scoring of files."""

from workbench.models.card import read_card
from workbench.models.classifier import Classifier
from workbench.models.encoder import Base, EncoderClassifier, load_base
from workbench.models.finetune import Recipe, fit_encoder
from workbench.models.linear import LinearClassifier, fit_linear
from workbench.models.metrics import Scores, evaluate
from workbench.models.store import load_classifier, save_classifier, save_task
from workbench.models.textset import LabelledTexts, split, text_hash

__all__ = ["Base", "Classifier", "EncoderClassifier", "LabelledTexts", "LinearClassifier", "Recipe", "Scores", "evaluate",
           "fit_encoder", "fit_linear", "load_base", "load_classifier", "read_card", "save_classifier", "save_task",
           "split", "text_hash"]

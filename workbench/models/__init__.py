"""Models: labelled texts, linear, latent and BERT classifiers, pre-training, scores, folders, scoring of files."""

import os

# Threads that wait by spinning take the cores from others: on two busy cores training was ten times slower.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # read when torch is loaded, so set before

from workbench.models.card import describe, read_card
from workbench.models.classifier import Classifier
from workbench.models.compress import CompressedEncoder, compress
from workbench.models.device import native
from workbench.models.distil import Study, distil, distil_linear
from workbench.models.encoder import Base, EncoderClassifier, load_base
from workbench.models.finetune import Recipe, fit_encoder
from workbench.models.forms import Form, Forms, compare_forms
from workbench.models.latent import FEWEST_TEXTS as FEWEST_LATENT_TEXTS
from workbench.models.latent import LatentClassifier, Meaning, fit_latent, learn_meaning, refit_latent
from workbench.models.linear import LinearClassifier, fit_linear, refit_linear
from workbench.models.metrics import Scores, evaluate
from workbench.models.pooled import PooledClassifier, fit_pooled
from workbench.models.pretrain import FEWEST_TEXTS as FEWEST_PRETRAINING_TEXTS
from workbench.models.pretrain import Practice, Pretrained, pretrain
from workbench.models.prior import Reweighed, Shares, reweigh, shares_in
from workbench.models.score import Reading, Scored, score_file
from workbench.models.settle import Settled, settle
from workbench.models.shift import Divided, divide, move
from workbench.models.store import load_classifier, load_fast, load_remembering, save_classifier, save_task
from workbench.models.task import Trained, train_task
from workbench.models.textset import LabelledTexts, split, text_hash

__all__ = ["FEWEST_LATENT_TEXTS", "FEWEST_PRETRAINING_TEXTS", "Base", "Classifier", "CompressedEncoder", "Divided",
           "EncoderClassifier", "Form", "Forms", "LabelledTexts", "LatentClassifier", "LinearClassifier", "Meaning",
           "PooledClassifier", "Practice", "Pretrained", "Reading", "Recipe", "Reweighed", "Scored", "Scores",
           "Settled", "Shares", "Study", "Trained", "compare_forms", "compress", "describe", "distil", "distil_linear",
           "divide", "evaluate", "fit_encoder", "fit_latent", "fit_linear", "fit_pooled", "learn_meaning", "load_base",
           "load_classifier", "load_fast", "load_remembering", "move", "native", "pretrain", "read_card", "refit_latent",
           "refit_linear", "reweigh", "save_classifier", "save_task", "score_file", "settle", "shares_in", "split",
           "text_hash", "train_task"]

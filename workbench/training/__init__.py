"""Training: can an encoder learn this shop's language, and how well do models read its texts?"""

from workbench.training.finding import finding
from workbench.training.fine_tuning import Lessons, Taught, bases, gather, save, teach
from workbench.training.pretraining import Learnt, learn, pretraining_finding, read_texts

__all__ = ["Learnt", "Lessons", "Taught", "bases", "finding", "gather", "learn", "pretraining_finding", "read_texts", "save",
           "teach"]

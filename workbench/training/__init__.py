"""Training: can an encoder learn this shop's own language, how well and how fast do models read its texts, and
what is worth a label?"""

from workbench.training.compressing import Compressed, Stored, compress, compression_finding, stored
from workbench.training.finding import finding
from workbench.training.fine_tuning import Lessons, Taught, bases, gather, meanings, save, teach
from workbench.training.labelling import Labelling
from workbench.training.labelling_finding import labelling_finding, progress
from workbench.training.pretraining import Learnt, learn, pretraining_finding, read_texts
from workbench.training.queue import Queue, next_texts

__all__ = ["Compressed", "Labelling", "Learnt", "Lessons", "Queue", "Stored", "Taught", "bases", "compress",
           "compression_finding", "finding", "gather", "labelling_finding", "learn", "meanings", "next_texts",
           "pretraining_finding", "progress", "read_texts", "save", "stored", "teach"]

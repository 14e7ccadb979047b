"""What reviewers say of explained texts: kept, taken from files, counted, and turned into labels."""

from workbench.verdicts.agreement import Kappa, kappa, pairs, rates
from workbench.verdicts.exchange import FORMAT, VERSION, Sent, accept, read_file
from workbench.verdicts.objections import corrections, implied, latest, marked
from workbench.verdicts.store import LONGEST_NAME, LONGEST_NOTE, Merged, Verdict, card_hash, give, history, take_back

__all__ = ["FORMAT", "LONGEST_NAME", "LONGEST_NOTE", "VERSION", "Kappa", "Merged", "Sent", "Verdict", "accept", "card_hash",
           "corrections", "give", "history", "implied", "kappa", "latest", "marked", "pairs", "rates", "read_file",
           "take_back"]

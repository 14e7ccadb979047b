"""Figures: a result table in, a plotly figure out. One file for each answer, one look for all (``look``)."""

from workbench.figures.explain import attention_head, attention_heads, faithfulness, word_weights
from workbench.figures.needs import needs_changed, needs_ranked
from workbench.figures.opinions import aspects_judged, complaints_of_products
from workbench.figures.shop import engagement, funnel
from workbench.figures.training import calibration, confusions, fast_forms, held_out, labels_won, learning, pretraining

__all__ = ["aspects_judged", "attention_head", "attention_heads", "calibration", "complaints_of_products",
           "confusions", "engagement", "faithfulness", "fast_forms", "funnel", "held_out", "labels_won", "learning",
           "needs_changed", "needs_ranked", "pretraining", "word_weights"]

"""Figures: a result table in, a plotly figure out. One file for each answer, one look for all (``look``)."""

from workbench.figures.explain import attention_head, attention_heads, faithfulness, word_weights
from workbench.figures.needs import needs_changed, needs_ranked
from workbench.figures.shop import engagement, funnel

__all__ = ["attention_head", "attention_heads", "engagement", "faithfulness", "funnel", "needs_changed", "needs_ranked",
           "word_weights"]

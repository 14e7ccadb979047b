"""Why a model says so: attention, attributions, and whether either may be believed."""

from workbench.explain.attribution import METHODS, rollout
from workbench.explain.desk import Desk
from workbench.explain.explore import explore
from workbench.explain.faithfulness import Faithfulness, faithfulness, random_orders, verdict
from workbench.explain.finding import finding
from workbench.explain.reading import Reading, read
from workbench.explain.reviewers import Answers, Offer, answers, offer, with_answers
from workbench.explain.views import page, save_page, show
from workbench.explain.week import Explained, attribute, compare_methods, explain, load_models

__all__ = ["METHODS", "Answers", "Desk", "Explained", "Faithfulness", "Offer", "Reading", "answers", "attribute",
           "compare_methods", "explain", "explore", "faithfulness", "finding", "load_models", "offer", "page",
           "random_orders", "read", "rollout", "save_page", "show", "verdict", "with_answers"]

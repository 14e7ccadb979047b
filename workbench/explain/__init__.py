"""Why a model says so: attention, attributions, and whether either may be believed."""

from workbench.explain.attribution import METHODS, Method, methods_of
from workbench.explain.comparison import compare_methods, default
from workbench.explain.desk import Desk
from workbench.explain.explore import explore
from workbench.explain.faithfulness import Faithfulness, faithfulness, random_orders, truth, verdict
from workbench.explain.finding import finding
from workbench.explain.gradients import rollout
from workbench.explain.reading import Reading, read
from workbench.explain.reviewers import Answers, Offer, answers, offer, with_answers
from workbench.explain.views import page, save_page, show
from workbench.explain.week import Explained, attribute, explain, explain_quotations, load_models

__all__ = ["METHODS", "Answers", "Desk", "Explained", "Faithfulness", "Method", "Offer", "Reading", "answers", "attribute",
           "compare_methods", "default", "explain", "explain_quotations", "explore", "faithfulness", "finding",
           "load_models", "methods_of", "offer", "page", "random_orders", "read", "rollout", "save_page", "show", "truth",
           "verdict", "with_answers"]

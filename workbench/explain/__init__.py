"""Why a model says so: attention, attributions, and whether either may be believed."""

from workbench.explain.attribution import METHODS, Method, methods_of
from workbench.explain.bertviz_views import bertviz_page, neurons
from workbench.explain.canvas import Frame, page, save_page
from workbench.explain.compare import before, for_classes, origin
from workbench.explain.comparison import compare_methods, default
from workbench.explain.desk import Desk
from workbench.explain.explore import explore
from workbench.explain.faithfulness import Faithfulness, faithfulness, random_orders, truth, verdict
from workbench.explain.finding import finding
from workbench.explain.gradients import rollout
from workbench.explain.heads import measures, moved, over_corpus
from workbench.explain.pages import Views, save_views, views
from workbench.explain.pane import Pane
from workbench.explain.picture import svg
from workbench.explain.reading import Reading, read
from workbench.explain.reviewers import Answers, Offer, answers, offer, with_answers
from workbench.explain.week import Explained, explain, explain_quotations, load_models

__all__ = ["METHODS", "Answers", "Desk", "Explained", "Faithfulness", "Frame", "Method", "Offer", "Pane", "Reading", "Views",
           "answers", "before", "bertviz_page", "compare_methods", "default", "explain", "explain_quotations",
           "explore", "faithfulness", "finding", "for_classes", "load_models", "measures", "methods_of", "moved",
           "neurons", "offer", "origin", "over_corpus", "page", "random_orders", "read", "rollout", "save_page",
           "save_views", "svg", "truth", "verdict", "views", "with_answers"]

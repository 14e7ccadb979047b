"""What customers talk about and how they like it: keywords and sentiment by product and aspect."""

from workbench.opinions.aspects import by_aspect, standing_out, worse_than_elsewhere
from workbench.opinions.finding import finding, most_spoken, shown
from workbench.opinions.keywords import keywords, log_odds, worded
from workbench.opinions.reviews import Judged, against_stars, by_subject, contradictions, judge
from workbench.opinions.scope import categorised, names_of, whose
from workbench.text.terms import terms

__all__ = ["Judged", "against_stars", "by_aspect", "by_subject", "categorised", "contradictions", "finding", "judge",
           "keywords", "log_odds", "most_spoken", "names_of", "shown", "standing_out", "terms", "whose", "worded",
           "worse_than_elsewhere"]

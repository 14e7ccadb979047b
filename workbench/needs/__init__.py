"""What customers ask for: sentences to needs, ranked, with evidence and an improvement measure each."""

from workbench.needs.aspects import aspect_of
from workbench.needs.background import Background, background
from workbench.needs.change import change
from workbench.needs.detect import Read, load_aspects, load_moods, load_readers, read_reviews
from workbench.needs.explore import explore
from workbench.needs.finding import finding, kinds
from workbench.needs.group import Groups, group
from workbench.needs.learnt import AspectReader, learn_aspects

__all__ = ["AspectReader", "Background", "Groups", "Read", "aspect_of", "background", "change", "explore", "finding",
           "group", "kinds", "learn_aspects", "load_aspects", "load_moods", "load_readers",
           "read_reviews"]

"""What customers ask for: sentences to needs, ranked, with evidence and an improvement measure each."""

from workbench.needs.aspects import aspect_of
from workbench.needs.change import change
from workbench.needs.detect import Read, load_readers, read_reviews
from workbench.needs.explore import explore
from workbench.needs.finding import finding, kinds
from workbench.needs.group import Groups, group, product_names

__all__ = ["Groups", "Read", "aspect_of", "change", "explore", "finding", "group", "kinds",
           "load_readers", "product_names", "read_reviews"]

"""The contract of every table: its columns, types, units, key, and what in it is personal.

RAW tables are filled from a source's files by ``source.yml``; DERIVED ones are written by notebooks.
Both are read through ``Week.read`` and written through ``Week.write``, which check them. Those of behaviour stand in
``workbench.tables.behaviour``.
"""

from workbench.errors import TableError
from workbench.tables.behaviour import BEHAVIOUR
from workbench.tables.columns import (
    BEHAVIOURS,
    DTYPES,
    ISO_WEEK,
    LANGUAGES,
    NEED_KINDS,
    READINGS,
    SENTIMENTS,
    VERDICTS,
    Column,
    Table,
)
from workbench.tables.columns import (
    customer as _customer,
)
from workbench.tables.columns import (
    language as _language,
)
from workbench.tables.columns import (
    measured as _measured,
)
from workbench.tables.columns import (
    span as _span,
)

__all__ = ["BEHAVIOURS", "DERIVED", "DTYPES", "ISO_WEEK", "LANGUAGES", "NEED_KINDS", "RAW", "RAW_NAMES", "READINGS",
           "SENTIMENTS", "TABLES", "VERDICTS", "Column", "Table", "contract"]

RAW = (
    Table("events", "one action of a customer on an item", (
        _customer(),
        Column("item", "text", "product code"),
        Column("category", "text", "category code or name", required=False),
        Column("behaviour", "text", "what was done", allowed=BEHAVIOURS),
        Column("time", "time", "when"),
    ), sorted_by=("customer", "time")),
    Table("orders", "one line of an order; a negative quantity is a cancellation or return", (
        Column("order", "text", "order number: a pseudonym after the door", personal="id"),
        _customer(required=False),
        Column("item", "text", "product code"),
        Column("name", "text", "product name as printed on the line", required=False, personal="text"),
        Column("quantity", "integer", "pieces; negative: returned"),
        Column("price", "number", "price of a piece", unit="currency", minimum=0),
        Column("time", "time", "when"),
        Column("country", "text", "country of delivery", required=False),
    ), sorted_by=("customer", "time")),
    Table("products", "one product of the catalogue", (
        Column("product", "text", "product code"),
        Column("name", "text", "name", personal="text"),
        Column("name_zh", "text", "Chinese name", required=False, personal="text"),
        Column("category", "text", "category", required=False),
        Column("price", "number", "list price", unit="currency", required=False, minimum=0),
        Column("attributes", "text", "attributes as a JSON object", required=False),
        Column("description", "text", "description", required=False, personal="text"),
        Column("description_zh", "text", "Chinese description", required=False, personal="text"),
    ), key=("product",)),
    Table("reviews", "one review", (
        Column("review", "text", "review number"),
        Column("product", "text", "product code", required=False),
        Column("category", "text", "category", required=False),
        _customer(required=False),
        Column("time", "time", "when", required=False),
        Column("rating", "number", "stars", required=False, minimum=0, maximum=5),
        Column("title", "text", "title", required=False, personal="text"),
        Column("text", "text", "what was written", personal="text"),
        _language(required=False),
    ), key=("review",)),
    Table("assignments", "one customer drawn into one arm of one experiment", (
        Column("experiment", "text", "experiment"),
        _customer(),
        Column("arm", "text", "arm"),
        Column("time", "time", "when the customer was drawn", required=False),
        Column("platform", "text", "device or app on which the customer was drawn", required=False),
        Column("country", "text", "country, region or city of the customer", required=False),
        Column("channel", "text", "where the customer came from, like search or e-mail", required=False),
        Column("segment", "text", "another group known before the draw, like new or returning", required=False),
    )),
    Table("exposures", "one time that a customer saw the change under test", (
        Column("experiment", "text", "experiment"),
        _customer(),
        Column("time", "time", "when", required=False),
    )),
    Table("changes", "one group that a change without a control group came to", (
        Column("change", "text", "the change"),
        Column("time", "time", "from when on"),
        Column("by", "text", "what tells the groups apart", allowed=("item", "category", "country")),
        Column("behaviour", "text", "what customers should do more of; empty: buy", required=False, allowed=BEHAVIOURS),
        Column("affected", "text", "a group it came to; empty: all of them", required=False),
    )),
    Table("outcomes", "one measured value of a customer in an experiment", (
        Column("experiment", "text", "experiment"),
        _customer(),
        Column("metric", "text", "what was measured"),
        Column("value", "number", "its value"),
        Column("base", "number", "what the value is measured on, where the metric is a ratio of sums, as clicks per "
               "impression", required=False, minimum=0),
        Column("time", "time", "when", required=False),
    )),
    Table("labelled_texts", "one text with one label for one task", (
        Column("text", "text", "the text", personal="text"),
        Column("label", "text", "its label"),
        Column("task", "text", "what is labelled: sentiment, needs, suggestion, ..."),
        _language(required=False),
        Column("split", "text", "train, validation or test where the source says so", required=False,
               allowed=("train", "validation", "test")),
        Column("product", "text", "product code, or the group to keep on one side of a split", required=False),
    )),
)

_EXPLAINED = (
    Column("task", "text", "what the model reads: sentiment, needs, ..."),
    _language(),
    Column("text", "text", "the text, masked", personal="text"),
    Column("product", "text", "product code", required=False),
    Column("rule", "text", "why it was chosen"),
    Column("card", "text", "which model: 16 characters of the SHA-256 of its card"),
    Column("label", "text", "what the model says"),
    Column("probability", "number", "its probability", minimum=0, maximum=1),
)

DERIVED = (
    Table("intake", "one raw file and what became of its rows: rows = kept + duplicates + quarantined", (
        Column("table", "text", "table it fills"),
        Column("file", "text", "file"),
        Column("rows", "integer", "rows read", minimum=0),
        Column("kept", "integer", "rows kept", minimum=0),
        Column("duplicates", "integer", "rows identical to an earlier one", minimum=0),
        Column("quarantined", "integer", "rows outside the contract", minimum=0),
    ), key=("table", "file")),
    Table("quarantine", "one raw row outside the contract", (
        Column("table", "text", "table it was meant for"),
        Column("file", "text", "file"),
        Column("line", "integer", "line of the file where the row starts, from 1", minimum=1),
        Column("column", "text", "column that breaks the rule; empty for the whole row", required=False),
        Column("value", "text", "its value; never of a personal column", required=False, personal="text"),
        Column("reason", "text", "which rule it breaks"),
        Column("raw", "text", "the line; what may be personal by its shape: digits as 9, letters as a, Chinese signs as 字",
               required=False),
    )),
    *BEHAVIOUR,
    Table("vocabulary", "one word of the texts", (
        _language(),
        Column("word", "text", "word, lower case"),
        Column("count", "integer", "how often", minimum=1),
        Column("texts", "integer", "in how many texts", minimum=1),
    ), key=("language", "word")),
    Table("sentences", "one sentence of a review and the kind of need it expresses", (
        Column("review", "text", "review number"),
        Column("sentence", "integer", "place in the review, from 0", minimum=0),
        *_span(),
        Column("text", "text", "the sentence, masked", personal="text"),
        _language(),
        Column("product", "text", "product code", required=False),
        Column("category", "text", "category", required=False),
        Column("week", "week", "ISO week of the review; empty where undated", required=False),
        Column("kind", "text", "need it expresses", allowed=(*NEED_KINDS, "none")),
        Column("probability", "number", "the model's probability of the kind", minimum=0, maximum=1),
        Column("aspect", "text", "aspect it is about", required=False),
    ), key=("review", "sentence")),
    Table("needs", "one need of the weeks read: a kind about an aspect of a product, a category or the shop", (
        Column("need", "text", "identity, the same in every week"),
        Column("rank", "integer", "place in the ranking, from 1", minimum=1),
        Column("kind", "text", "kind", allowed=NEED_KINDS),
        Column("aspect", "text", "aspect"),
        Column("subject", "text", "readable name of the product, category or shop"),
        Column("product", "text", "product code; empty: several", required=False),
        Column("category", "text", "category", required=False),
        Column("phrase", "text", "the need in its customers' words, masked", personal="text"),
        Column("reviews", "integer", "reviews that express it", minimum=1),
        Column("scope_reviews", "integer", "reviews of the product or category", minimum=1),
        Column("share", "number", "reviews / scope_reviews", minimum=0, maximum=1),
        Column("share_ci_lower", "number", "95% interval", minimum=0, maximum=1),
        Column("share_ci_upper", "number", "95% interval", minimum=0, maximum=1),
        Column("week_reviews", "integer", "reviews of the week that express it", minimum=0),
        Column("previous_reviews", "integer", "reviews of the week before", minimum=0),
        Column("earlier_reviews", "integer", "reviews of all earlier weeks read", minimum=0),
        Column("week_share", "number", "of the week's reviews of the shop", required=False, minimum=0, maximum=1),
        Column("earlier_share", "number", "of the shop's reviews of the earlier weeks", required=False, minimum=0,
               maximum=1),
        Column("p_value", "number", "of no change, adjusted for many needs", required=False, minimum=0, maximum=1),
        Column("new", "boolean", "never voiced in any earlier week, which is no chance"),
        Column("customers", "integer", "customers who express it; a review without one stands for its own", minimum=1),
        *_measured("strength", "mean share of the stars that they held back; empty without ratings", maximum=1),
        *_measured("revenue", "what they spent so far; empty without orders", unit="currency", minimum=None),
        Column("kind_share", "number", "of the subject's reviews that express any need of the kind", minimum=0, maximum=1),
        *_measured("kind_share_without", "the same if this need went, at best", maximum=1),
        Column("arm_reviews", "number", "reviews an arm of a test needs to see it halved", required=False, minimum=1),
        Column("test_weeks", "number", "how long that takes at today's pace", unit="weeks", required=False, minimum=1),
        Column("measure", "text", "improvement measure: team, change, effect at best, test, evidence"),
    ), key=("need",)),
    Table("evidence", "one sentence that stands behind a need", (
        Column("need", "text", "need"),
        Column("review", "text", "review number"),
        Column("sentence", "integer", "place in the review, from 0", minimum=0),
        *_span(),
        Column("quotation", "text", "the sentence, masked", personal="text"),
        _language(),
    ), key=("need", "review", "sentence")),
    Table("keywords", "a word or phrase that reviews of one product, category or aspect hold far more often than others", (
        Column("by", "text", "what the subject is", allowed=("product", "category", "aspect")),
        Column("subject", "text", "product code, category or aspect"),
        Column("name", "text", "its readable name"),
        _language(),
        Column("rank", "integer", "place among the subject's words of the language, from 1", minimum=1),
        Column("term", "text", "the word or phrase", personal="text"),
        Column("reviews", "integer", "reviews of the subject that hold it", minimum=1),
        Column("subject_reviews", "integer", "reviews of the subject", minimum=1),
        *_measured("share", "reviews / subject_reviews", maximum=1),
        Column("share_elsewhere", "number", "of the reviews of all other subjects", minimum=0, maximum=1),
        *_measured("log_odds", "log of the odds ratio against all others, with a Dirichlet prior", minimum=None),
        Column("z", "number", "log_odds / its standard error; ranks"),
        Column("p_value", "number", "of no difference, one-sided, adjusted", minimum=0, maximum=1),
    ), key=("by", "subject", "language", "term")),
    Table("aspect_sentiment", "how one aspect of one product or category, or of all, is spoken of", (
        Column("by", "text", "what the subject is", allowed=("shop", "product", "category")),
        Column("subject", "text", "product code or category; shop: all"),
        Column("name", "text", "its readable name"),
        Column("aspect", "text", "aspect"),
        Column("reviews", "integer", "reviews that speak of it", minimum=1),
        Column("positive", "integer", "reviews that praise it", minimum=0),
        Column("negative", "integer", "reviews that complain of it", minimum=0),
        Column("mixed", "integer", "reviews that do both", minimum=0),
        *_measured("positive_share", "positive / reviews", maximum=1),
        *_measured("negative_share", "negative / reviews", maximum=1),
        Column("negative_elsewhere", "number", "the same of other subjects; empty for the shop", required=False,
               minimum=0, maximum=1),
        Column("p_value", "number", "of no difference to elsewhere, adjusted", required=False, minimum=0, maximum=1),
        Column("stars", "number", "mean stars of these reviews; empty without", required=False, minimum=0, maximum=5),
    ), key=("by", "subject", "aspect")),
    Table("review_sentiment", "one review, as the model of sentiment reads it, beside its stars", (
        Column("review", "text", "review number"),
        Column("product", "text", "product code", required=False),
        Column("category", "text", "category", required=False),
        _language(),
        Column("week", "week", "ISO week of the review; empty where undated", required=False),
        Column("sentiment", "text", "what its words say", allowed=SENTIMENTS),
        Column("probability", "number", "the model's probability of that", minimum=0, maximum=1),
        Column("rating", "number", "stars", required=False, minimum=0, maximum=5),
        Column("by_stars", "text", "what its stars say: up to 2, 3, from 4", required=False, allowed=SENTIMENTS),
    ), key=("review",)),
    Table("effects", "the effect of one arm on one metric of one experiment", (
        Column("experiment", "text", "experiment"),
        Column("metric", "text", "metric"),
        Column("arm", "text", "arm compared with the control"),
        Column("customers", "integer", "customers in the arm and the control", minimum=0),
        Column("control", "number", "value in the control; empty where withheld", required=False),
        Column("treatment", "number", "value in the arm", required=False),
        Column("abs_effect", "number", "treatment - control", required=False),
        Column("abs_ci_lower", "number", "95% interval", required=False),
        Column("abs_ci_upper", "number", "95% interval", required=False),
        Column("rel_effect", "number", "effect / control, 0.1 is 10%", required=False),
        Column("rel_ci_lower", "number", "95% interval", required=False),
        Column("rel_ci_upper", "number", "95% interval", required=False),
        Column("p_value", "number", "two-sided, of no effect, adjusted for several arms", required=False, minimum=0,
               maximum=1),
        Column("withheld", "text", "why no effect is shown; empty where it is", required=False),
    ), key=("experiment", "metric", "arm")),
    Table("labels", "one label that an analyst gave to one text; of several for a text the last one stands", (
        Column("entry", "text", "identity of the row"),
        Column("text", "text", "the text, masked", personal="text"),
        Column("label", "text", "the label given"),
        Column("task", "text", "what is labelled: sentiment, needs, suggestion, ..."),
        _language(),
        Column("product", "text", "product code", required=False),
        Column("who", "text", "who gave it: initials or a pseudonym", required=False),
        Column("time", "time", "when"),
        Column("guess", "text", "the model's label at that time; empty without a model", required=False),
        Column("probability", "number", "its probability", required=False, minimum=0, maximum=1),
        Column("picked", "text", "how the text was picked; objected: a reviewer of explanations corrected the model",
               allowed=("uncertain", "random", "objected")),
    ), key=("entry",), lasts="source"),
    Table("verdicts", "what one reviewer says of one explained text; of several on the same model the last one stands", (
        Column("entry", "text", "identity of the row"),
        Column("reviewer", "text", "who: initials or a pseudonym"),
        Column("time", "time", "when"),
        Column("week", "week", "ISO week whose report explained the text"),
        *_EXPLAINED,
        Column("verdict", "text", "whether reviewers think so too; wrong words: the label is right, what explains it is not",
               allowed=VERDICTS),
        Column("right_label", "text", "what the label should be; empty unless they disagree", required=False),
        Column("note", "text", "remark, masked", required=False, personal="text"),
        Column("words", "list", "which words are wrong, in order, as pairs: the place of the first character in the text, "
               "from 0, and of the one behind the last; none where none was marked", required=False),
    ), key=("entry",), lasts="source"),
    Table("explained_texts", "one text put before reviewers, as one model read it; the week's earlier models stay", (
        Column("number", "text", "what the week's pages call it, as en-1"),
        *_EXPLAINED,
        Column("labels", "list", "all labels of the model"),
    ), key=("task", "text", "card")),
    Table("explanations", "one word of one explained text by one method", (
        Column("text", "text", "identity of the explained text"),
        Column("method", "text", "method"),
        Column("position", "integer", "place of the word, from 0", minimum=0),
        Column("word", "text", "the word, masked", personal="text"),
        Column("score", "number", "its weight"),
    ), key=("text", "method", "position")),
)

TABLES: dict[str, Table] = {table.name: table for table in (*RAW, *DERIVED)}
RAW_NAMES: tuple[str, ...] = tuple(table.name for table in RAW)


def contract(name: str) -> Table:
    """The contract of the table ``name``.

    >>> contract("events").names
    ['customer', 'item', 'category', 'behaviour', 'time']
    """
    try:
        return TABLES[name]
    except KeyError:
        raise TableError(f"no table is called {name!r}; there are {', '.join(TABLES)}") from None

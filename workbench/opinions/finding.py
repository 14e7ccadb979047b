"""The finding of ``32_keywords``: which words tell products and aspects apart, and which aspects please or annoy."""

import pandas as pd

from workbench import models
from workbench.figures import opinions as charts
from workbench.findings import Exhibit, Finding, Tile
from workbench.opinions.aspects import SHOP, WHOLE, standing_out, worse_than_elsewhere
from workbench.opinions.keywords import worded
from workbench.opinions.reviews import AGREE_LABELS, ALLOWED_LABELS, SUBJECT_LABELS, Judged, against_stars
from workbench.tables import Week
from workbench.text import LANGUAGE_NAMES

QUESTION = "What do customers talk about, and how do they like it?"
SHOWN = 14  # rows of a table and of the figure
ASPECT_LABELS = {"aspect": "Aspect", "reviews": "Reviews | ,.0f", "complain": "Complain (95% interval)",
                 "praise": "Praise (95% interval)", "stars": "Stars | .1f"}
WORD_LABELS = {"name": "About", "language": "Language", "words": "Telling words (reviews that hold them)"}
APART_LABELS = {"name": "About", "aspect": "Aspect", "reviews": "Reviews | ,.0f", "complain": "Complain (95% interval)",
                "negative_elsewhere": "Elsewhere | .0%", "p_value": "Adjusted p | .3f"}
AGAINST_LABELS = {"text": "Review", "rating": "Stars | .0f", "sentiment": "Words read as", "probability": "Sure | .0%",
                  "language": "Language"}
#: balanced accuracy of praise against complaint in sentences of products held out, 95% interval over products:
#: ``python -m tests.benchmarks.opinions polarity``
POLARITY = {"en": (.66, .61, .70), "zh": (.75, .67, .84)}


def finding(week: Week, words: pd.DataFrame, liked: pd.DataFrame, subjects: pd.DataFrame, judged: Judged,
            against: pd.DataFrame) -> Finding:
    """Keywords, aspects, products and words against stars in one finding.

    Args:
        words: table ``keywords``.
        liked: table ``aspect_sentiment``.
        subjects: products or categories (:func:`workbench.opinions.by_subject`).
        against: reviews whose words and stars say the opposite (:func:`workbench.opinions.contradictions`).
    """
    aspects = most_spoken(liked)
    agreed = against_stars(judged.reviews)
    return Finding(
        notebook="32_keywords", question=QUESTION, sentence=" ".join(_sentences(words, liked, aspects, agreed)),
        table=shown(aspects)[list(ASPECT_LABELS)] if len(aspects) else None, labels=ASPECT_LABELS,
        figure=charts.aspects_judged(aspects) if len(aspects) else None,
        caption="Share of the reviews that speak of an aspect, in brackets, that complain of it and that praise it, with "
                "Wilson's 95% interval; some do both, the rest wish or ask. The aspects most "
                "spoken of, the worst balance first.",
        sources=["reviews", "sentences", *filter(week.has, ["products"]), "keywords", "aspect_sentiment",
                 "review_sentiment"],
        how_sure=_how_sure(words, judged, agreed), caveats=_caveats(liked, judged), tiles=_tiles(aspects),
        exhibits=_exhibits(words, liked, subjects, judged, agreed, against))


def most_spoken(liked: pd.DataFrame) -> pd.DataFrame:
    """The shop's aspects that most reviews speak of, the worst balance first; without what has no name."""
    shop = liked[((liked["by"] == SHOP) & ~liked["aspect"].isin(WHOLE)).to_numpy(dtype=bool)]
    most = shop.sort_values(["reviews", "aspect"], ascending=[False, True]).head(SHOWN)
    order = (most["negative_share"] - most["positive_share"]).rename("order")
    return most.join(order).sort_values(["order", "aspect"], ascending=[False, True], ignore_index=True).drop(
        columns="order")


def shown(liked: pd.DataFrame) -> pd.DataFrame:
    """Rows of ``aspect_sentiment`` with their shares in words: ``complain`` and ``praise``."""
    def told(side: str) -> list[str]:
        return [f"{share:.0%} ({low:.0%} to {high:.0%})" for share, low, high in zip(
            *(liked[f"{side}_share{part}"] for part in ("", "_ci_lower", "_ci_upper")), strict=True)]

    return liked.assign(aspect=liked["aspect"].str.replace("_", " "), complain=told("negative"), praise=told("positive"))


def _sentences(words: pd.DataFrame, liked: pd.DataFrame, aspects: pd.DataFrame, agreed: pd.DataFrame) -> list[str]:
    lines = []
    if len(aspects):
        worst, best = (aspects.loc[aspects[f"{side}_share_ci_lower"].idxmax()] for side in ("negative", "positive"))
        lines.append(f"Of the {_many(len(aspects), 'aspect')} most spoken of, customers complain most surely of "
                     f"{_share_of(worst, 'negative')} and praise most surely {_share_of(best, 'positive')}.")
    worse = standing_out(liked)
    worse = worse[(worse["negative_share"] > worse["negative_elsewhere"]).to_numpy(dtype=bool)]
    if len(worse):
        told = "; ".join(f"{row['name']}, {_share_of(row, 'negative')}, elsewhere {row['negative_elsewhere']:.0%}"
                         for _, row in worse.head(3).iterrows())
        lines.append(f"They complain more than of the same aspect elsewhere, beyond chance, of {told}.")
    products = words[(words["by"] != "aspect").to_numpy(dtype=bool)]
    if len(products):
        first = products.sort_values(["z", "subject", "term"], ascending=[False, True, True]).iloc[0]
        lines.append(f"{_many(len(products), 'telling word')} of {_many(products['subject'].nunique(), first['by'])}, "
                     f"first “{first['term']}” for {first['name']} ({first['reviews']:,} of {first['subject_reviews']:,} "
                     f"reviews, {first['share_elsewhere']:.1%} elsewhere).")
    elif len(subjects := liked.loc[(liked["by"] != SHOP).to_numpy(dtype=bool), "by"]):
        lines.append(f"No word tells a {subjects.iloc[0]} apart by more than chance.")
    if len(agreed):
        told = " and ".join(f"{row.opposite:.0%} of {row.reviews:,} {LANGUAGE_NAMES[row.language]}"
                            for row in agreed.itertuples())
        lines.append(f"Words and stars say the opposite in {told} reviews.")
    return lines or ["No aspect is spoken of often enough, nor does a word tell one product or category from another."]


def _share_of(row, side: str) -> str:
    return (f"{row['aspect'].replace('_', ' ')} ({row[f'{side}_share']:.0%} of {row['reviews']:,} reviews, 95% interval "
            f"{row[f'{side}_share_ci_lower']:.0%} to {row[f'{side}_share_ci_upper']:.0%})")


def _many(count: int, what: str) -> str:
    plural = what.removesuffix("y") + "ies" if what.endswith("y") else what + "s"
    return f"{count:,} {what if count == 1 else plural}"


def _how_sure(words: pd.DataFrame, judged: Judged, agreed: pd.DataFrame) -> list[str]:
    lines = ["Keywords are ranked by the log-odds ratio against all other reviews over its standard error (Monroe et al. "
             f"2008) and listed where Fisher's exact test leaves 5% false among them (Benjamini–Hochberg); {len(words):,} "
             "are. A review counts once for a word."]
    lines += [f"{LANGUAGE_NAMES[language]} reviews are read by {models.describe(card)}"
              for language, card in judged.cards.items()]
    lines += [f"{LANGUAGE_NAMES[row.language]}: the model and the stars agree in {row.agree:.0%} of {row.reviews:,} reviews "
              f"(95% interval {row.agree_ci_lower:.0%} to {row.agree_ci_upper:.0%}); kappa "
              f"{'has no meaning here' if pd.isna(row.kappa) else f'{row.kappa:.2f}, 0 is chance'}."
              for row in agreed.itertuples()]
    return lines


def _caveats(liked: pd.DataFrame, judged: Judged) -> list[str]:
    told = "; ".join(f"{LANGUAGE_NAMES[language]} {value:.0%} ({low:.0%} to {high:.0%})"
                     for language, (value, low, high) in POLARITY.items())
    lines = ["Whether a sentence praises or complains is told by the model of needs, which does that better than the model "
             f"of sentiment: right on the sample shop's held-out products in {told}; 50% is chance."]
    for language, seen in judged.seen.items():
        if seen:
            lines.append(f"{seen:,} {LANGUAGE_NAMES[language]} reviews stood in the model's training set; on those it is "
                         "better than on new ones.")
    for language, one in judged.shares.items():
        if not one.explains:
            lines.append(f"{LANGUAGE_NAMES[language]} reviews are unlike the texts that chose the model of sentiment: no "
                         f"shares of the labels explain what it says of them (p = {one.explained:.3f}), so how far its "
                         "counts are off cannot be told; stars, where there are any, are the better guide.")
    for language, reviews in judged.unread.items():
        lines.append(f"The sentiment of {reviews:,} reviews in {LANGUAGE_NAMES.get(language, language)} was not read: no "
                     f"model sentiment_{language}; 21_fine_tune makes it.")
    if not (liked["by"] != SHOP).any():
        lines.append("No product or category is spoken of often enough to be told apart, or the reviews name none.")
    if len(judged.reviews) and judged.reviews["rating"].isna().all():
        lines.append("This source has no stars: words are held against nothing.")
    return lines


def _tiles(aspects: pd.DataFrame) -> list[Tile]:
    if not len(aspects):
        return []
    worst = aspects.loc[aspects["negative_share_ci_lower"].idxmax()]
    return [Tile("Most complained of", worst["aspect"].replace("_", " "), interval=(
        f"{worst['negative_share']:.0%} of {worst['reviews']:,} reviews, 95% interval "
        f"{worst['negative_share_ci_lower']:.0%} to {worst['negative_share_ci_upper']:.0%}"))]


def _exhibits(words: pd.DataFrame, liked: pd.DataFrame, subjects: pd.DataFrame, judged: Judged, agreed: pd.DataFrame,
              against: pd.DataFrame) -> list[Exhibit]:
    found, aspect = [], (words["by"] == "aspect").to_numpy(dtype=bool)
    apart = "categories" if (words["by"] == "category").any() else "products"
    for title, part in ((f"Words that tell {apart} apart", ~aspect), ("Words of each aspect", aspect)):
        told = worded(words[part])
        if len(told):
            found.append(Exhibit(title, "Words and phrases that its reviews hold far more often than all others of the "
                                 "language; those of its own name are left out.", table=told, labels=WORD_LABELS))
    worse = worse_than_elsewhere(liked)
    if len(worse):
        found.append(Exhibit("What customers complain of more than elsewhere", "Share of the reviews that speak of an "
                             f"aspect of {apart}, in brackets, that complain of it, with Wilson's 95% interval, beside "
                             "the same aspect of all others; the surest difference first. p: Fisher's exact test, "
                             "two-sided, adjusted by Benjamini–Hochberg; what is not below 0.05 may be chance.",
                             charts.complaints_of_products(worse), shown(worse)[list(APART_LABELS)], APART_LABELS))
    if len(subjects):
        found.append(Exhibit("Sentiment beside stars", "Share of the reviews that the model of sentiment reads as negative "
                             "and positive, as it labels them, with Wilson's 95% interval, which knows nothing of its "
                             "mistakes; mean stars, and share with two or fewer.",
                             table=subjects.head(SHOWN), labels=SUBJECT_LABELS))
    if len(judged.allowed):
        found.append(Exhibit("Sentiment, the model's mistakes allowed for", "Shares of the reviews that the model has not "
                             "learnt from. Labels counted as read lean to the shares it learnt from; what it says of "
                             "held-out texts of each label tells the shares behind them. The 95% interval allows for chance "
                             "in the reviews and in what is known of the mistakes.",
                             table=judged.allowed.replace({"language": LANGUAGE_NAMES}), labels=ALLOWED_LABELS))
    if len(agreed):
        found.append(Exhibit("How often words and stars agree",
                             "Stars: up to two negative, three neutral, from four positive.",
                             table=agreed.replace({"language": LANGUAGE_NAMES}), labels=AGREE_LABELS))
    if len(against):
        found.append(Exhibit("Words against stars", "Where the model is surest of the opposite of the stars. Either errs: "
                             "read them before believing one.",
                             table=against.replace({"language": LANGUAGE_NAMES}), labels=AGAINST_LABELS))
    return found

"""The finding of ``30_user_needs``: what customers ask for, how it changed, and what to do about it."""

import pandas as pd

from workbench import figures, models
from workbench.findings import Exhibit, Finding, Tile
from workbench.needs.detect import NONE, Read
from workbench.needs.group import ASKING, Groups
from workbench.needs.measures import about
from workbench.tables import Week
from workbench.text import LANGUAGE_NAMES

QUESTION = "What do customers ask for, and what should we change?"
NEED_LABELS = {"rank": "# | .0f", "need": "Need", "phrase": "In their words", "voiced": "Reviews, share (95 % interval)",
               "measure": "What to do"}
CHANGE_LABELS = {"need": "Need", "week_reviews": "Reviews this week | ,.0f",
                 "previous_reviews": "Week before | ,.0f", "earlier_reviews": "All weeks before | ,.0f",
                 "week_share": "Share this week | .1%", "earlier_share": "Share before | .1%", "p_value": "Adjusted p | .3f"}
EVIDENCE_LABELS = {"need": "Need", "review": "Review", "quotation": "Quotation", "language": "Language"}
KIND_LABELS = {"kind": "Kind", "language": "Language", "sentences": "Sentences | ,.0f", "reviews": "Reviews | ,.0f",
               "share": "Of the reviews | .1%", "share_ci_lower": "95 % interval | .1%", "share_ci_upper": "to | .1%"}


def finding(week: Week, read: Read, groups: Groups, top: int = 10) -> Finding:
    """What customers ask for, in one computed sentence, with the table of the ``top`` needs."""
    asked = groups.needs[groups.needs["kind"].isin(ASKING)].head(top)
    return Finding(
        notebook="30_user_needs", question=QUESTION, sentence=" ".join(_sentences(week, groups, asked)),
        table=_shown(asked), labels=NEED_LABELS,
        figure=figures.needs_ranked(asked) if len(asked) else None, caption=_caption(groups),
        sources=["reviews", "sentences", "needs", "evidence"], how_sure=_how_sure(read, groups),
        caveats=_caveats(read, groups), tiles=_tiles(groups), exhibits=_exhibits(read, groups, asked, top))


def kinds(sentences: pd.DataFrame) -> pd.DataFrame:
    """Sentences and reviews of each kind and language, with Wilson's 95 % interval of the share of reviews."""
    from statsmodels.stats.proportion import proportion_confint

    rows = []
    for language, part in sentences.groupby("language"):
        of = part["review"].nunique()
        for kind, voiced in part[(part["kind"] != NONE).to_numpy(dtype=bool)].groupby("kind"):
            reviews = voiced["review"].nunique()
            rows.append((kind, language, len(voiced), reviews, reviews / of,
                         *proportion_confint(reviews, of, method="wilson")))
    return pd.DataFrame(rows, columns=list(KIND_LABELS))


def _sentences(week: Week, groups: Groups, asked: pd.DataFrame) -> list[str]:
    span = f"the {len(groups.weeks)} weeks to {week.week}" if len(groups.weeks) > 1 else (
        f"week {week.week}" if groups.weeks else "all reviews, which bear no date")
    lines = [f"No need was voiced often enough to be listed in {span} ({groups.reviews:,} reviews read)."]
    if len(asked):
        first = asked.iloc[0]
        lines = [f"{groups.expressing:,} of {groups.reviews:,} reviews in {span} voice a need; first come {_name(first)}: "
                 f"“{first['phrase']}” ({first['reviews']} of {first['scope_reviews']} reviews, 95 % interval "
                 f"{first['share_ci_lower']:.0%} to {first['share_ci_upper']:.0%})."]
    moved = groups.moved
    for word, part in (("more", moved[moved["week_share"] > moved["earlier_share"]]),
                       ("less", moved[moved["week_share"] < moved["earlier_share"]])):
        if len(part):
            named = "; ".join(f"{_name(row)} ({row['previous_reviews']} → {row['week_reviews']} reviews)"
                              for _, row in part.head(3).iterrows())
            lines.append(f"Voiced {word} than before: {named}{f' and {len(part) - 3} more' * (len(part) > 3)}.")
    if groups.this_week and groups.earlier and not len(moved):
        lines.append("No need changed against the weeks before by more than chance would explain.")
    return lines


def _name(need) -> str:
    kind = {"missing_information": "questions about", "complaint": "complaints about", "wish": "wishes about",
            "praise": "praise of"}[need["kind"]]
    return f"{kind} {about(need['aspect'], need['subject'])}"


def _caption(groups: Groups) -> str:
    return ("A need is one kind about one aspect of one product. A review counts once for a need. Shares are of that "
            "product's reviews, with Wilson's 95 % interval."
            + (f" Counted over {', '.join(groups.weeks)}." if groups.weeks else ""))


def _how_sure(read: Read, groups: Groups) -> list[str]:
    lines = [f"{groups.reviews:,} reviews were read, {groups.this_week:,} of them of the week and {groups.earlier:,} of "
             "the weeks before."]
    for language, card in read.cards.items():
        lines.append(f"{LANGUAGE_NAMES[language]} is read by {models.describe(card)}")
    if groups.tested:
        lines.append("Changes: Fisher's exact test on the shares of the shop's reviews in the week and in the weeks before, "
                     f"adjusted for {groups.tested:,} tests (Benjamini–Hochberg, 5 %).")
    return lines


def _caveats(read: Read, groups: Groups) -> list[str]:
    lines = []
    for language, seen in read.seen.items():
        of = int((read.sentences["language"] == language).sum())
        if seen:
            lines.append(f"{seen:,} of {of:,} {LANGUAGE_NAMES[language]} sentences stood in the model's training set; on "
                         "those it is better than on new ones.")
    for language, reviews in read.unread.items():
        lines.append(f"{reviews:,} reviews in {LANGUAGE_NAMES.get(language, language)} were not read: no model of needs.")
    if groups.single:
        lines.append(f"{groups.single:,} needs voiced by too few reviews are not listed; the table sentences has them.")
    lines.append("Aspects are told by words (needs/aspects.yml). On the sample shop they agree with people in 3 of 10 "
                 "sentences; what names no known word is counted for the product, without an aspect.")
    return lines


def _tiles(groups: Groups) -> list[Tile]:
    if not groups.reviews:
        return []
    asks = groups.needs[groups.needs["kind"].isin(ASKING)]
    moved = groups.moved[groups.moved["kind"].isin(ASKING)]
    up = int((moved["week_share"] > moved["earlier_share"]).sum())
    return [Tile("Needs voiced", f"{len(asks):,}", f"{up} growing" if groups.tested else "",
                 "the weeks before" if groups.tested else "", up == 0 if groups.tested else None)]


def _exhibits(read: Read, groups: Groups, asked: pd.DataFrame, top: int) -> list[Exhibit]:
    found, moved = [], groups.moved.head(top)
    if len(moved):
        found.append(Exhibit("What changed", "Share of all the shop's reviews that voice the "
                             "need, this week and in the weeks before; p-values of Fisher's exact test, adjusted by "
                             "Benjamini–Hochberg. Without an aspect: all of that kind about the product.",
                             figures.needs_changed(moved), _moves(moved), CHANGE_LABELS))
    quoted = groups.evidence[groups.evidence["need"].isin(asked["need"])].groupby("need", sort=False).head(3)
    if len(quoted):
        names = dict(zip(asked["need"], [_name(row) for _, row in asked.iterrows()], strict=True))
        found.append(Exhibit("In their own words", "Up to three sentences a need, those the model is surest of; personal "
                             "data are masked.", table=quoted.assign(need=quoted["need"].map(names))[list(EVIDENCE_LABELS)],
                             labels=EVIDENCE_LABELS))
    praised = groups.needs[(groups.needs["kind"] == "praise").to_numpy(dtype=bool)].head(top)
    if len(praised):
        found.append(Exhibit("What customers praise", "Worth keeping, and worth saying.", table=_shown(praised),
                             labels=NEED_LABELS))
    found.append(Exhibit("Kinds and languages", "Sentences and reviews of each kind, over all weeks of the source.",
                         table=kinds(read.sentences).replace({"kind": {"missing_information": "missing information"}}),
                         labels=KIND_LABELS))
    return found


def _shown(needs: pd.DataFrame) -> pd.DataFrame:
    voiced = [f"{row.reviews} of {row.scope_reviews}, {row.share:.0%} "
              f"({row.share_ci_lower:.0%} to {row.share_ci_upper:.0%})" for row in needs.itertuples()]
    return needs.assign(need=_names(needs), voiced=voiced)[list(NEED_LABELS)]


def _moves(moved: pd.DataFrame) -> pd.DataFrame:
    return moved.assign(need=_names(moved))[list(CHANGE_LABELS)]


def _names(needs: pd.DataFrame) -> list[str]:
    return [_name(row)[0].upper() + _name(row)[1:] for _, row in needs.iterrows()]

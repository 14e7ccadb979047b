"""The finding of ``30_user_needs``: what customers ask for, how it changed, and what to do about it."""

import pandas as pd

from workbench import models
from workbench.figures import needs as charts
from workbench.findings import Exhibit, Finding, Tile
from workbench.needs.advice import ADVICE, WARNING
from workbench.needs.aspects import WORDED
from workbench.needs.detect import ASKING, NONE, Read
from workbench.needs.group import Groups
from workbench.needs.learnt import AGREEMENT
from workbench.needs.measures import EVIDENCE, about
from workbench.needs.stars import GAIN
from workbench.needs.weigh import MOST_STARS
from workbench.privacy.suppress import told, too_few
from workbench.tables import Week
from workbench.text import LANGUAGE_NAMES
from workbench.uncertainty import with_interval

MANY = 1000  # reviews: from here a share is told to a tenth of a percent
QUESTION = "What do customers ask for, and what should we change?"
NEED_LABELS = {"rank": "# | .0f", "need": "Need, in their words", "voiced": "Who says so (95% intervals)",
               "measure": "What to do"}
CHANGE_LABELS = {"need": "Need", "week_reviews": "Reviews this week | ,.0f",
                 "previous_reviews": "Week before | ,.0f", "earlier_reviews": "All weeks before | ,.0f",
                 "week_share": "Share this week | .1%", "earlier_share": "Share before | .1%", "p_value": "Adjusted p | p"}
GONE_LABELS = {"need": "Need", "weeks": "Weeks of silence | .0f", "silent_reviews": "Reviews of it since | ,.0f",
               "voiced": "Voiced before | ,.0f", "reviews": "Of reviews before | ,.0f", "p_value": "Adjusted p | p"}
EVIDENCE_LABELS = {"need": "Need", "review": "Review", "quotation": "Quotation", "language": "Language"}
KIND_LABELS = {"kind": "Kind", "language": "Language", "sentences": "Sentences | ,.0f", "reviews": "Reviews | ,.0f",
               "share": "Of the reviews | .1%", "share_ci_lower": "95% interval | .1%", "share_ci_upper": "to | .1%"}


def finding(week: Week, read: Read, groups: Groups, top: int = 10) -> Finding:
    """What customers ask for, in one computed sentence, with the table of the ``top`` needs."""
    asked = groups.needs[groups.needs["kind"].isin(ASKING)].head(top)
    return Finding(
        notebook="30_user_needs", question=QUESTION, sentence=" ".join(_sentences(week, read, groups, asked)),
        table=_shown(asked, week.source.currency), labels=NEED_LABELS,
        figure=charts.needs_ranked(asked) if len(asked) else None, caption=_caption(groups),
        sources=["reviews", *filter(week.has, ("products", "orders")), "sentences", "needs", "evidence"],
        how_sure=_how_sure(read, groups), caveats=_caveats(read, groups), tiles=_tiles(groups),
        exhibits=_exhibits(week, read, groups, asked, top))


def kinds(sentences: pd.DataFrame) -> pd.DataFrame:
    """Sentences and reviews of each kind and language, with Wilson's 95% interval of the share of reviews."""
    rows = []
    for language, part in sentences.groupby("language"):
        of = part["review"].nunique()
        for kind, voiced in part[(part["kind"] != NONE).to_numpy(dtype=bool)].groupby("kind"):
            reviews = voiced["review"].nunique()
            share = with_interval("share", reviews, of).values()
            rows.append((kind, LANGUAGE_NAMES[language], len(voiced), reviews, *share))
    return pd.DataFrame(rows, columns=list(KIND_LABELS))


def _sentences(week: Week, read: Read, groups: Groups, asked: pd.DataFrame) -> list[str]:
    if read.sentences.empty and read.unread:
        others = " and ".join(f"{count:,} are in {LANGUAGE_NAMES.get(name, name)}" for name, count in read.unread.items())
        return [f"No review was read: {others}, and no model of needs reads that."]
    span = f"the {len(groups.weeks)} weeks to {week.week}" if len(groups.weeks) > 1 else (
        f"week {week.week}" if groups.weeks else "all reviews, which bear no date")
    lines = [f"No need was voiced often enough to be listed in {span} ({groups.reviews:,} reviews read)."]
    if len(asked):
        first = asked.iloc[0]
        within = f" in {span}" if groups.weeks else ", which bear no date,"
        lines = [f"{groups.expressing:,} of {groups.reviews:,} reviews{within} wish, complain or ask; first come "
                 f"{_name(first)}: “{first['phrase']}” ({_share(first, ', 95% interval ')})."]
    moved = groups.moved
    for word, part in (("more", moved[moved["week_share"] > moved["earlier_share"]]),
                       ("less", moved[moved["week_share"] < moved["earlier_share"]])):
        if len(part):
            named = "; ".join(f"{_name(row)} ({row['previous_reviews']} → {row['week_reviews']} reviews)"
                              for _, row in part.head(3).iterrows())
            lines.append(f"Voiced {word} than before: {named}{f' and {len(part) - 3} more' * (len(part) > 3)}.")
    for word, part in (("Never voiced before", groups.needs[groups.needs["new"].to_numpy(dtype=bool)]),
                       ("No longer voiced", groups.gone)):
        part = part[part["kind"].isin(ASKING).to_numpy(dtype=bool)]
        if len(part):
            named = "; ".join(_name(row) for _, row in part.head(3).iterrows())
            lines.append(f"{word}: {named}{f' and {len(part) - 3} more' * (len(part) > 3)}.")
    if groups.this_week and groups.earlier and not len(moved):
        lines.append("No need changed against the weeks before by more than chance would explain.")
    return lines


def _name(need) -> str:
    kind = {"missing_information": "questions about", "complaint": "complaints about", "wish": "wishes about",
            "praise": "praise of"}[need["kind"]]
    return f"{kind} {about(need['aspect'], need['subject'])}"


def _caption(groups: Groups) -> str:
    return ("A need is one kind about one aspect of one product (or category, where the source names no product); sentences "
            "that say the same are joined. A review counts once for a need. Shares are of that product's reviews, with "
            "Wilson's 95% interval. In the order of customers × what they spent × (1 + share of the stars "
            "that they held back); needs that name no aspect come last."
            + (f" Counted over {', '.join(groups.weeks)}." if groups.weeks else ""))


def _how_sure(read: Read, groups: Groups) -> list[str]:
    dated = f", {groups.this_week:,} of them of the week and {groups.earlier:,} of the weeks before" if groups.weeks else ""
    lines = [f"{groups.reviews:,} reviews were read{dated}."]
    for language, card in read.cards.items():
        lines.append(f"{LANGUAGE_NAMES[language]} is read by {models.describe(card)}")
    if read.starred:
        won = "; ".join(f"{LANGUAGE_NAMES[language]} from {before:.2f} to {after:.2f} (won {low:.2f} to {high:.2f})"
                        for language, (before, after, low, high) in GAIN.items() if language in read.cards)
        lines.append(f"For {read.starred:,} sentences the stars of their review help to tell the kind; macro F1 on ten "
                     f"products held out: {won}.")
    if read.felt:
        lines.append(f"{read.felt:,} reviews have no stars; the sentiment that the source's own model reads in them helps "
                     "to tell the kinds of their sentences.")
    if groups.tested:
        lines.append("Changes: Fisher's exact test on the shares of the shop's reviews in the week and in the weeks before, "
                     f"adjusted for {groups.tested:,} tests (Benjamini–Hochberg, 5%). New and gone needs: "
                     "against all weeks before, on the reviews of the product, adjusted likewise.")
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
    if read.answered:
        hold = "reviews hold" if read.answered > 1 else "review holds"
        lines.append(f"{read.answered:,} {hold} the shop's answer too; it is not read.")
    if read.to_others:
        lines.append(f"{sum(read.to_others.values()):,} sentences read like wishes but speak to other customers: "
                     f"{read.to_others.get(ADVICE, 0):,} advise and do not count, {read.to_others.get(WARNING, 0):,} warn "
                     "and count as complaints.")
    if groups.single:
        lines.append(f"{groups.single:,} needs voiced by too few reviews are not listed; the table sentences has them.")
    for column, lacking in (("revenue", "orders: what customers spent is not known and does not count"),
                            ("strength", "stars: how unhappy customers are is not known and does not count")):
        if groups.needs[column].isna().all() and len(groups.needs):
            lines.append(f"This source has no {lacking} in the ranking.")
    if read.reviews["customer"].isna().all():
        lines.append("The reviews name no customers: each counts as one of its own.")
    told = "; ".join(f"{LANGUAGE_NAMES[language]} {value:.0%} ({low:.0%} to {high:.0%})"
                     for language, (value, low, high) in AGREEMENT.items() if language in read.cards)
    if told:
        lines.append("Aspects are learnt from the sample shop's texts; on products held out they agree with people in: "
                     f"{told}. A need's name may be off: read its quotations before acting.")
    own = read.discovered.loc[~read.discovered["aspect"].isin(WORDED), "aspect"].drop_duplicates()
    if len(own):
        lines.append(f"{len(own):,} aspect{'s' * (len(own) > 1)} found in these texts, named by their words: "
                     f"{', '.join(own.head(10))}{', …' * (len(own) > 10)}.")
    if read.aspects_seen:
        lines.append(f"{read.aspects_seen:,} sentences are among those that aspects were learnt from, where told better.")
    return lines


def _tiles(groups: Groups) -> list[Tile]:
    if not groups.reviews:
        return []
    asks = groups.needs[groups.needs["kind"].isin(ASKING)]
    moved = groups.moved[groups.moved["kind"].isin(ASKING)]
    up = int((moved["week_share"] > moved["earlier_share"]).sum())
    fresh = int(asks["new"].sum())
    grown = f"{up} growing" + f", {fresh} new" * (fresh > 0)
    return [Tile("Needs voiced", f"{len(asks):,}", grown if groups.tested else "",
                 "the weeks before" if groups.tested else "")]


def _exhibits(week: Week, read: Read, groups: Groups, asked: pd.DataFrame, top: int) -> list[Exhibit]:
    found, moved = [], groups.moved.head(top)
    if len(moved):
        found.append(Exhibit("What changed", "Share of all the shop's reviews that voice the "
                             "need, this week and in the weeks before; p-values of Fisher's exact test, adjusted by "
                             "Benjamini–Hochberg. Without an aspect: all of that kind about the product.",
                             charts.needs_changed(moved), _moves(moved), CHANGE_LABELS, folded=False))
    if len(groups.gone):
        gone = groups.gone.head(top)
        found.append(Exhibit("What went away", "Needs that no review of the product voices any more, and the p-value that "
                             "this is chance (Fisher's exact test, one-sided, adjusted by Benjamini–Hochberg).",
                             table=gone.assign(need=_names(gone))[list(GONE_LABELS)], labels=GONE_LABELS))
    quoted = groups.evidence[groups.evidence["need"].isin(asked["need"])].groupby("need", sort=False).head(3)
    if len(quoted):
        names = dict(zip(asked["need"], [_name(row) for _, row in asked.iterrows()], strict=True))
        found.append(Exhibit("In their own words", "Up to three sentences a need, those the model is surest of; personal "
                             "data are masked.", table=quoted.assign(
                                 need=quoted["need"].map(names), language=quoted["language"].map(LANGUAGE_NAMES)
                             )[list(EVIDENCE_LABELS)], labels=EVIDENCE_LABELS))
    praised = groups.needs[(groups.needs["kind"] == "praise").to_numpy(dtype=bool)].head(top)
    if len(praised):
        found.append(Exhibit("What customers praise", "Worth keeping, and worth saying.",
                             table=_shown(praised, week.source.currency), labels=NEED_LABELS))
    found.append(Exhibit("Kinds and languages", "Sentences and reviews of each kind, over all weeks of the source.",
                         table=kinds(read.sentences).replace({"kind": {"missing_information": "missing information"}}),
                         labels=KIND_LABELS))
    return found


def _shown(needs: pd.DataFrame, currency: str) -> pd.DataFrame:
    names = [f"{'New: ' * bool(new)}{name}: “{phrase}”"
             for name, new, phrase in zip(_names(needs), needs["new"], needs["phrase"], strict=True)]
    told = [text.partition(EVIDENCE)[0] for text in needs["measure"]]  # its reviews stand with their quotations
    return needs.assign(need=names, measure=told,
                        voiced=[_voiced(row, currency) for row in needs.itertuples()])[list(NEED_LABELS)]


def _voiced(need, currency: str) -> str:
    said = [_share(need)]
    if too_few(need.customers):
        said.append(f"{told(need.customers)} customers")
    elif pd.notna(need.revenue):
        said.append(f"{told(need.customers)} customers who spent {currency} "
                    f"{need.revenue:,.0f} ({need.revenue_ci_lower:,.0f} to {need.revenue_ci_upper:,.0f})")
    if pd.notna(need.strength):
        stars, low, high = (MOST_STARS * (1 - held_back) for held_back in (
            need.strength, need.strength_ci_upper, need.strength_ci_lower))
        low = max(low, min(stars, 1.0))  # few scales go below one star
        said.append(f"they gave {stars:.1f} of {MOST_STARS} stars ({low:.1f} to {high:.1f})")
    return "; ".join(said)


def _share(need, interval: str = "") -> str:
    share, low, high = (format(value, ".1%" if need.scope_reviews >= MANY else ".0%")
                        for value in (need.share, need.share_ci_lower, need.share_ci_upper))
    span = f"{interval}{low} to {high}" if interval else f" ({low} to {high})"
    return f"{need.reviews:,} of {need.scope_reviews:,} reviews, {share}{span}"


def _moves(moved: pd.DataFrame) -> pd.DataFrame:
    return moved.assign(need=_names(moved))[list(CHANGE_LABELS)]


def _names(needs: pd.DataFrame) -> list[str]:
    return [_name(row)[0].upper() + _name(row)[1:] for _, row in needs.iterrows()]

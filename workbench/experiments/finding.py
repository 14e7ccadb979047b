"""The finding of ``50_ab_conversion``: the decisions in words, the effects, and all that stands behind them."""

import json

from workbench.experiments import planner, tables
from workbench.experiments.exhibits import AXIS, deeper
from workbench.experiments.looks import UNPLANNED
from workbench.experiments.metrics import ENGAGEMENT, GUARDRAIL
from workbench.experiments.plan import GUESSED
from workbench.experiments.reading import Reading
from workbench.experiments.settle import money
from workbench.experiments.trials import Trial
from workbench.experiments.verdict import ROLL_OUT
from workbench.figures import experiments as charts
from workbench.findings import Exhibit, Finding, Tile
from workbench.privacy.suppress import People, told
from workbench.readable import numeral

QUESTION = "Did the change work?"
CAPTION = ("Each line compares an arm with the control of its experiment. Difference: the arm's value less the control's, "
           "in points for shares; relative: the same in % of the control's value. Every customer who was drawn counts, "
           "whether or not they saw the change (intention to treat). p: the chance of a difference this large without any "
           "effect. “Holds for” says what it allows for: how often one may look (once at the planned end, at every planned "
           "look, at any time), as the intervals do; and several arms (Holm, or BH: Benjamini & Hochberg), as they do not.")
DAILY = ("Difference to the control on the metric that decides, from all customers drawn and all they did up to the end of "
         "each day. The dark band is the 95% interval for whoever looks once, on a day fixed before: stopping at the "
         "first day on which it leaves zero would find effects that are not there. The light band is the 95% confidence "
         "sequence: whoever looks every day may stop when it leaves zero.")


def finding(reading: Reading) -> Finding:
    """One sentence for each experiment, the effects that decide, and the exhibits behind them."""
    return Finding(
        notebook="50_ab_conversion", question=QUESTION,
        sentence=" ".join(read.verdict.sentence for read in reading.reads)
        or f"No experiment had begun by the end of {reading.week.week}.",
        table=tables.decisive(reading), labels=tables.EFFECT_LABELS,
        figure=charts.forest(tables.decisions(reading), AXIS), caption=CAPTION,
        sources=[*reading.sources], how_sure=_how_sure(reading), caveats=_caveats(reading), tiles=_tiles(reading),
        exhibits=_exhibits(reading))


def _exhibits(reading: Reading) -> list[Exhibit]:
    found = [Exhibit("Did the splits hold?", "Customers in each arm against those due by the planned shares. Below "
                     "p = 0.001 the split counts as broken and no effect of the experiment is shown.",
                     table=tables.ratios(reading), labels=tables.RATIO_LABELS, folded=False,
                     people=People(("customers",), ("due", "share", "p_value"), within=("experiment",)))]
    for read in reading.reads:
        clue = read.trial.clue
        if clue:
            days = tables.split_days(read) if len(clue.days) else clue.days
            figure = charts.split(days, f"share of “{clue.arm}”") if len(days) else None
            table = days[list(tables.SPLIT_LABELS)] if len(days) else None
            thin = " Days on which a side had too few customers are not drawn." * (len(days) < len(clue.days))
            found.append(Exhibit(f"Where the split of “{read.trial.name}” broke", clue.sentence + thin, figure, table,
                                 tables.SPLIT_LABELS, people=People(("inside", "outside")) if len(days) else None))
    if len(days := tables.days(reading)):
        found.append(Exhibit("Day by day", DAILY, charts.day_by_day(days), tables.day_rows(reading), tables.DAY_LABELS))
    for role, title, what in (
            (GUARDRAIL, "Guardrails: what must not get worse", "Guardrails do not decide, but a change that harms one is "
             "not rolled out unseen. Not adjusted for being several: of 20 without any effect one is expected to stand "
             "out."),
            (ENGAGEMENT, "Engagement", "What customers did besides buying. It explains; it does not decide.")):
        table = tables.of_role(reading, role)
        if len(table):
            found.append(Exhibit(title, what, charts.forest(tables.lines_of_role(reading, role), AXIS), table,
                                 tables.EFFECT_LABELS))
    found += deeper(reading)
    if len(power := tables.power(reading)):
        found.append(Exhibit("What each test could see", "Smallest difference that a test of this size finds 4 times in 5, "
                             f"and its chance to find a relative change of {reading.plan.lift:.0%}; both from the control's "
                             "values, two-sided, at the level of this look, before any adjustment for several arms."
                             + " Then the same at the planned end, at the pace so far." * ("then" in power),
                             table=power, labels=tables.POWER_LABELS))
    if len(more := planner.days_to_go(reading)):
        found.append(Exhibit("How many more days?",
                             "Until the test sees the change in question 4 times in 5, at the pace of "
                             "its draws so far and at the level of this look; 0: it can see it now.", table=more,
                             labels=planner.MORE_LABELS, people=People(("so_far",), ("now", "days"))))
    found.append(Exhibit("What the metrics mean", "Every metric as it was computed.", table=tables.meanings(reading),
                         labels=tables.MEANING_LABELS))
    return found


def _how_sure(reading: Reading) -> list[str]:
    lines = []
    for read in reading.reads:
        trial = read.trial
        sizes = ", ".join(f"{told(row.customers)} in “{row.arm}”" for row in trial.ratio.itertuples())
        times = trial.customers["time"].dropna()
        when = ""
        if len(times):
            local = times.dt.tz_convert(reading.week.source.timezone)
            when = f", drawn from {local.min():%Y-%m-%d} to {local.max():%Y-%m-%d}"
        decides = f"; “{read.deciding.name}” decides" if read.deciding else ""
        lines.append(f"{trial.name}: {sizes}{when}. “{trial.control}” is the control, {trial.chosen}{decides}.")
        left_out = "; ".join(f"{told(count)} {reason}" for reason, count in trial.left_out.items())
        lines += [f"{trial.name}: left out: {left_out}."] * bool(left_out)
        lines += [f"{trial.name}: {read.calendar.told()}"] * bool(read.effects)
        lines += [f"{trial.name}: {note}" for note in read.notes]
        small = {each.too_small for each in read.depth.uplift.values() if each.too_small} if read.depth else set()
        lines += [f"{trial.name}: whether picking customers pays was not tried: {why}." for why in sorted(small)]
    if set(reading.sources) & {"events", "orders"}:
        lines.append("The shop's logs are complete: a customer who is not in them after the draw did nothing and counts as "
                     "zero (intention to treat).")
    return [*lines, "Shares: z test without continuity correction, interval from the unpooled error; means: Welch's t test; "
            "ratios of two sums: delta method over customers; relative intervals: delta method on the logarithm."]


def _caveats(reading: Reading) -> list[str]:
    lines = [f"{read.trial.name}: no arm is named like a control, so “{read.trial.control}” was taken, the first of the "
             "alphabet. Say which one it is with the parameter control; the signs may turn."
             for read in reading.reads if read.trial.chosen == GUESSED]
    lines += [f"{read.trial.name}: {read.trial.clue.sentence}" for read in reading.reads if read.trial.clue]
    lines += [f"{read.trial.name}: if the arms were meant to be unequal, say so with the parameter shares, as -p shares "
              f"'{json.dumps({read.trial.name: _parts(read.trial)}, ensure_ascii=False)}', with the parts that "
              "were planned."
              for read in reading.reads if read.trial.clue and read.trial.name not in reading.plan.shares]
    settled = {*reading.plan.designs, *reading.plan.shares} - {read.trial.name for read in reading.reads}
    lines += [f"{name}: it was settled how to read it, and nobody was drawn into it yet; if it runs, its name is written in "
              "another way." for name in sorted(settled)]
    if any(read.calendar.kind == UNPLANNED for read in reading.reads):
        lines.append("An experiment whose length was planned is read with narrower intervals: say it before the data with "
                     "the parameter designs, as {\"name\": {\"weeks\": 4}}.")
    lines += [f"{read.trial.name}: the gain in a year assumes that the effect lasts, that customers come at the pace of the "
              f"test ({read.gain.days:.0f} days), and that what they did until now is all; revenue is not profit."
              for read in reading.reads if read.gain]
    lines += [f"{read.trial.name}: the arms were not alike before the draw ({', '.join(read.depth.unlike)}): read its "
              "effect with care, and look at how customers were drawn."
              for read in reading.reads if read.depth and read.depth.unlike]
    lines += [f"{read.trial.name}: {told}" for read in reading.reads if read.seen for told in read.seen.caveats()]
    readable = sum(read.compared for read in reading.reads)
    if readable > 1:
        lines.append(f"{readable} experiments were read: each by itself has a chance of 1 in 20 to show an effect that is "
                     "not there.")
    return lines


def _parts(trial: Trial) -> dict[str, int]:
    return trial.likely or dict.fromkeys(trial.arms, 1)


def _tiles(reading: Reading) -> list[Tile]:
    readable = [read for read in reading.reads if read.compared]
    tiles = [Tile("Experiments that can be read", f"{len(readable)} of {len(reading.reads)}")]
    for read in readable:
        if read.verdict.call == ROLL_OUT and read.deciding.did == "bought":
            low, gained, high = tables.gained(read)
            tiles.append(Tile(f"Buyers gained with “{read.verdict.arm}”", numeral(gained, "+,.0f"),
                              interval=f"95% interval {numeral(low, '+,.0f')} to {numeral(high, '+,.0f')}"))
        if read.gain:
            gain = read.gain
            tiles.append(Tile(f"Revenue gained a year with “{read.verdict.arm}”",
                              f"{money(gain.value, '+')} {gain.currency}".rstrip(),
                              interval=f"95% interval {money(gain.low, '+')} to {money(gain.high, '+')}"))
    return tiles

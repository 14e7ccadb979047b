"""Which verdicts stand, and which labels follow from those that correct the model. Pure functions of the table."""

import pandas as pd

from workbench.models import text_hash

OBJECTED = "objected"  # how a text of the table ``labels`` was picked, where a reviewer corrected the model
LABEL = ["entry", "text", "label", "task", "language", "product", "who", "time", "guess", "probability", "picked"]


def latest(rows: pd.DataFrame, each_model: bool = False) -> pd.DataFrame:
    """Of the table ``verdicts`` the last one of each reviewer on each text, by time.

    Args:
        each_model: on each text and model, so that what was said of an earlier model counts there.

    Returns:
        The rows with ``of``, the hash of the text.
    """
    rows = rows.assign(of=rows["text"].map(text_hash).astype("string")).sort_values("time", kind="stable")
    same = ["reviewer", "task", "of", *["card"] * each_model]
    return rows[~rows.duplicated(same, keep="last")].reset_index(drop=True)


def implied(rows: pd.DataFrame) -> pd.Series:
    """The label that each verdict takes for right: the corrected one, else the model's."""
    return rows["right_label"].where((rows["verdict"] == "disagree").to_numpy(dtype=bool), rows["label"])


def marked(text: str, words) -> list[str]:
    """The marked words of a text; neighbours with nothing or a space between them as one.

    Args:
        words: cell of the table ``verdicts``: pairs of places, or nothing.

    >>> marked("the lid leaks, 很好", [[4, 7], [8, 13], [15, 16], [16, 17]])
    ['lid leaks', '很好']
    """
    found: list[list[int]] = []
    for start, end in words if words is not None and words is not pd.NA else ():
        if found and not text[found[-1][1]:start].strip():
            found[-1][1] = end
        else:
            found.append([start, end])
    return [text[start:end] for start, end in found]


def corrections(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows for the table ``labels``: texts whose label reviewers corrected, and on which none of them says otherwise.

    Who agrees gives no label: having seen the model's, they are swayed by it. Where reviewers differ nobody's word counts
    until they do not.

    Args:
        rows: table ``verdicts``.

    Returns:
        A row a text, oldest first, with the columns of ``labels``; the last correction of a text stands.
    """
    now = latest(rows)
    now = now.assign(right=implied(now))
    group = now.groupby(["task", "of"], sort=False)["right"]
    agreed = (group.transform("nunique") == 1) & (now["verdict"] == "disagree")
    found = now[agreed.to_numpy(dtype=bool)].drop_duplicates(["task", "of"], keep="last")
    return pd.DataFrame({"entry": found["entry"], "text": found["text"], "label": found["right"], "task": found["task"],
                         "language": found["language"], "product": found["product"], "who": found["reviewer"],
                         "time": found["time"], "guess": found["label"], "probability": found["probability"],
                         "picked": OBJECTED}, columns=LABEL).reset_index(drop=True)

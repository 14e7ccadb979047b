"""Whose reviews: products or categories, and their names."""

import pandas as pd

from workbench.errors import ParameterError

BY = ("product", "category")


def categorised(table: pd.DataFrame, products: pd.DataFrame | None) -> pd.DataFrame:
    """The table with its empty categories filled from the catalogue.

    >>> told = pd.DataFrame({"product": ["a", "b", None], "category": [None, "home", None]})
    >>> categorised(told, pd.DataFrame({"product": ["a"], "category": ["kitchen"]}))["category"].tolist()
    ['kitchen', 'home', None]
    """
    if products is None:
        return table
    known = dict(zip(products["product"], products["category"], strict=True))
    filled = table["category"].where(table["category"].notna(), table["product"].map(known))
    return table.assign(category=filled.astype("object").where(filled.notna(), None))


def whose(reviews: pd.DataFrame, by: str = "") -> str:
    """Whose words and sentiment are told apart: ``product`` or ``category`` as asked; ``""``: categories where no review
    names its product.

    Raises:
        ParameterError: ``by`` is none of these.

    >>> whose(pd.DataFrame({"product": [None, None], "category": ["hotels", "books"]}))
    'category'
    """
    if by not in ("", *BY):
        raise ParameterError(f"by {by!r} must be one of {', '.join(BY)}; or empty: products where reviews name them, else "
                             "categories")
    return by or ("product" if reviews["product"].notna().any() or reviews["category"].isna().all() else "category")


def names_of(products: pd.DataFrame | None, by: str) -> pd.Series | None:
    """Readable name by product code; None for categories, which are names themselves."""
    return products.set_index("product")["name"] if by == "product" and products is not None else None

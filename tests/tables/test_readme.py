"""data/README.md says what the code does: its tables are made of the contracts, its examples are read."""

import re
from pathlib import Path

import pytest

from workbench.tables import settings
from workbench.tables.contracts import RAW

README = Path(__file__).parents[2] / "data" / "README.md"
SECTION = re.compile(r"(<!-- made by: .*? -->\n).*?(<!-- end -->)", re.DOTALL)


def section():
    """The tables of the contracts as Markdown."""
    parts = []
    for table in RAW:
        parts.append(f"### {table.name}\n\nOne row: {table.row}." + f" Unique: {', '.join(table.key)}." * bool(table.key))
        lines = ["| column | kind | what it is |", "|---|---|---|"]
        for column in table.columns:
            name = f"**{column.name}**" if column.required else column.name
            kind = column.kind + f" in {column.unit}" * bool(column.unit) + f", *{column.personal}*" * bool(column.personal)
            says = [column.meaning, f"one of {', '.join(column.allowed)}" * bool(column.allowed)]
            says += [f"{word} {bound:g}" for word, bound in (("from", column.minimum), ("to", column.maximum))
                     if bound is not None]
            lines.append(f"| {name} | {kind} | {'; '.join(filter(None, says))} |")
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def test_the_tables_are_those_of_the_contracts():
    assert SECTION.search(README.read_text(encoding="utf-8"))[0].count(section()) == 1, \
        "make it anew: python -m tests.tables.test_readme"


@pytest.mark.parametrize("keys", [settings._SOURCE, settings._TABLE, settings._LOOK_UP, settings._COLUMN])
def test_every_key_is_explained(keys):
    text = README.read_text(encoding="utf-8")
    assert [key for key in keys if f"`{key}`" not in text and not re.search(rf"^{key}:.*#", text, re.MULTILINE)
            and key != "tables"] == []


def block(tmp_path, place):
    """What a block of YAML says."""
    said = re.findall(r"```yaml\n(.*?)```", README.read_text("utf-8"), re.DOTALL)[place]
    (tmp_path / "source.yml").write_text(said, "utf-8")
    return settings.load_settings(tmp_path / "source.yml")


def test_what_stands_in_several_files_is_said_as_it_is_read(tmp_path):
    rule = block(tmp_path, 1).tables["orders"][0]
    assert rule.raw_columns == ["order_id", "product_id", "price"]
    assert [(look.by, look.rule.raw_columns) for look in rule.look_up] == [
        ({"order_id": "order_id"}, ["order_id", "order_purchase_timestamp", "customer_id", "order_status"]),
        ({"order.customer_id": "customer_id"}, ["customer_id", "customer_unique_id", "customer_state"])]


def test_what_comes_in_files_of_several_kinds_is_said_part_by_part(tmp_path):
    read = block(tmp_path, 2).tables
    assert [rule.timezone for rule in read["reviews"]] == ["UTC", "Asia/Shanghai"]
    assert [(rule.under, rule.columns["task"].constant) for rule in read["labelled_texts"]] == [
        ("train", "intent"), ("test", "intent"), ("", "sentiment")]


def test_exports_as_they_come_are_said_as_they_are_read(tmp_path):
    read = {name: rule for name, (rule,) in block(tmp_path, 3).tables.items()}
    assert read["events"].each == "items" and read["products"].signs == ("€", "EUR") and read["orders"].refuse[0].others
    assert read["outcomes"].metrics["clicks per view"].per == "views"
    assert len(read) == 7


def test_the_example_is_valid_and_shows_what_it_says(tmp_path):
    read = block(tmp_path, 0)
    assert (read.engine.name, read.engine.address) == ("pyspark", "local[2]")
    assert read.name == "my_shop" and read.tables["orders"][0].timezone == "UTC"
    assert read.tables["events"][0].columns["time"].unit == "milliseconds"
    assert read.tables["outcomes"][0].metrics == {"visit": settings.ColumnRule(("visited",)),
                                               "spend": settings.ColumnRule(("revenue",), default="0")}


@pytest.mark.parametrize("path", sorted(README.parent.glob("examples/*/source.yml")), ids=lambda path: path.parent.name)
def test_every_ready_source_is_valid_and_listed(path):
    assert settings.load_settings(path).name == path.parent.name
    assert f"| `{path.parent.name}` |" in README.read_text(encoding="utf-8")


if __name__ == "__main__":
    README.write_text(SECTION.sub(lambda match: match[1] + "\n" + section() + "\n\n" + match[2],
                                  README.read_text(encoding="utf-8")), encoding="utf-8")

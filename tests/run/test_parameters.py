import keyword

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import ParameterError, RunError
from workbench.run.parameters import check_parameters, declared_parameters, load_cells


def parameters_cell(source):
    return [{"cell_type": "code", "metadata": {"tags": ["parameters"]}, "source": source}]


@given(st.dictionaries(st.from_regex(r"[a-z][a-z_]{0,8}", fullmatch=True).filter(lambda n: not keyword.iskeyword(n)),
                       st.one_of(st.integers(), st.booleans(), st.text(max_size=9),
                                 st.floats(allow_nan=False, allow_infinity=False)),
                       max_size=7))
def test_what_is_written_is_what_is_declared(values):
    source = "\n".join(f"{name} = {value!r}  # meaning" for name, value in values.items())
    assert declared_parameters(parameters_cell(source)) == values


@pytest.mark.parametrize("line", ["top = len('x')", "import os", "a, b = 1, 2", "top += 1"])
def test_only_plain_literals_are_parameters(line):
    with pytest.raises(ParameterError, match="name = literal"):
        declared_parameters(parameters_cell(line))


@pytest.mark.parametrize("default, given_value, becomes", [
    ("", "00123", "00123"), (10, "20", 20), (1.5, "2", 2.0), (True, "false", False), ([], "[1, 2]", [1, 2]),
    (None, "x", "x"),
])
def test_a_text_becomes_a_value_of_the_defaults_type(default, given_value, becomes):
    found = check_parameters("n", {"p": default}, {"p": given_value})["p"]
    assert found == becomes and type(found) is type(becomes)


@pytest.mark.parametrize("default, given_value", [(10, "ten"), (10, "1.5"), (True, "1"), ([], "3")])
def test_a_value_of_another_type_is_refused(default, given_value):
    with pytest.raises(ParameterError, match=r"'p' of notebook 'n'.*must be of type"):
        check_parameters("n", {"p": default}, {"p": given_value})


def test_a_file_that_is_no_notebook_says_so(tmp_path):
    (tmp_path / "n.ipynb").write_text("not json")
    with pytest.raises(RunError, match="is not a notebook"):
        load_cells(tmp_path / "n.ipynb")
    with pytest.raises(RunError, match="no notebook 'm'"):
        load_cells(tmp_path / "m.ipynb")

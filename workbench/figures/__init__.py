"""Figures: a result table in, a plotly figure out. One file for each answer, one look for all (``look``).

Each is imported by its file (``from workbench.figures import needs as charts``): a change of one answer's figures then runs
its own notebooks again and no others.
"""

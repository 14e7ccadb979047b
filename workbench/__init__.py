"""A workbench for e-commerce marketing: tables in, findings out, notebooks in between.

A file imports only from floors below its own: CONTRIBUTING.md shows the house, ``tests/test_floors.py`` holds it.
"""

__version__ = "0.1.0"

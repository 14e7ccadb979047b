"""A workbench for e-commerce marketing: tables in, findings out, notebooks in between.

Floors (a file imports only from floors below its own):
5 ``__main__`` · 4 ``preparation training needs experiments explain report`` · 3 ``findings`` ·
2 ``behaviour privacy figures sample`` · 1 ``tables text models run`` · 0 ``errors paths separated``
"""

__version__ = "0.1.0"

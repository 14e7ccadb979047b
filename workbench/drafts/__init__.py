"""A first ``source.yml`` for files that nobody has described yet: looked at, guessed, and written for people to mend."""

from workbench.drafts.draft import Draft, draft, write

__all__ = ["Draft", "draft", "write"]

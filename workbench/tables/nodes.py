"""``source.yml`` as text, key by key: what is missing, unknown or of the wrong shape is refused where it stands."""

from pathlib import Path

import yaml

from workbench.errors import SourceError, did_you_mean


class Node:
    """A mapping of the file and the way to it, for errors that say where they are."""

    def __init__(self, value, where: str):
        self.value, self.where = value, where
        if not isinstance(value, dict):
            raise SourceError(f"{where}: {value!r} is not a mapping of keys to values; data/README.md shows one")

    def fail(self, key: str, rule: str):
        raise SourceError(f"{self.where}: {key!r} {rule}")

    def only(self, known) -> None:
        for key in self.value:
            if key not in known:
                self.fail(key, f"is not known here;{did_you_mean(key, known)} There are {', '.join(known)}")

    def mapping(self, key: str) -> "Node":
        if key not in self.value:
            self.fail(key, "is missing; data/README.md shows how it is written")
        return Node(self.value[key], f"{self.where}: {key}")

    def text(self, key: str, default: str | None = None, one_of: tuple[str, ...] = ()) -> str:
        """The one value of a key, one of ``one_of`` where there are any; without a default it must be there."""
        value = self.value.get(key, default)
        if value is None:
            self.fail(key, "is missing")
        if not isinstance(value, str):
            self.fail(key, f"is {value!r}; it must be one value")
        if one_of and value not in one_of:
            self.fail(key, f"is {value!r};{did_you_mean(value, one_of)} It must be one of {', '.join(one_of)}")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """The values of a key, which may be one or a list; none where it is not there."""
        value = self.value.get(key, ())
        value = [value] if isinstance(value, str) else value
        if not isinstance(value, list | tuple) or not all(isinstance(part, str) for part in value):
            self.fail(key, f"is {value!r}; it must be a value or a list of values")
        return tuple(value)

    def pairs(self, key: str) -> dict[str, str]:
        """The mapping of texts to texts under a key; empty where it is not there."""
        pairs = self.mapping(key).value if key in self.value else {}
        if not all(isinstance(part, str) for part in pairs.values()):
            self.fail(key, f"is {pairs!r}; every value in it must be a single one")
        return pairs

    def flag(self, key: str, default: bool) -> bool:
        return self.text(key, str(default).lower(), ("true", "false")) == "true"


class _Loader(yaml.BaseLoader):
    """YAML with every scalar as text (no country ``NO`` that becomes False), and no key twice."""

    def construct_mapping(self, node, deep=False):
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for key in keys:
            if not isinstance(key, str) or keys.count(key) > 1:
                raise yaml.constructor.ConstructorError(None, None, f"the key {key!r} stands here twice or is no text",
                                                        node.start_mark)
        return super().construct_mapping(node, deep)


def parse(path: Path) -> Node:
    """The whole file.

    Raises:
        SourceError: it cannot be read, is no UTF-8 or no YAML.
    """
    try:
        return Node(yaml.load(path.read_text(encoding="utf-8-sig"), _Loader) or {}, str(path))
    except UnicodeDecodeError as error:
        raise SourceError(f"{path} is not UTF-8 ({error.reason} at byte {error.start}); save it as UTF-8") from None
    except (yaml.YAMLError, RecursionError) as error:
        said = " ".join(str(error).split()).replace('in "<unicode string>", ', "at ")
        raise SourceError(f"{path} is not YAML: {said}. Values that begin with *, %, & or @, or that hold ': ', stand in "
                          "quotation marks, and so do those with "
                          "a comma or a '?' within {…} and […]; lines are moved in with spaces, never tabs") from None
    except OSError as error:
        raise SourceError(f"{path} cannot be read: {error.strerror}") from None

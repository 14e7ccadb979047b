"""Where a report comes from, as tables: notebooks, models, inputs, versions. All of it stands in ``run.json``."""

import hashlib

from workbench.report.edition import RUNNING, Edition

HASH = "SHA-256 (first 16)"


def provenance(edition: Edition) -> dict[str, list[dict]]:
    """Title and rows of each table; a table without rows is left out."""
    tables = {
        "Notebooks": [_notebook(name, entry) for name, entry in edition.notebooks.items()],
        "Models": models(edition),
        "Input files": [{"File": name, HASH: digest} for name, digest in edition.run.get("inputs", {}).items()],
        "Tables as they were read": [
            {"Notebook": notebook, "Table": name, HASH: digest} for notebook, entry in edition.notebooks.items()
            for name, digest in entry["reads"].items() if not name.startswith("models/")],
        "Versions": [{"Package": name, "Version": version} for name, version in edition.run.get("versions", {}).items()],
    }
    return {title: rows for title, rows in tables.items() if rows}


def models(edition: Edition) -> list[dict]:
    """One row a model that a notebook read or wrote or a finding names, with the hash of its card."""
    digests, users = {}, {}
    for notebook, entry in edition.notebooks.items():
        for name, digest in (entry["reads"] | entry["writes"]).items():
            if digest != "missing":
                digests[name] = digest
                users.setdefault(name, []).append(notebook)
    for finding in edition.findings:
        for name in finding.sources:
            if finding.notebook not in users.setdefault(name, []):
                users[name].append(finding.notebook)
    return [{"Model": name.removeprefix("models/"), f"Card's {HASH}": _card(edition, name),
             f"Files' {HASH}": digests.get(name), "Notebooks": notebooks}
            for name, notebooks in sorted(users.items()) if name.startswith("models/")]


def _notebook(name: str, entry: dict) -> dict:
    return {"Notebook": name, "Status": "making this report" if entry["status"] == RUNNING else entry["status"],
            "Seconds": entry["seconds"] or None,
            "Parameters": ", ".join(f"{key} = {value!r}" for key, value in entry["parameters"].items()),
            "Command": entry["command"]}


def _card(edition: Edition, model: str) -> str | None:
    path = edition.week.folder.parent / model / "card.json"
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16] if path.exists() else None

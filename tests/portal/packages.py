"""A package as the report flow leaves it, small enough to read."""

from __future__ import annotations

import json

from sqlalchemy import text


def draw_up(database, home, world, prepared_by="treasurer@example.org") -> str:
    """A package with a file and a manifest, as the report flow leaves it."""
    from gateways.report_files import file_list

    folder = home / "files" / "reports" / "package"
    folder.mkdir(parents=True)
    (folder / "tie-out.csv").write_text("figure,cents\npledged,5\n")
    files = file_list(folder)
    manifest = {"report": world.report_code, "files": files}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    with database.begin() as connection:
        connection.execute(
            text("update report set folder = :folder, files = cast(:files as jsonb),"
                 " prepared_by = :by, submitted_by = :by"),
            {"folder": str(folder), "files": json.dumps(files), "by": prepared_by},
        )  # fmt: skip
    return world.report_code

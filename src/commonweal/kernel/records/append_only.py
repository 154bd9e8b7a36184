"""A migration operation: the database itself refuses to change or drop rows of a table.

One column may be closed: filled in once, from null. Everything else needs a person who takes the
triggers away, and the hashes tell of that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.migrations.operations.base import Operation

from commonweal.errors import DefinitionError

if TYPE_CHECKING:
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor
    from django.db.migrations.state import ProjectState

_SQLITE = """
CREATE TRIGGER {table}_keep_update BEFORE UPDATE ON {table} WHEN {forbidden}
BEGIN SELECT RAISE(ABORT, '{table} is append-only: UPDATE refused'); END;
CREATE TRIGGER {table}_keep_delete BEFORE DELETE ON {table}
BEGIN SELECT RAISE(ABORT, '{table} is append-only: DELETE refused'); END;
"""

# TRUNCATE of an empty table passes: a test runner that clears everything stays possible.
_POSTGRESQL = """
CREATE FUNCTION {table}_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'TRUNCATE' AND NOT EXISTS (SELECT 1 FROM {table}) THEN RETURN NULL; END IF;
  RAISE EXCEPTION '{table} is append-only: % refused', TG_OP USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER {table}_keep_update BEFORE UPDATE ON {table} FOR EACH ROW
  WHEN ({forbidden}) EXECUTE FUNCTION {table}_keep();
CREATE TRIGGER {table}_keep_delete BEFORE DELETE ON {table} FOR EACH ROW
  EXECUTE FUNCTION {table}_keep();
CREATE TRIGGER {table}_keep_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT
  EXECUTE FUNCTION {table}_keep();
"""
_DROP = {
    "sqlite": "DROP TRIGGER {table}_keep_update; DROP TRIGGER {table}_keep_delete;",
    "postgresql": "DROP FUNCTION {table}_keep() CASCADE;",
}
_DIFFERS = {"sqlite": "IS NOT", "postgresql": "IS DISTINCT FROM"}


def guard_sql(vendor: str, table: str, columns: list[str], closing: str = "") -> str:
    """Return the statements that make ``table`` append-only.

    Args:
        vendor: ``sqlite`` or ``postgresql``.
        table: Name of the table.
        columns: All its columns; used only with ``closing``.
        closing: The column that may be filled in once; none if empty.

    Raises:
        DefinitionError: The database is neither SQLite nor PostgreSQL.
    """
    if vendor not in _DIFFERS:
        raise DefinitionError(f"{vendor} cannot guard {table}", hint="use SQLite or PostgreSQL")
    forbidden = "true"
    if closing:
        differs = [f'OLD."{c}" {_DIFFERS[vendor]} NEW."{c}"' for c in columns if c != closing]
        forbidden = " OR ".join(
            [f'OLD."{closing}" IS NOT NULL', f'NEW."{closing}" IS NULL', *differs]
        )
    body = _SQLITE if vendor == "sqlite" else _POSTGRESQL
    return body.format(table=table, forbidden=forbidden)


class AppendOnly(Operation):
    """Guard a model's table.

    Put it again after any later change of the table: SQLite builds a changed table anew, without
    the old triggers.
    """

    reduces_to_sql = True
    reversible = True

    def __init__(self, model: str, closing: str = "") -> None:
        """Name the model, and the field that may be closed."""
        self.model = model
        self.closing = closing

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Change nothing: models do not know of triggers."""

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """Create the triggers."""
        del from_state
        meta = to_state.apps.get_model(app_label, self.model)._meta  # noqa: SLF001 - public _meta
        columns = [field.column for field in meta.local_concrete_fields]
        vendor = schema_editor.connection.vendor
        self._run(schema_editor, guard_sql(vendor, meta.db_table, columns, self.closing))

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """Take the triggers away."""
        del to_state
        table = from_state.apps.get_model(app_label, self.model)._meta.db_table  # noqa: SLF001
        self._run(schema_editor, _DROP[schema_editor.connection.vendor].format(table=table))

    def describe(self) -> str:
        """Say what the operation does."""
        return f"Make {self.model} append-only"

    @staticmethod
    def _run(schema_editor: Any, script: str) -> None:  # noqa: ANN401 - differs by database
        for statement in schema_editor.connection.ops.prepare_sql_script(script):
            schema_editor.execute(statement, params=None)

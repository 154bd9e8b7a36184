"""Datasets as a programme's files state them: ``datasets/<id>.toml`` has names, columns and key.

What one row may say is data; only a rule over several columns or of an unusual kind is Python, and
``schemas.py`` passes it along.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field

from commonweal.catalogue.reading import Identifier, Names, Strict, Texts, checked, shown, toml_read
from commonweal.lake.datasets import Column, ColumnKind, Dataset, RowRule, dataset_register


class ColumnSpec(Strict):
    """One column; the attributes are those of ``lake.datasets.Column``."""

    kind: Annotated[ColumnKind, Field(strict=False)]
    names: Names
    unit: str = ""
    references: str = ""
    required: bool = True
    minimum: float | None = None
    maximum: float | None = None
    choices: Texts = ()
    example: str = ""


class DatasetSpec(Strict):
    """One dataset; the attributes are those of ``lake.datasets.Dataset``."""

    names: Names
    columns: Annotated[dict[Identifier, ColumnSpec], Field(min_length=1)]
    key: Annotated[Texts, Field(min_length=1)]
    month_of: Identifier


def dataset_declare(schemas_file: str, dataset_id: str, *, rules: tuple[RowRule, ...]) -> Dataset:
    """Declare the dataset of ``datasets/<dataset_id>.toml`` beside a ``schemas.py``.

    Args:
        schemas_file: ``__file__`` of the module that asks.
        dataset_id: Name of the file, and of the dataset.
        rules: What must hold of a row beside what its columns say.

    Raises:
        DefinitionError: The file is wrong, or the lake refuses the dataset.
    """
    path = Path(schemas_file).with_name("datasets") / f"{dataset_id}.toml"
    spec = checked(DatasetSpec, toml_read(path), shown(path))
    columns = tuple(Column(name, **dict(each)) for name, each in spec.columns.items())
    return dataset_register(
        Dataset(
            id=dataset_id,
            names={str(language): name for language, name in spec.names.items()},
            columns=columns,
            key=spec.key,
            month_of=spec.month_of,
            rules=rules,
        )
    )

"""A store in a table of the project's own database: for all machines that share it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import DatabaseError, IntegrityError, OperationalError, ProgrammingError, connections


class DatabaseStore:
    """Texts under keys in the table ``StoredValue``. Each method is one statement that decides by itself.

    The machines' clocks have to agree to within a second or two, as a lease is long.
    """

    def __init__(self, alias: str = "default") -> None:
        self.alias = alias

    def get(self, key: str) -> str | None:
        """What is kept under ``key``."""
        with self._values() as values:
            found: str | None = values.filter(key=key, until__gt=_now()).values_list("value", flat=True).first()
            return found

    def put(self, key: str, value: str, life: float) -> None:
        """Keeps ``value``, whatever was there."""
        with self._values() as values:
            kept = {"value": value, "until": _until(life)}
            while not values.filter(key=key).update(**kept):
                try:
                    values.create(key=key, **kept)
                    return
                except IntegrityError:
                    continue

    def add(self, key: str, value: str, life: float) -> bool:
        """Keeps ``value`` if nothing is kept there."""
        with self._values() as values:
            self._delete(values.filter(key=key, until__lte=_now()))
            try:
                values.create(key=key, value=value, until=_until(life))
            except IntegrityError:
                return False
            return True

    def compare_and_set(self, key: str, old: str, new: str, life: float) -> bool:
        """Keeps ``new`` if ``old`` is kept there."""
        with self._values() as values:
            kept = values.filter(key=key, value=old, until__gt=_now())
            if life == 0:
                return bool(self._delete(kept))
            return bool(kept.update(value=new, until=_until(life)))

    def delete(self, key: str) -> None:
        """Forgets ``key``."""
        with self._values() as values:
            self._delete(values.filter(key=key))

    def forget_ended(self) -> int:
        """Deletes what nobody will see again; gives how much that was."""
        with self._values() as values:
            return self._delete(values.filter(until__lte=_now()))

    def _delete(self, rows: Any) -> int:
        # In one statement. ``delete()`` reads first and deletes what it read by its key alone where anybody listens to
        # ``pre_delete``: what was written in between goes too.
        return int(rows._raw_delete(self.alias))

    @contextmanager
    def _values(self) -> Iterator[Any]:
        """The table. It is asked from the client's own threads, where no request ends and closes the connection."""
        from .models import StoredValue

        connection = connections[self.alias]
        ours = connection.connection is None
        try:
            yield StoredValue.objects.using(self.alias)
        except (OperationalError, ProgrammingError) as error:
            if _lacks(connection, StoredValue._meta.db_table):
                where = f"the database {self.alias!r} has no table {StoredValue._meta.db_table}"
                raise RuntimeError(f"{where}: run manage.py migrate (--database {self.alias})") from error
            raise
        finally:
            if ours:
                connection.close()


def _lacks(connection: Any, table: str) -> bool:
    """Whether a table is missing; not so while nobody can tell."""
    try:
        return table not in connection.introspection.table_names()
    except DatabaseError:
        return False


def _now() -> int:
    return int(time.time() * 1000)


def _until(life: float) -> int:
    # Whatever lives longer than a century need not be counted.
    return _now() + int(min(life, 3.2e9) * 1000)

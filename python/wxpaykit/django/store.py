"""Stores of a Django project: a table in its database, for all machines that share it; and a dict, for its tests."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import DatabaseError, IntegrityError, OperationalError, ProgrammingError, connections

from .._native import phrase


class DatabaseStore:
    """Texts under keys in the table ``StoredValue``. Each method is one atomic statement.

    Keys that differ by case alone are two keys, in databases too that compare texts without it, as MySQL does.

    The clocks of the machines may differ by a second or two, which is short compared with a lease.
    """

    def __init__(self, alias: str = "default") -> None:
        self.alias = alias

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.alias!r})"

    def get(self, key: str) -> str | None:
        """The value under ``key``, if it has not ended."""
        with self._values() as values:
            found: str | None = (
                values.filter(key=key_in_table(key), until__gt=_now()).values_list("value", flat=True).first()
            )
            return found

    def put(self, key: str, value: str, life: float) -> None:
        """Keeps ``value`` in place of any other."""
        with self._values() as values:
            kept = {"value": value, "until": _until(life)}
            while not values.filter(key=key_in_table(key)).update(**kept):
                try:
                    values.create(key=key_in_table(key), **kept)
                    return
                except IntegrityError:
                    continue

    def add(self, key: str, value: str, life: float) -> bool:
        """Keeps ``value`` if there is none."""
        with self._values() as values:
            self._delete(values.filter(key=key_in_table(key), until__lte=_now()))
            try:
                values.create(key=key_in_table(key), value=value, until=_until(life))
            except IntegrityError:
                return False
            return True

    def compare_and_set(self, key: str, old: str, new: str, life: float) -> bool:
        """Keeps ``new`` in place of ``old``, if ``old`` is there."""
        with self._values() as values:
            kept = values.filter(key=key_in_table(key), value=old, until__gt=_now())
            if life == 0:
                return bool(self._delete(kept))
            return bool(kept.update(value=new, until=_until(life)))

    def delete(self, key: str) -> None:
        """Deletes the value under ``key``."""
        with self._values() as values:
            self._delete(values.filter(key=key_in_table(key)))

    def forget_ended(self) -> int:
        """Deletes the values that have ended; gives their number."""
        with self._values() as values:
            return self._delete(values.filter(until__lte=_now()))

    def _delete(self, rows: Any) -> int:
        # One statement. Where ``pre_delete`` has receivers, ``delete()`` reads first and then deletes by the key alone,
        # with what was written in between.
        return int(rows._raw_delete(self.alias))

    @contextmanager
    def _values(self) -> Iterator[Any]:
        """The table. The threads of the client use it, in which no end of a request closes the connection."""
        from .models import StoredValue

        connection = connections[self.alias]
        ours = connection.connection is None
        try:
            yield StoredValue.objects.using(self.alias)
        except (OperationalError, ProgrammingError) as error:
            if _lacks(connection, StoredValue._meta.db_table):
                where = f"the database {self.alias!r} has no table {StoredValue._meta.db_table}"
                remedy = f"run manage.py migrate (--database {self.alias})"
                raise RuntimeError(f"{phrase(where)}: {phrase(remedy)}") from error
            raise
        finally:
            if ours:
                connection.close()


class MemoryStore:
    """Texts under keys in this process's memory."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[str, float]] = {}
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"<{type(self).__name__}, {len(self._kept)} values>"

    def get(self, key: str) -> str | None:
        """The value under ``key``, if it has not ended."""
        value, until = self._kept.get(key, ("", 0.0))
        return value if time.monotonic() < until else None

    def put(self, key: str, value: str, life: float) -> None:
        """Keeps ``value`` in place of any other."""
        self._kept[key] = (value, time.monotonic() + life)

    def add(self, key: str, value: str, life: float) -> bool:
        """Keeps ``value`` if there is none."""
        with self._lock:
            free = self.get(key) is None
            if free:
                self.put(key, value, life)
            return free

    def compare_and_set(self, key: str, old: str, new: str, life: float) -> bool:
        """Keeps ``new`` in place of ``old``, if ``old`` is there."""
        with self._lock:
            same = self.get(key) == old
            if same:
                self.put(key, new, life)
            return same

    def delete(self, key: str) -> None:
        """Deletes the value under ``key``."""
        self._kept.pop(key, None)

    def clear(self) -> None:
        """Deletes all values."""
        self._kept.clear()


def key_in_table(key: str) -> str:
    """A key without capital letters: ``A`` is ``^a``, and ``^`` is ``^^``. WeChat's numbers differ by case."""
    return re.sub(r"[A-Z^]", lambda found: f"^{found[0].lower()}", key)


def _lacks(connection: Any, table: str) -> bool:
    """Whether a table is known to be missing."""
    try:
        return table not in connection.introspection.table_names()
    except DatabaseError:
        return False


def _now() -> int:
    return int(time.time() * 1000)


def _until(life: float) -> int:
    # At most a century, which the column can hold.
    return _now() + int(min(life, 3.2e9) * 1000)

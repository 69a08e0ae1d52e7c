"""The only door to MongoDB: motor or pymongo's async client behind one face, and the brand guard.

Motor gets critical fixes only until 2027-05; MONGO_DRIVER=pymongo takes its successor.
"""

from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC
from typing import Any, TypeVar

from bson.codec_options import CodecOptions
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import AsyncMongoClient, IndexModel, InsertOne, UpdateOne
from pymongo.errors import (
    BulkWriteError,
    ConnectionFailure,
    DuplicateKeyError,
    ExecutionTimeout,
    NotPrimaryError,
    OperationFailure,
    PyMongoError,
    ServerSelectionTimeoutError,
    WTimeoutError,
)

from runtime.errors import Unavailable
from runtime.settings import MongoSettings

Document = dict[str, Any]
Filter = Mapping[str, Any]
Update = Mapping[str, Any] | Sequence[Mapping[str, Any]]
T = TypeVar("T")
ASCENDING, DESCENDING = 1, -1
_AWAY = (
    ConnectionFailure, ExecutionTimeout, NotPrimaryError, ServerSelectionTimeoutError, WTimeoutError,
)  # fmt: skip
_DUPLICATE = 11_000
_INDEX_CHANGED = frozenset({85, 86})


@dataclass(frozen=True, slots=True)
class Write:
    """One update of a bulk: filter, update document or pipeline, and whether to insert."""

    filter: Filter
    update: Update
    is_upsert: bool = True


@dataclass(frozen=True, slots=True)
class Index:
    """One index. `where` makes it partial, `expire_s` a time-to-live index."""

    name: str
    keys: Sequence[tuple[str, int | str]]
    is_unique: bool = False
    where: Filter | None = None
    expire_s: int | None = None


@dataclass(frozen=True, slots=True)
class Changed:
    """How many documents an update matched and changed, and the id it inserted, if any."""

    matched: int
    modified: int
    upserted_id: Any = None


@dataclass(frozen=True, slots=True)
class _Bulk:
    """The places of those that met a document with the same unique key, and how many found theirs."""

    there: list[int]
    matched: int


@dataclass(slots=True)
class Inspection:
    """When on, `ensure` creates nothing and notes which indexes are missing (`rapport doctor`)."""

    is_on: bool = False
    missing: list[str] = field(default_factory=list)


class UnscopedQuery(AssertionError):
    """A command on brand data that does not say whose data: a bug, refused before it is sent."""


class Collection:
    """A collection of things that belong to no single brand (people, agencies, sessions)."""

    def __init__(self, raw: Any, is_motor: bool, inspection: Inspection) -> None:
        self._raw = raw
        self._is_motor = is_motor
        self._inspection = inspection

    @property
    def name(self) -> str:
        """The collection's name."""
        return str(self._raw.name)

    async def find_one(
        self, where: Filter, fields: Sequence[str] | None = None, sort: Any = None
    ) -> Document | None:
        """Return the first match, or None."""
        self._check(where)
        found: Document | None = await _guarded(self._raw.find_one(where, fields, sort=sort))
        return found

    async def find(
        self,
        where: Filter,
        *,
        sort: Sequence[tuple[str, int]] | None = None,
        limit: int = 0,
        fields: Sequence[str] | None = None,
        index: str | None = None,
    ) -> list[Document]:
        """Return all matches (at most `limit`, when given), by the named index, when given."""
        self._check(where)
        cursor = self._raw.find(where, fields, limit=limit, hint=index)
        if sort:
            cursor = cursor.sort(list(sort))
        return await _guarded(cursor.to_list(None))

    async def count(self, where: Filter, limit: int | None = None) -> int:
        """Count matches, no further than `limit`."""
        self._check(where)
        options = {"limit": limit} if limit else {}
        return await _guarded(self._raw.count_documents(where, **options))

    async def insert(self, document: Document) -> bool:
        """Insert; False when a document with the same unique key is there."""
        self._check(document)
        try:
            await _guarded(self._raw.insert_one(document))
        except DuplicateKeyError:
            return False
        return True

    async def insert_many(self, documents: Sequence[Document]) -> list[Document]:
        """Insert all, unordered; those already there stay as they are, and are returned."""
        for document in documents:
            self._check(document)
        if not documents:
            return []
        done = await self._bulk([InsertOne(document) for document in documents])
        return [documents[at] for at in done.there]

    async def update(self, where: Filter, update: Update, *, is_upsert: bool = False) -> Changed:
        """Update the first match."""
        self._check(where)
        result = await _guarded(self._raw.update_one(where, update, upsert=is_upsert))
        return Changed(result.matched_count, result.modified_count, result.upserted_id)

    async def update_all(self, where: Filter, update: Update) -> Changed:
        """Update every match."""
        self._check(where)
        result = await _guarded(self._raw.update_many(where, update))
        return Changed(result.matched_count, result.modified_count)

    async def take(
        self, where: Filter, update: Update, *, is_upsert: bool = False, sort: Any = None
    ) -> Document | None:
        """Update the first match and return it as it is after the update, or None."""
        self._check(where)
        found: Document | None = await _guarded(
            self._raw.find_one_and_update(
                where, update, upsert=is_upsert, sort=sort, return_document=True
            )
        )
        return found

    async def delete(self, where: Filter) -> int:
        """Delete every match; return how many."""
        self._check(where)
        result = await _guarded(self._raw.delete_many(where))
        return int(result.deleted_count)

    async def write(self, writes: Sequence[Write]) -> int:
        """Apply many updates in one command, unordered; return how many found their document."""
        for write in writes:
            self._check(write.filter)
        if not writes:
            return 0
        operations = [UpdateOne(w.filter, w.update, upsert=w.is_upsert) for w in writes]
        return (await self._bulk(operations)).matched

    async def write_unchanged(self, writes: Sequence[Write]) -> list[int]:
        """Apply upserts whose filter names `_id` and a revision; return the places of those refused
        because the document has another revision by now."""
        for write in writes:
            self._check(write.filter)
        operations = [UpdateOne(w.filter, w.update, upsert=True) for w in writes]
        try:
            if operations:
                await _guarded(self._raw.bulk_write(operations, ordered=False))
        except BulkWriteError as error:
            failed = error.details["writeErrors"]
            if any(problem["code"] != _DUPLICATE for problem in failed):
                raise
            return [problem["index"] for problem in failed]
        return []

    async def aggregate(self, pipeline: Sequence[Mapping[str, Any]]) -> list[Document]:
        """Run a pipeline and return its documents."""
        self._check_pipeline(pipeline)
        if self._is_motor:
            cursor = self._raw.aggregate(pipeline)
        else:
            cursor = await _guarded(self._raw.aggregate(pipeline))
        return await _guarded(cursor.to_list(None))

    async def watch_inserts(self) -> AsyncIterator[Document]:
        """Yield documents as they are inserted, from now on. Raises `Unavailable` when it breaks."""
        pipeline = [{"$match": {"operationType": "insert"}}]
        try:
            stream = self._raw.watch(pipeline)
            async with stream if self._is_motor else await stream as changes:
                async for change in changes:
                    yield change["fullDocument"]
        except PyMongoError as error:
            why = f"the change stream of {self.name} broke: {type(error).__name__}"
            raise Unavailable("mongo.stream_broken", why) from error

    async def ensure(self, indexes: Sequence[Index]) -> None:
        """Create the indexes that are missing; one whose keys changed is made anew."""
        if self._inspection.is_on:
            there = await self.index_names()
            missing = [f"{self.name}.{index.name}" for index in indexes if index.name not in there]
            self._inspection.missing += missing
            return
        models = [_index_model(index) for index in indexes]
        try:
            if models:
                await _guarded(self._raw.create_indexes(models))
        except OperationFailure as error:
            if error.code not in _INDEX_CHANGED:
                raise
            for index in indexes:
                await self._drop_changed(index)
            await _guarded(self._raw.create_indexes(models))

    async def _drop_changed(self, index: Index) -> None:
        there = (await _guarded(self._raw.index_information())).get(index.name)
        if there is not None and list(map(tuple, there["key"])) != list(index.keys):
            await _guarded(self._raw.drop_index(index.name))

    async def index_names(self) -> set[str]:
        """Return the names of the indexes that are there."""
        return set(await _guarded(self._raw.index_information()))

    async def _bulk(self, operations: list[Any]) -> "_Bulk":
        """Apply all, and say what became of them."""
        try:
            result = await _guarded(self._raw.bulk_write(operations, ordered=False))
            return _Bulk([], result.matched_count)
        except BulkWriteError as error:
            failed = error.details["writeErrors"]
            if any(problem["code"] != _DUPLICATE for problem in failed):
                raise
            matched = int(error.details["nMatched"])
        # Two upserts of one new document met: the loser is simply applied again, as an update.
        there = [problem["index"] for problem in failed]
        again = [operations[at] for at in there if isinstance(operations[at], UpdateOne)]
        if again:
            result = await _guarded(self._raw.bulk_write(again, ordered=False))
            matched += result.matched_count
        return _Bulk(there, matched)

    def _check(self, where: Filter) -> None:
        """Hook of the brand guard."""

    def _check_pipeline(self, pipeline: Sequence[Mapping[str, Any]]) -> None:
        """Hook of the brand guard."""


class BrandCollection(Collection):
    """A collection of brands' data: refuses every command that does not say whose."""

    def _check(self, where: Filter) -> None:
        if not _names_brand(where.get("brand_id")):
            raise UnscopedQuery(f"a command on {self.name} names no brand_id")

    def _check_pipeline(self, pipeline: Sequence[Mapping[str, Any]]) -> None:
        first = pipeline[0].get("$match") if pipeline else None
        if not isinstance(first, Mapping):
            raise UnscopedQuery(f"a pipeline on {self.name} does not start with $match")
        self._check(first)
        if any("$lookup" in stage or "$unionWith" in stage for stage in pipeline):
            raise UnscopedQuery(f"a pipeline on {self.name} reaches into another collection")

    async def ensure(self, indexes: Sequence[Index]) -> None:
        """Create the indexes that are missing; each must start with brand_id."""
        for index in indexes:
            if index.keys[0][0] != "brand_id" and index.expire_s is None:
                raise UnscopedQuery(f"index {index.name} on {self.name} must start with brand_id")
        await super().ensure(indexes)


class Database:
    """One service's database."""

    def __init__(self, settings: MongoSettings, name: str) -> None:
        self._settings = settings
        self._is_motor = settings.driver == "motor"
        client_class: Any = AsyncIOMotorClient if self._is_motor else AsyncMongoClient
        self._client = client_class(
            settings.url,
            serverSelectionTimeoutMS=min(5_000, settings.timeout_ms),
            socketTimeoutMS=settings.timeout_ms * 2,
            retryWrites=True,
            maxPoolSize=50,
            appname=f"rapport-{name}",
        )
        options: CodecOptions[Any] = CodecOptions(tz_aware=True, tzinfo=UTC)
        self.name = f"{settings.database_prefix}{name}"
        self.inspection = Inspection()
        self._raw = self._client.get_database(self.name, codec_options=options)

    def brand_collection(self, name: str) -> BrandCollection:
        """Return a collection of brands' data, behind the guard."""
        return BrandCollection(self._raw[name], self._is_motor, self.inspection)

    def collection(self, name: str) -> Collection:
        """Return a collection of data that belongs to no single brand."""
        return Collection(self._raw[name], self._is_motor, self.inspection)

    async def start(self) -> None:
        """Make sure that the server answers. Raises `Unavailable`."""
        await _guarded(self._raw.command("ping"))

    async def hello(self) -> Document:
        """Return what the server says of itself (its replica set and its clock). Raises `Unavailable`."""
        answer: Document = await _guarded(self._raw.command("hello"))
        return answer

    async def stop(self) -> None:
        """Close the connections."""
        closing = self._client.close()
        if closing is not None:
            await closing

    async def drop(self) -> None:
        """Delete the database with all its data (tests)."""
        await _guarded(self._client.drop_database(self.name))


def _index_model(index: Index) -> IndexModel:
    options: dict[str, Any] = {"name": index.name, "unique": index.is_unique}
    if index.where is not None:
        options["partialFilterExpression"] = index.where
    if index.expire_s is not None:
        options["expireAfterSeconds"] = index.expire_s
    return IndexModel(list(index.keys), **options)


def _names_brand(condition: Any) -> bool:
    if isinstance(condition, str):
        return bool(condition)
    if isinstance(condition, Mapping) and set(condition) == {"$in"}:
        return all(isinstance(brand, str) and brand for brand in condition["$in"])
    return False


async def _guarded(call: Awaitable[T]) -> T:
    try:
        return await call
    except _AWAY as error:
        raise Unavailable(
            "mongo.away", f"MongoDB did not answer: {type(error).__name__}"
        ) from error

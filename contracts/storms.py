"""A community turning hostile: what is counted, what was decided, what people did about it. Payloads of the storm topics."""

from typing import Literal

from pydantic import AwareDatetime, Field

from contracts.envelope import Payload
from contracts.replies import Approver

Level = Literal["calm", "watch", "storm", "subsiding"]
LEVELS: tuple[Level, ...] = ("calm", "watch", "storm", "subsiding")
BUCKET_S = 10
CLOCK_SHARD = -1


class TopicCount(Payload):
    """A group of alike messages. `topic_hash` means the same accusation at every brand, and shows nothing of it.

    `message_id` is the first message of the group.
    """

    topic_hash: str
    name: str
    messages: int
    hostile: int
    message_id: str | None = None


class ThreadCount(Payload):
    """A thread and what came in under it."""

    thread_id: str
    message_id: str
    messages: int
    hostile: int


class SignalObserved(Payload):
    """What one reader counted about one brand in one bucket of 10 s by event time.

    A brand's messages lie in many partitions, so a bucket has many shards (`shard` is the partition):
    its whole is the sum over shards of the greatest `revision` of each. The numbers are totals of the
    shard, never differences: a repeat changes nothing, late messages come as a greater revision.
    `hostile` is negative or toxic. `author_hashes` and `hostile_hashes` name up to 64 people each, so
    that one person in two shards counts once; the counts beside them are of all.

    Shard -1 counts nothing: it is the time, written into every partition once a minute (the brand is
    then a name that leads there). All bins that end by its `bucket_at` are closed at this place.
    """

    brand_id: str
    bucket_at: AwareDatetime
    shard: int
    revision: int
    messages: int = 0
    negative: int = 0
    positive: int = 0
    toxic: int = 0
    hostile: int = 0
    unlabelled: int = 0
    authors: int = 0
    hostile_authors: int = 0
    new_authors: int = 0
    reposts: int = 0
    near_copies: int = 0
    late: int = 0
    author_hashes: list[int] = Field(default_factory=list)
    hostile_hashes: list[int] = Field(default_factory=list)
    emotions: dict[str, int] = Field(default_factory=dict)
    topics: list[TopicCount] = Field(default_factory=list)
    threads: list[ThreadCount] = Field(default_factory=list)
    examples: list[str] = Field(default_factory=list)
    networks: dict[str, int] = Field(default_factory=dict)
    observed_at: AwareDatetime


class Growth(Payload):
    """How fast it grows. `doubling_min` is null when it does not; the forecast is for the next two hours."""

    doubling_min: float | None = None
    doubling_low_min: float | None = None
    doubling_high_min: float | None = None
    forecast_messages: int | None = None
    forecast_low: int | None = None
    forecast_high: int | None = None


class StormNumbers(Payload):
    """The numbers that caused a decision, as they stood at the end of its bin.

    `window_min` is how far back the counts reach; `expected_hostile` what is usual in such a time;
    `purity` the share of hostile among the messages above the expected; `parts` the contributions by
    signal (they add up to `score`).
    """

    score: float
    attention: float
    window_min: int
    messages: int
    hostile: int
    hostile_authors: int
    expected_messages: float
    expected_hostile: float
    purity: float
    usual_share: float
    toxic_share: float
    people_per_message: float
    late_share: float = 0.0
    parts: dict[str, float] = Field(default_factory=dict)


class StormChanged(Payload):
    """A brand's storm state after a decision. The greater `revision` is the newer.

    `incident_id` is null while it is calm. `severity` is 1 (local) to 4 (uncontrolled), 0 when calm.
    `sentence` says in one English sentence with numbers why; `uncertain` lists what makes it less sure.
    `changed_at` is event time (the end of the bin), `decided_at` the clock. `is_tick`: no transition,
    only newer numbers of a state that is not calm. `is_drill`: of a rehearsal, nothing of it is real.
    """

    brand_id: str
    incident_id: str | None = None
    level: Level
    severity: int = Field(default=0, ge=0, le=4)
    before: Level
    numbers: StormNumbers
    growth: Growth = Field(default_factory=Growth)
    sentence: str
    ends_when: str = ""
    uncertain: list[str] = Field(default_factory=list)
    examples: list[str] = Field(default_factory=list)
    topics: list[TopicCount] = Field(default_factory=list)
    threads: list[ThreadCount] = Field(default_factory=list)
    emotions: dict[str, int] = Field(default_factory=dict)
    networks: dict[str, int] = Field(default_factory=dict)
    is_manual: bool = False
    is_expected: bool = False
    is_tick: bool = False
    is_drill: bool = False
    snoozed_until: AwareDatetime | None = None
    opened_at: AwareDatetime | None = None
    onset_at: AwareDatetime | None = None
    changed_at: AwareDatetime
    decided_at: AwareDatetime
    revision: int


Steer = Literal["raise", "end", "snooze", "expect", "confirm", "reject"]


class StormSteered(Payload):
    """A person's word about a brand's storm state.

    raise: it is a storm. end: it is over. snooze: no alarm until `until`. expect: a campaign runs until
    `until` (raises the bar for volume, never for hostility). confirm, reject: the incident was one, or
    was a false alarm; that feeds calibration.
    """

    steer_id: str
    brand_id: str
    steer: Steer
    incident_id: str | None = None
    until: AwareDatetime | None = None
    note: str = ""
    by: Approver
    at: AwareDatetime


DrillKind = Literal["flash", "wave", "smoulder"]


class DrillRequested(Payload):
    """A person wants a made storm rehearsed at a brand, or (`is_end`) the rehearsal ended.

    `messages_an_hour` is what is usual at the brand. The decisions come as `storm.changed` with
    `is_drill`; `incident_id` is of the drill to end.
    """

    request_id: str
    brand_id: str
    is_end: bool = False
    incident_id: str | None = None
    kind: DrillKind = "wave"
    speed: int = Field(default=20, ge=1, le=60)
    seed: int = 1
    messages_an_hour: float = Field(default=12.0, ge=0)
    requested_by: Approver
    requested_at: AwareDatetime


class FreezeRequested(Payload):
    """A person stops, or lets go again, everything of a brand that would go out by itself."""

    request_id: str
    brand_id: str
    is_frozen: bool
    reason: str
    incident_id: str | None = None
    requested_by: Approver
    requested_at: AwareDatetime


class FreezeChanged(Payload):
    """Whether a brand is frozen, since when and why. The greater `revision` is the newer.

    `held` are the answers that were stopped by it and wait for a person, one by one.
    """

    brand_id: str
    is_frozen: bool
    reason: str
    incident_id: str | None = None
    changed_by: Approver
    held: list[str] = Field(default_factory=list)
    revision: int
    changed_at: AwareDatetime

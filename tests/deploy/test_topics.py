"""Topics in code, as Strimzi objects, as compose and the Job make them: one list."""

from contracts.topics import DEAD_LETTER_PARTITIONS, SERVICES, TOPICS
from deploy.generate import DEPLOY, generated
from runtime.admin import wanted_topics
from tests.deploy.manifests import of_kind, render


def test_generated_files_are_up_to_date() -> None:
    stale = [
        str(path.relative_to(DEPLOY))
        for path, text in generated().items()
        if path.read_text() != text
    ]
    assert stale == [], "run: python -m deploy.generate"


def test_every_topic_is_an_object_with_its_numbers() -> None:
    objects = {
        one["metadata"]["name"]: one["spec"] for one in of_kind(render("everything"), "KafkaTopic")
    }
    assert set(objects) == {topic.name for topic in wanted_topics()}
    for topic in wanted_topics():
        spec = objects[topic.name]
        assert spec["partitions"] == topic.partitions
        assert spec["config"]["retention.ms"] == topic.retention_ms
        assert spec["config"]["max.message.bytes"] == topic.max_message_bytes


def test_each_reader_has_dead_letters() -> None:
    names = {topic.name for topic in wanted_topics()}
    for topic in TOPICS.values():
        for group in topic.consumers:
            assert group in SERVICES
            assert f"{topic.name}.{group}.dlq" in names
    dead = [topic for topic in wanted_topics() if topic.name.endswith(".dlq")]
    assert all(topic.partitions == DEAD_LETTER_PARTITIONS for topic in dead)


def test_every_topic_belongs_to_the_cluster_that_is_there() -> None:
    objects = render("everything")
    clusters = {one["metadata"]["name"] for one in of_kind(objects, "Kafka")}
    owned = of_kind(objects, "KafkaTopic", "KafkaNodePool")
    assert {one["metadata"]["labels"]["strimzi.io/cluster"] for one in owned} == clusters


def test_the_largest_topic_fits_through_the_broker() -> None:
    broker = of_kind(render("everything"), "Kafka")[0]["spec"]["kafka"]["config"]
    largest = max(topic.max_message_bytes for topic in wanted_topics())
    assert broker["message.max.bytes"] >= largest
    assert broker["replica.fetch.max.bytes"] >= largest

"""Topics on a real broker: made once, known by their id, refused where offsets are missing by nature."""

import time
import uuid

import pytest
from kafka import KafkaProducer

from contracts.errors import LogBroken, Unavailable
from contracts.events import TOPICS, Topic
from infra.kafka.admin import Admin, ensure_topics, topic_id


@pytest.fixture
def admin(kafka):
    with Admin(kafka.address) as admin:
        yield admin


def new_topic(admin, **config):
    topic = Topic(f"test-{uuid.uuid4()}", 2, {name.replace("_", "."): value for name, value in config.items()})
    admin.ensure(topic)
    return admin.facts(topic.name)


def refuse_unfit(admin, topic):
    """Ask until the topic has its leaders."""
    deadline = time.monotonic() + 10
    while True:
        try:
            return admin.refuse_unfit(topic)
        except Unavailable:
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_our_topics_are_made_once_and_keep_their_id(kafka, admin):
    before = {topic.name: admin.facts(topic.name) for topic in TOPICS}
    ensure_topics(kafka.address)
    for topic in TOPICS:
        assert admin.facts(topic.name) == before[topic.name]
        assert before[topic.name].partitions == topic.partitions
        assert before[topic.name].id == topic_id(kafka.address, topic.name)


def test_a_topic_that_does_not_exist_is_said_so(admin):
    with pytest.raises(LogBroken, match="topic nowhere does not exist"):
        admin.facts("nowhere")


def test_a_compacted_topic_is_refused(admin):
    with pytest.raises(LogBroken, match=r"cleanup\.policy=compact"):
        admin.refuse_unfit(new_topic(admin, cleanup_policy="compact"))


def test_observations_that_bear_the_time_of_their_senders_are_refused_and_the_way_out_is_told(admin, monkeypatch):
    stamped = new_topic(admin, message_timestamp_type="CreateTime")
    refuse_unfit(admin, stamped)  # any other topic may be
    monkeypatch.setattr("infra.kafka.admin.OBSERVATIONS", stamped.name)
    with pytest.raises(LogBroken, match=r"type=CreateTime: .*--add-config message\.timestamp\.type=LogAppendTime"):
        refuse_unfit(admin, stamped)


def test_observations_that_bear_the_time_of_their_arrival_are_accepted(admin, monkeypatch):
    stamped = new_topic(admin, message_timestamp_type="LogAppendTime")
    monkeypatch.setattr("infra.kafka.admin.OBSERVATIONS", stamped.name)
    refuse_unfit(admin, stamped)


def test_a_topic_written_in_transactions_is_refused(kafka, admin):
    topic = new_topic(admin)
    sender = KafkaProducer(bootstrap_servers=kafka.address, transactional_id=topic.name)
    sender.init_transactions()
    sender.begin_transaction()
    sender.send(topic.name, b"x", partition=1)
    sender.commit_transaction()
    sender.close()
    with pytest.raises(LogBroken, match="written in transactions"):
        refuse_unfit(admin, topic)


def test_a_plain_topic_with_idempotent_senders_is_accepted(kafka, admin):
    topic = new_topic(admin)
    with KafkaProducer(bootstrap_servers=kafka.address) as sender:
        sender.send(topic.name, b"x", partition=0).get(10)
    refuse_unfit(admin, topic)


def test_the_end_of_a_log_is_told_as_it_is_now(kafka, admin):
    topic = new_topic(admin)
    assert admin.ends(topic, [0, 1]) == {0: 0, 1: 0}
    producer = KafkaProducer(bootstrap_servers=kafka.address)
    for _ in range(3):
        producer.send(topic.name, b"x", partition=1)
    producer.flush()
    producer.close()
    assert admin.ends(topic, [1]) == {1: 3}

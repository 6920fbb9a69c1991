import pytest
from kafka.errors import KafkaConnectionError

from contracts.errors import Unavailable
from infra.kafka import admin


def test_a_server_that_does_not_answer_is_unavailable_and_named(monkeypatch):
    def no_answer(**_):
        raise KafkaConnectionError("no route")

    monkeypatch.setattr(admin, "KafkaAdminClient", no_answer)
    with pytest.raises(Unavailable, match=r"Kafka at 10\.0\.0\.1:9092 .*no route"):
        admin.Admin("10.0.0.1:9092")

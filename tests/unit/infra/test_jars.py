import pytest

from contracts.errors import Unavailable
from infra.embedded.jars import KAFKA_VERSION, kafka_jars
from infra.embedded.progress import silent

NOWHERE = "http://127.0.0.1:9"


def test_jars_that_are_there_are_used_without_asking_anybody(tmp_path):
    kept = tmp_path / f"kafka-{KAFKA_VERSION}"
    kept.mkdir()
    (kept / "a.jar").touch()
    assert kafka_jars(tmp_path, mirror=NOWHERE, progress=silent) == (kept / "a.jar",)


def test_a_repository_that_does_not_answer_is_told_with_what_helps(tmp_path):
    with pytest.raises(
        Unavailable, match=rf"(?s)Kafka .* from {NOWHERE} .*LEERLUS_KAFKA__MAVEN.*LEERLUS_KAFKA__BOOTSTRAP"
    ):
        kafka_jars(tmp_path, mirror=NOWHERE, progress=silent)


def test_an_attempt_that_failed_leaves_nothing_that_looks_like_jars(tmp_path):
    with pytest.raises(Unavailable):
        kafka_jars(tmp_path, mirror=NOWHERE, progress=silent)
    assert list(tmp_path.iterdir()) == []

import json

import pytest

from contracts.errors import SettingsError, Unavailable
from infra.settings import load_settings, variable_names


@pytest.fixture(autouse=True)
def own_state_directory(monkeypatch, tmp_path):
    monkeypatch.setenv("LEERLUS_STATE_DIR", str(tmp_path))


def test_argument_wins_over_environment_over_state_file_over_default(monkeypatch, tmp_path):
    written = {"kafka": {"bootstrap": "file:1"}, "mlflow": {"uri": "http://file"}, "gateway": {"port": 1111}}
    (tmp_path / "settings.json").write_text(json.dumps(written))
    monkeypatch.setenv("LEERLUS_KAFKA__BOOTSTRAP", "environment:1")
    monkeypatch.setenv("LEERLUS_MLFLOW__URI", "http://environment")
    settings = load_settings(kafka={"bootstrap": "argument:1"})
    assert settings.kafka.bootstrap == "argument:1"
    assert settings.mlflow.uri == "http://environment"
    assert settings.gateway.port == 1111
    assert settings.console.port == 8470


def test_an_argument_leaves_the_rest_of_its_section_to_the_environment(monkeypatch):
    monkeypatch.setenv("LEERLUS_KAFKA__MAVEN", "mirror")
    assert load_settings(kafka={"bootstrap": "a:1"}).kafka.maven == "mirror"


def test_a_misspelt_variable_is_refused_with_the_nearest_name_and_all_names(monkeypatch):
    monkeypatch.setenv("LEERLUS_KAFKA__BOOSTRAP", "a:1")
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert "LEERLUS_KAFKA__BOOSTRAP is not a setting; did you mean LEERLUS_KAFKA__BOOTSTRAP?" in str(caught.value)
    assert all(name in str(caught.value) for name in variable_names())


def test_a_misspelt_argument_is_refused():
    with pytest.raises(SettingsError, match=r"console\.prot is not a setting; did you mean LEERLUS_CONSOLE__PORT"):
        load_settings(console={"prot": 1})


def test_a_value_that_does_not_fit_is_named(monkeypatch):
    monkeypatch.setenv("LEERLUS_CONSOLE__PORT", "99999")
    with pytest.raises(SettingsError, match=r"LEERLUS_CONSOLE__PORT is '99999': .*less than or equal to 65535"):
        load_settings()


def test_an_empty_variable_counts_as_not_set(monkeypatch):
    monkeypatch.setenv("LEERLUS_MLFLOW__URI", "")
    assert load_settings().mlflow.uri is None


def test_a_missing_server_says_how_to_get_one():
    with pytest.raises(Unavailable, match=r"run `leerlus up`.*or set LEERLUS_KAFKA__BOOTSTRAP"):
        load_settings().need_kafka()


def test_a_password_is_shown_only_where_it_is_asked_for():
    settings = load_settings(postgres={"dsn": "postgresql://role:pass-word@host/db"})
    assert "pass-word" not in repr(settings)
    assert "pass-word" not in settings.model_dump_json()
    assert settings.need_postgres() == settings.revealed()["postgres"]["dsn"] == "postgresql://role:pass-word@host/db"


def test_what_is_configured_leaves_out_what_a_running_service_wrote(tmp_path):
    (tmp_path / "settings.json").write_text(json.dumps({"kafka": {"bootstrap": "file:1"}}))
    settings = load_settings(mlflow={"uri": "http://argument"})
    assert settings.kafka.bootstrap == "file:1"
    assert settings.configured().kafka.bootstrap is None
    assert settings.configured().mlflow.uri == "http://argument"


def test_settings_are_frozen():
    with pytest.raises(ValueError, match="frozen"):
        load_settings().kafka.bootstrap = "other:1"


def test_an_unreadable_state_file_is_named(tmp_path):
    (tmp_path / "settings.json").write_text("{")
    with pytest.raises(SettingsError, match=r"settings\.json is not readable as JSON"):
        load_settings()

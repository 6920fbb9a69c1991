from xml.etree import ElementTree as ET

import pytest

from services.console.axes import Caption, Point
from services.console.charts import difference_chart, evidence_chart
from services.console.figures import Mark
from services.console.languages import LANGUAGES
from services.console.words import MINUS, Words

WORDS = Words(LANGUAGES["nl"])
CAPTION = Caption("Werk <nu>", "Het verschil daalt & blijft.", "beter", "slechter")
POINTS = [Point(n, f"look {n}", -0.01 * n, -0.01 * n - 0.3 / n, -0.01 * n + 0.3 / n) for n in range(1, 13)]


def drawings(markup):
    """The wide and the narrow drawing as elements."""
    return ET.fromstring(f"<both>{markup}</both>").findall("svg")


def differences(points=POINTS, events=(), mark=Mark.WORSE):
    return drawings(
        difference_chart(points, caption=CAPTION, mark=mark, relevant=(-0.05, 0.05), events=list(events), words=WORDS)
    )


def evidence(points, threshold):
    return drawings(evidence_chart(points, caption=CAPTION, threshold=threshold, words=WORDS))


def of_class(drawing, name):
    return [each for each in drawing.iter() if name in (each.get("class") or "").split()]


def texts(drawing):
    return [each.text for each in drawing.iter("text")]


def test_a_chart_is_drawn_wide_and_narrow_each_with_its_own_title_and_description():
    wide, narrow = differences()
    assert (wide.get("class"), narrow.get("class")) == ("grafiek breed", "grafiek smal")
    ids = [each.get("id") for drawing in (wide, narrow) for each in drawing.iter() if each.get("id")]
    assert len(ids) == len(set(ids)) == 4
    for drawing in (wide, narrow):
        assert drawing.get("role") == "img"
        assert drawing.find("title").text == CAPTION.title
        assert drawing.find("desc").text == CAPTION.description


def test_the_axis_is_in_points_with_its_zero_marked():
    wide, _ = differences()
    assert "0" in texts(wide)
    assert any(each.startswith(MINUS) for each in texts(wide))
    assert len(of_class(wide, "nul")) == 1


def test_every_look_with_an_estimate_has_a_dot_while_there_are_few():
    assert len(of_class(differences()[0], "stip")) == len(POINTS)
    many = [Point(n, str(n), -0.1, -0.2, 0.0) for n in range(1, 99)]
    assert len(of_class(differences(many)[0], "stip")) == 1


def test_a_look_without_an_estimate_keeps_its_place_on_the_axis():
    points = [Point(1, "1", None), Point(2, "2", None), *POINTS[2:]]
    line = of_class(differences(points)[0], "lijn")[0].get("points")
    assert len(line.split()) == len(POINTS) - 2
    assert float(line.split(",")[0]) > 100


def test_where_the_band_runs_off_the_axis_it_has_no_edge():
    wide, _ = differences()
    edges = [each.get("points").split() for each in of_class(wide, "bandrand")]
    band = of_class(wide, "band")[0].get("points").split()
    assert len(band) == 2 * len(POINTS)
    assert all(len(edge) < len(POINTS) for edge in edges)


def test_no_more_labels_than_fit_and_the_last_look_among_them():
    many = [Point(n, str(n), -0.1, -0.2, 0.0) for n in range(1, 99)]
    for drawing, most in zip(differences(many), (12, 5), strict=True):
        labels = [each for each in texts(drawing) if each.isdigit() and each != "0"]
        assert labels[0] == "98"
        assert len(labels) <= most


def test_what_happened_is_numbered():
    wide, _ = differences(events=[3, 9])
    assert [each.text for each in of_class(wide, "eventt")] == ["1", "2"]


def test_one_look_alone_can_be_drawn():
    for drawing in differences(POINTS[:1]):
        assert len(of_class(drawing, "stip")) == 1


def test_evidence_above_the_threshold_has_filled_dots():
    wide, _ = evidence([Point(n, str(n), 0.5 * n) for n in range(1, 7)], threshold=1.9)
    assert len(of_class(wide, "vol")) == 3
    assert len(of_class(wide, "grens")) == 1


def test_without_a_threshold_there_is_no_line():
    wide, _ = evidence([Point(1, "1", 0.2)], threshold=None)
    assert of_class(wide, "grens") == of_class(wide, "vol") == []


@pytest.mark.parametrize("highest", [0.0, 2.5, 9.0, 40.0, 300.0])
def test_the_evidence_axis_has_few_labels_however_strong_the_evidence(highest):
    wide, _ = evidence([Point(1, "", -3.0), Point(2, "", highest)], threshold=1.9)
    assert 3 <= len([each for each in texts(wide) if each]) <= 9
    for dot in of_class(wide, "stip"):
        assert 12 <= float(dot.get("cy")) <= 140

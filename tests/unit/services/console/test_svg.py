import re
from xml.etree import ElementTree as ET

import pytest

from services.console.figures import Mark
from services.console.svg import Bar, interval_bar, mark, scale_for, short, stairs


def bar(*arguments, kind=Mark.NO_DIFFERENCE, scale=0.2):
    """An interval bar as an element."""
    return ET.fromstring(str(interval_bar(Bar(*arguments), kind, scale=scale)))


def path(drawing, name):
    """The paths of a class."""
    return [each.get("d") for each in drawing.iter("path") if each.get("class") == name]


def dot(drawing):
    """Where the estimate lies."""
    return float(drawing.find("circle").get("cx"))


def test_worse_lies_left_of_the_line_and_better_right_of_it():
    assert dot(bar(-0.1, -0.15, -0.05)) < 70 < dot(bar(0.1, 0.05, 0.15))
    assert dot(bar(0.0, -0.05, 0.05)) == 70


def test_the_bar_reaches_from_bound_to_bound():
    assert path(bar(0.0, -0.1, 0.1), "ci") == ["M36.5 11H103.5"]


@pytest.mark.parametrize(
    ("lower", "upper", "arrowheads"), [(-0.1, 0.1, 0), (-0.3, 0.1, 1), (-0.1, 0.3, 1), (-0.3, 0.3, 2)]
)
def test_a_bound_beyond_the_axis_is_an_arrowhead(lower, upper, arrowheads):
    assert len(path(bar(0.0, lower, upper), "verder")) == arrowheads


def test_nothing_is_drawn_outside_the_drawing():
    drawing = str(interval_bar(Bar(-5.0, -9.0, 9.0, 7.0, 8.0), Mark.WORSE, scale=0.2))
    places = [float(each) for each in re.findall(r"[MH](-?[\d.]+)", drawing)]
    assert all(0 <= place <= 140 for place in places)


def test_the_triangle_of_everyone_and_the_starting_line_are_drawn_only_where_they_are_known():
    assert path(bar(-0.1, -0.2, 0.0), "rest") == path(bar(-0.1, -0.2, 0.0), "uitgang") == []
    assert len(path(bar(-0.1, -0.2, 0.0, 0.05, -0.05), "rest")) == 1
    assert len(path(bar(-0.1, -0.2, 0.0, 0.05, -0.05), "uitgang")) == 1


def test_colour_is_a_class_and_never_in_the_drawing():
    drawing = str(interval_bar(Bar(-0.1, -0.2, 0.0), Mark.WORSE, scale=0.2))
    assert 'class="ibar slechter"' in drawing
    assert not re.search(r"style=|#[0-9a-f]{3}|fill=|stroke=", drawing)


def test_every_mark_has_a_shape_of_its_own():
    shapes = {re.sub(r'class="merk [a-z-]+"', "", str(mark(kind))) for kind in Mark}
    assert len(shapes) == len(Mark)
    for kind in Mark:
        ET.fromstring(str(mark(kind)))


@pytest.mark.parametrize("step", [1, 2, 3, 4])
def test_the_staircase_has_as_many_inked_steps_as_the_severity(step):
    paths = list(ET.fromstring(str(stairs(step))).iter("path"))
    assert [each.get("class") for each in paths] == [None] * step + ["uit"] * (4 - step)


def test_the_scale_holds_every_estimate_and_most_bounds():
    assert scale_for([Bar(-0.03, -0.04, -0.01), Bar(0.01, -0.02, 0.04)]) == 0.05
    assert scale_for([Bar(-0.15, -0.2, -0.1)]) == 0.2
    assert scale_for([Bar(0.0, -0.02, 0.02)] * 9 + [Bar(0.0, -0.9, 0.9)]) == 0.02
    assert scale_for([]) == 0.02


def test_coordinates_are_short():
    assert [short(1.0), short(0.25), short(-3.04), short(100.0)] == ["1", "0.2", "-3", "100"]

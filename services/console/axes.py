"""The frame of a chart over looks: its sizes, where values lie, and the grid with its labels."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from math import ceil

from markupsafe import Markup

from services.console.svg import markup, short

_LABEL_GAP = 8
_TEXT_DROP = 4


@dataclass(frozen=True, slots=True)
class Point:
    """A look on the horizontal axis.

    Attributes:
        at: Number of the look.
        label: What stands below it.
        value: Difference in outcome units, or log10 of the evidence; None where there is none yet.
        lower, upper: Its bounds, where it has any.
    """

    at: int
    label: str
    value: float | None
    lower: float | None = None
    upper: float | None = None


@dataclass(frozen=True, slots=True)
class Caption:
    """What a chart says in words: its title, what there is to see, and what lies above and below."""

    title: str
    description: str
    above: str = ""
    below: str = ""


@dataclass(frozen=True, slots=True)
class Size:
    """A size in which a chart is drawn.

    Attributes:
        kind: Class of the style sheet: `breed` or `smal` (for a narrow screen).
        width, height: Of the whole drawing.
        right, left, top, bottom: Margins.
        labels: Most labels below the axis.
    """

    kind: str
    width: float
    height: float
    right: float
    labels: int
    left: float = 48
    top: float = 34
    bottom: float = 34

    @property
    def is_wide(self) -> bool:
        """Whether there is room for words beside the lines."""
        return self.kind == "breed"

    @property
    def foot(self) -> float:
        """Where the axis lies."""
        return self.height - self.bottom


@dataclass(frozen=True, slots=True)
class Frame:
    """Where looks and values lie in a drawing; values beyond the axis lie on its end."""

    size: Size
    first: int
    last: int
    low: float
    high: float

    def x(self, at: float) -> str:
        """Return where a look lies."""
        share = (at - self.first) / max(1, self.last - self.first)
        return short(self.size.left + (self.size.width - self.size.left - self.size.right) * share)

    def height_of(self, value: float | None) -> float:
        """Return the height of a value, that of zero where there is none."""
        inside = max(self.low, min(self.high, value or 0.0))
        share = (self.high - inside) / (self.high - self.low)
        return self.size.top + (self.size.foot - self.size.top) * share

    def y(self, value: float | None) -> str:
        """Return the height of a value as it is written."""
        return short(self.height_of(value))

    def across(self, value: float) -> str:
        """Return the path of a level line."""
        return f"M{short(self.size.left)} {self.y(value)}H{self.end}"

    @property
    def end(self) -> str:
        """Where the axis ends."""
        return short(self.size.width - self.size.right)


def frame_of(size: Size, points: Sequence[Point], *, low: float, high: float) -> Frame:
    """Return the frame in which these looks fit."""
    return Frame(size, points[0].at, points[-1].at, low, high)


def drawing(size: Size, caption: Caption, *, name: str, parts: Iterable[str]) -> Markup:
    """Return a drawing with its title and description; `name` is the only one of its kind on a page."""
    uid, width, height = f"{name}-{size.kind}", short(size.width), short(size.height)
    return markup(
        f'<svg class="grafiek {size.kind}" role="img" aria-labelledby="{uid}-t {uid}-d" '
        f'viewBox="0 0 {width} {height}" width="{width}" height="{height}">'
        f'<title id="{uid}-t">{escape(caption.title)}</title><desc id="{uid}-d">{escape(caption.description)}</desc>'
        + "".join(parts)
        + "</svg>"
    )


def steps_between(low: float, high: float, step: float) -> list[float]:
    """Return the values at which the grid has a line."""
    return [round(low + step * number, 6) for number in range(round((high - low) / step) + 1)]


def grid(frame: Frame, values: Sequence[float], labels: Sequence[str]) -> Iterator[str]:
    """Yield the lines of the grid and what stands beside them."""
    for value, label in zip(values, labels, strict=True):
        yield f'<path class="{"nul" if value == 0 else "raster"}" d="{frame.across(value)}"/>'
        place = short(frame.size.left - _LABEL_GAP), short(frame.height_of(value) + _TEXT_DROP)
        yield written(*place, label, anchor="end")


def look_labels(frame: Frame, points: Sequence[Point]) -> Iterator[str]:
    """Yield the labels of the looks, as many as there is room for, the last one among them."""
    every = ceil(len(points) / frame.size.labels)
    height = short(frame.size.height - 12)
    for point in points[::-1][::every]:
        anchor = "end" if point.at == frame.last and not frame.size.is_wide else "middle"
        yield written(frame.x(point.at), height, point.label, anchor=anchor)


def beside(frame: Frame, value: float, label: str, *, kind: str = "") -> str:
    """Return a text at the end of the axis, at the height of a value."""
    return written(after(frame), short(frame.height_of(value) + _TEXT_DROP), label, kind=kind)


def after(frame: Frame) -> str:
    """Return where text beside the axis begins."""
    return short(frame.size.width - frame.size.right + 10)


def written(x: str, y: str, label: str, *, anchor: str = "start", kind: str = "") -> str:
    """Return a text at a place."""
    named = f' class="{kind}"' if kind else ""
    placed = "" if anchor == "start" else f' text-anchor="{anchor}"'
    return f'<text{named} x="{x}" y="{y}"{placed}>{escape(label)}</text>'

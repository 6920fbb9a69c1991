"""Apache Kafka's jars from the Maven repository, fetched once and kept whole."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from contracts.errors import Unavailable
from infra.embedded.progress import Progress, Step

KAFKA_VERSION = "4.3.1"
_COORDINATES = f"org.apache.kafka:kafka_2.13:{KAFKA_VERSION}+org.slf4j:slf4j-simple:1.7.36"
_ABOUT_BYTES = 45_000_000  # what these coordinates amounted to; only a scale for the progress bar


def kafka_jars(cache_dir: Path, *, mirror: str | None, progress: Progress) -> tuple[Path, ...]:
    """Return the jars of the broker, downloaded first where the cache does not hold them.

    A download goes to a folder of its own that takes its final name when it is complete, so that an interrupted one is
    never taken for whole.

    Args:
        cache_dir: Where downloads are kept.
        mirror: Address of a Maven repository to use instead of the public one.
        progress: Told how far the download is.

    Raises:
        Unavailable: If the repository does not answer or lacks a file.
    """
    kept = cache_dir / f"kafka-{KAFKA_VERSION}"
    if not kept.is_dir():
        cache_dir.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache_dir, prefix="download-") as part:
            _download(Path(part), mirror=mirror, progress=progress)
            _keep(Path(part) / "jars", kept)
    return tuple(sorted(kept.glob("*.jar")))


def _download(part: Path, *, mirror: str | None, progress: Progress) -> None:
    from jgo.constants import MAVEN_CENTRAL_URL  # noqa: PLC0415  (half a second that only a first start needs)
    from jgo.env import EnvironmentBuilder, LinkStrategy  # noqa: PLC0415
    from jgo.maven import MavenContext, PythonResolver  # noqa: PLC0415

    address = mirror or MAVEN_CENTRAL_URL
    progress(Step("kafka", "working", "downloading", 0, _ABOUT_BYTES))
    context = MavenContext(
        resolver=PythonResolver(progress_callback=_counted(progress)),
        repo_cache=part / "repository",
        local_repos=[],
        remote_repos={"repository": address.rstrip("/")},
        timeout=30,
    )
    builder = EnvironmentBuilder(context=context, cache_dir=part / "environment", link_strategy=LinkStrategy.COPY)
    try:
        environment = builder.from_endpoint(_COORDINATES)
    except (OSError, RuntimeError, ValueError) as error:
        raise Unavailable(
            f"Apache Kafka {KAFKA_VERSION} could not be downloaded from {address} ({error}): check the connection, set "
            "LEERLUS_KAFKA__MAVEN to a mirror, or LEERLUS_KAFKA__BOOTSTRAP to a broker of your own"
        ) from error
    jars = part / "jars"
    jars.mkdir()
    for jar in environment.all_jars:
        shutil.move(jar, jars / jar.name)


def _keep(complete: Path, kept: Path) -> None:
    try:
        complete.rename(kept)
    except OSError:
        if not kept.is_dir():  # otherwise another start was faster, with the same files
            raise


def _counted(progress: Progress) -> Callable[[str, int], AbstractContextManager[Callable[[int], None]]]:
    """Return a callback that adds up the bytes of all files."""
    done = 0

    @contextmanager
    def one_file(name: str, size: int) -> Iterator[Callable[[int], None]]:  # noqa: ARG001  (jgo's signature)
        def update(n_bytes: int) -> None:
            nonlocal done
            done += n_bytes
            progress(Step("kafka", "working", f"downloading {name}", min(done, _ABOUT_BYTES), _ABOUT_BYTES))

        yield update

    return one_file

"""Kill the whole night of the demo at its writes and syncs; run it again; compare books and outbox.

    python -m bench.night_sweep --points 60        needs strace; five seconds a point

Room: shell.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import text

from bench.sweep import Tally
from jobs.demo import import_all, lay_out
from jobs.demo_world import DemoWorld, demo_world
from jobs.invocation import Invocation
from jobs.output import Output
from recon.store.digest import digest_parts
from recon.store.engine import open_store
from recon.verify import verify


@dataclass(frozen=True, slots=True)
class Told:
    """What books and outbox say, in a form that two nights can be compared by."""

    parts: dict[str, str]
    notices: tuple[tuple[object, ...], ...]
    uncertain: tuple[tuple[object, ...], ...]
    mails: tuple[str, ...]


CALLS = ("pwrite64", "fdatasync", "fsync", "rename", "write")


def main() -> int:
    """Run the sweep and print its row; 1 when anything was violated."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--points", type=int, default=60)
    points = parser.parse_args().points
    if not shutil.which("strace"):
        print("strace is not installed: nothing is cut")
        return 0
    with tempfile.TemporaryDirectory(prefix="recon-night-sweep-") as name:
        folder = Path(name) / "night"
        template = _template(demo_world(), folder)
        tally = _sweep(template, folder, points)
    print(f"{tally.name}: {tally.points} points, {tally.reached} cut, {tally.violations} violations  {tally.first}")
    return int(bool(tally.violations))


def _template(world: DemoWorld, folder: Path) -> Path:
    """Lay the demo out at the place where it will run, and keep a copy of it before its night."""
    lay_out(world, folder)
    import_all(Invocation(folder / "recon.toml", Output(muted=True), world.as_of.isoformat()), world, folder)
    template = folder.with_name("template")
    shutil.copytree(folder, template)
    return template


def _sweep(template: Path, folder: Path, points: int) -> Tally:
    tally = Tally("SIGKILL of the whole night at writes and fsyncs")
    as_of = demo_world().as_of.isoformat()
    calls = _count(folder, as_of)
    expected = _told(folder)
    for call, count in calls.items():
        share = max(points * count // sum(calls.values()), 3)
        for number in range(1, count + 1, max(count // share, 1)):
            _again(template, folder)
            killed = _night(folder, as_of, "-e", f"inject={call}:signal=SIGKILL:when={number}")
            wrong = _rerun(folder, as_of) or _differs(expected, _told(folder))
            tally.add(f"{call} {number}", wrong, is_reached=killed.returncode != 0)
            print(f"{call} {number} of {count}: {wrong or 'whole'}", file=sys.stderr, flush=True)
    return tally


def _rerun(folder: Path, as_of: str) -> str:
    done = _night(folder, as_of)
    if done.returncode not in (0, 3):
        return f"the rerun exits with {done.returncode}: {done.stderr.decode()[-300:]}"
    findings = verify(_url(folder)).findings
    return findings[0].what if findings else ""


def _differs(expected: Told, told: Told) -> str:
    """Say what differs. One mail may be in doubt after a crash while it was handed over; it is never sent again."""
    parts = [name for name, part in expected.parts.items() if told.parts[name] != part]
    if told.notices != expected.notices:
        parts.append("notices")
    if len(told.uncertain) > 1:
        parts.append(f"{len(told.uncertain)} mails in doubt")
    if set(told.mails) - set(expected.mails) or len(expected.mails) - len(told.mails) > len(told.uncertain):
        parts.append("mails")
    return ", ".join(parts)


def _told(folder: Path) -> Told:
    """Return what books and outbox say."""
    store = open_store(_url(folder))
    with store.read() as connection:
        parts = digest_parts(connection)
        rows = [tuple(row) for row in connection.execute(text(_NOTICES))]
    store.close()
    del parts["notices"]  # told below, with the state apart
    mails = tuple(sorted(path.name for path in (folder / "outbox").glob("*.eml")))
    uncertain = tuple(row for row in rows if row[-1] == "uncertain")
    return Told(parts, tuple(sorted(row[:-1] for row in rows)), uncertain, mails)


_NOTICES = """
SELECT c.code, n.currency, n.day, n.policy_id, n.level, n.channel, n.demanded_minor, n.state
FROM notice AS n JOIN customer AS c ON c.id = n.customer_id
"""


def _count(folder: Path, as_of: str) -> dict[str, int]:
    record = folder.with_name("calls.txt")
    _night(folder, as_of, "-e", f"trace={','.join(CALLS)}", "-o", str(record))
    written = record.read_text(errors="replace")
    return {call: count for call in CALLS if (count := written.count(f" {call}("))}


def _again(template: Path, folder: Path) -> None:
    shutil.rmtree(folder)
    shutil.copytree(template, folder)


def _night(folder: Path, as_of: str, *strace: str) -> subprocess.CompletedProcess[bytes]:
    recon = [str(Path(sys.executable).with_name("recon")), "--config", str(folder / "recon.toml"), "--as-of", as_of]
    before = ["strace", "-f", "-qq", *strace] if strace else []
    return subprocess.run([*before, *recon, "nightly"], capture_output=True, check=False, cwd=folder)


def _url(folder: Path) -> str:
    return f"sqlite:///{folder / 'recon.sqlite'}"


if __name__ == "__main__":
    sys.exit(main())

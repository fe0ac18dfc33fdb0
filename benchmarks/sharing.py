"""Do two processes that train at once get what the cores can give? On KERAS_BACKEND's engine.

    python benchmarks/sharing.py [JOB ...]

For each job (mnist_cnn and mnist_mlp without one): milliseconds of a step of one process alone,
with all cores and with one thread, and of each of two at once. The last column is the work that the
two do together, as a share of what one does alone with all cores: below 1 they are in each other's
way.
"""
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
ROUNDS = 5
SECONDS = 1.5  # of a round


def work(job):
    """A process's part: for each line that comes in, train for a while, and print ms per step."""
    sys.path[:0] = [str(FOLDER.parent), str(FOLDER), str(FOLDER / "contenders")]
    import keras_models
    from workloads import WORKLOADS, arrays

    from keras.utils import to_categorical
    model = getattr(keras_models, job)()
    x, y = arrays(job)
    y = to_categorical(y) if y.ndim == 1 else y
    size = WORKLOADS[job].batch_size

    def epoch():
        model.fit(x, y, batch_size=size, verbose=0)

    epoch()
    for _ in sys.stdin:
        steps, begin = 0, time.perf_counter()
        while time.perf_counter() - begin < SECONDS:
            epoch()
            steps += len(x) // size
        print((time.perf_counter() - begin) / steps * 1e3, flush=True)


def started(job, threads=None):
    """A process that waits for its first line."""
    settings = {**os.environ, "KERAS_QUIET": "1"}
    if threads:
        settings["OMP_NUM_THREADS"] = str(threads)
    return subprocess.Popen([sys.executable, __file__, "--work", job], stdin=subprocess.PIPE,
                            stdout=subprocess.PIPE, text=True, env=settings)


def milliseconds(*processes):
    """Those of a step of each process, all at once, each the median of the rounds."""
    rounds = []
    for _ in range(ROUNDS):
        for process in processes:
            process.stdin.write("go\n")
            process.stdin.flush()
        rounds.append([float(process.stdout.readline()) for process in processes])
    return [statistics.median(times) for times in zip(*rounds)]


def main(jobs):
    print(f"{'':12} {'alone':>8} {'1 thread':>9} {'two at once':>16} {'together':>9}")
    for job in jobs:
        processes = [started(job), started(job), started(job, 1)]
        milliseconds(*processes)  # until all are warm
        (alone,), (single,) = milliseconds(processes[0]), milliseconds(processes[2])
        both = milliseconds(*processes[:2])
        share = sum(alone / ms for ms in both)
        print(f"{job:12} {alone:>8.2f} {single:>9.2f} {both[0]:>8.2f}{both[1]:>8.2f} {share:>9.2f}")
        for process in processes:
            process.stdin.close()
            process.wait()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--work"]:
        work(sys.argv[2])
    else:
        main(sys.argv[1:] or ["mnist_cnn", "mnist_mlp"])

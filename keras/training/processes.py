"""Batches made by worker processes: the parent's side; worker.py is the other one.

Each worker has a socket of its own, so that one which is killed can leave no lock behind. All
of them, and the server that forked them, are one process group, which is killed whole at the end.
"""
import ast
import hashlib
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from multiprocessing import spawn
from multiprocessing.connection import wait
from socket import socketpair

from . import worker
from .supply import Supply, WorkerError, caused
from .wire import receive, send

START = 120.0  # seconds that the server is given to load the Sequence
REPORT = 1.0  # seconds that the news of a worker's end may take


class NoProcesses(Exception):
    """Why workers cannot be processes."""


class WorkerDied(WorkerError):
    """A worker process ended by itself or was killed."""


def pickled(sequence):
    """The Sequence as bytes. NoProcesses if it cannot be sent."""
    try:
        return pickle.dumps(sequence, 5)
    except Exception as error:
        raise NoProcesses(f"{type(sequence).__name__} cannot be pickled ({error})") from None


def digest(data):
    """What stands for the bytes `data`, to see whether they changed."""
    return hashlib.blake2b(data).digest()


def main_order(data):
    """What a process needs to import the main module, if the pickle `data` needs that."""
    if b"__main__" not in data:
        return None
    path = getattr(sys.modules["__main__"], "__file__", None)
    if not path or not os.path.exists(path):
        raise NoProcesses("its class is defined in an interactive session; put it into a module")
    if not is_guarded(path):
        raise NoProcesses(f"its class is defined in {os.path.basename(path)}, which cannot be "
                          f"imported without running it; put what runs there under "
                          f"`if __name__ == '__main__':`")
    wanted = ("sys_path", "sys_argv", "init_main_from_name", "init_main_from_path")
    return {key: value for key, value in spawn.get_preparation_data("keras-worker").items()
            if key in wanted}


def is_guarded(path):
    """Whether the program in a file has an `if __name__ == '__main__':`."""
    with open(path, "rb") as file:
        try:
            tree = ast.parse(file.read())
        except (SyntaxError, ValueError):
            return False
    return any(isinstance(node, ast.If) and "__name__" in ast.dump(node.test)
               for node in tree.body)


class Processes(Supply):
    """Batches of a Sequence made by other processes.

    Arguments
        jobs: Items.
        room: as for Supply.
        workers: number of processes.

    Raises
        NoProcesses: if the Sequence cannot be sent to one, or this system has none that fork.
    """

    def __init__(self, jobs, room, workers):
        super().__init__(jobs, room)
        if os.name != "posix" or worker.in_server:
            raise NoProcesses("worker processes cannot be started from here")
        data = pickled(jobs.sequence)
        self.digest = digest(data)
        order = {"sequence": data, "main": main_order(data), "seed": jobs.seed + jobs.given}
        self.exits = {}  # pid -> its exit code, or the negative signal
        self.busy = {}  # socket -> (number, job), or None
        self.pids = {}  # socket -> pid
        self.woken, self.waker = socketpair()
        self.feeder = None
        try:
            self._start(order, workers)
        except BaseException:
            self.close()
            raise
        self.feeder = threading.Thread(target=self.feed, name="keras-feeder", daemon=True)
        self.feeder.start()

    def _start(self, order, workers):
        self.control, control = socketpair()
        pairs = [socketpair() for _ in range(workers)]
        theirs = [control.fileno(), *(there.fileno() for _, there in pairs)]
        program = (f"import sys; sys.path[:] = {sys.path!r}; "
                   f"from keras.training.worker import main; main{tuple(theirs)}")
        # A session of its own: Ctrl-C at the terminal is for the parent alone.
        self.server = subprocess.Popen([sys.executable, "-c", program], pass_fds=theirs,
                                       stdin=subprocess.DEVNULL, start_new_session=True)
        for there in (control, *(there for _, there in pairs)):
            there.close()
        send(self.control, order)
        answer = self._first_answer()
        if answer[0] == "failed":
            raise NoProcesses(f"another process cannot load it:\n{answer[1]}")
        for (here, _), pid in zip(pairs, answer[1]):
            self.busy[here], self.pids[here] = None, pid

    def _first_answer(self):
        until = time.monotonic() + START
        while time.monotonic() < until:
            try:
                if wait([self.control], 1.0):
                    news = receive(self.control)
                    if news[0] != "ended":
                        return news
                    self.exits[news[1]] = news[2]
            except (EOFError, OSError):
                code = self.server.wait()
                raise WorkerDied(f"The server of the worker processes, process "
                                 f"{self.server.pid}, {how_ended(code)} while it loaded "
                                 f"{self.jobs.label}.") from None
        raise WorkerDied(f"The server of the worker processes, process {self.server.pid}, has not "
                         f"loaded {self.jobs.label} in {START:.0f} s. Is it very large? "
                         f"workers=1 without use_multiprocessing sends it nowhere.")

    # The feeder: a thread of the parent that gives out jobs and takes in batches

    def feed(self):
        try:
            while not self.closed and not self.failure:
                self._give_out()
                for source in wait([self.woken, self.control, *self.busy]):
                    self._read(source)
        except Exception as error:
            self.fail(error)

    def _give_out(self):
        for pipe, current in self.busy.items():
            if current is None:
                with self.changed:
                    given = self.job(f"process {self.pids[pipe]}")
                if given is None:
                    return
                self.busy[pipe] = given
                try:
                    send(pipe, given)
                except OSError:
                    self._died(pipe)

    def _read(self, source):
        if source is self.woken:
            source.recv(4096)
        elif source is self.control:
            if self._news():
                self._died(next(p for p, pid in self.pids.items() if pid in self.exits))
        else:
            try:
                number, worked, result = receive(source)
            except (EOFError, OSError):
                self._died(source)
                return
            _, job = self.busy[source]
            self.busy[source] = None
            if worked:
                self.done(number, result)
            else:
                self.fail(caused(pickle.loads(result[0]), self.jobs.told(job), number,
                                 f"process {self.pids[source]}", result[1]))

    def _news(self):
        """Take in which worker ended, and how. False if the server itself did."""
        try:
            _, pid, code = receive(self.control)
        except (EOFError, OSError):
            code = self.server.wait()
            self.fail(WorkerDied(f"The server of the worker processes, process "
                                 f"{self.server.pid}, {how_ended(code)}."))
            return False
        self.exits[pid] = code
        return True

    def _died(self, pipe):
        """Tell of a worker that is gone; of several of which it is known the one with the first
        batch."""
        until = time.monotonic() + REPORT
        while self.pids[pipe] not in self.exits and wait(
                [self.control], max(0.0, until - time.monotonic())):
            if not self._news():
                return
        gone = [p for p, pid in self.pids.items() if pid in self.exits and self.busy[p]]
        pipe = min(gone, key=lambda p: self.busy[p][0], default=pipe)
        pid, given = self.pids[pipe], self.busy[pipe]
        at = "waited for work"
        if given:
            at = f"made batch {given[0]}, {self.jobs.told(given[1])}"
        self.fail(WorkerDied(f"Worker process {pid} {how_ended(self.exits.get(pid))} while it "
                             f"{at}. {REMEDIES.get(self.exits.get(pid), ELSE)}"))

    # The side of the user

    def wake(self):
        self.waker.send(b"x")

    def renew(self):
        if self.jobs.given == self.jobs.limit:
            return
        data = pickled(self.jobs.sequence)
        if digest(data) != self.digest:  # no worker is busy now: a pass is over
            for pipe in self.busy:
                send(pipe, (None, data))
            self.digest = digest(data)

    def close(self):
        """Kill the server and the workers, end the feeder."""
        with self.changed:
            already, self.closed = self.closed, True
            self.ready.clear()
            self.changed.notify_all()
        if already:
            return
        server = self.__dict__.get("server")
        if server:
            try:
                os.killpg(server.pid, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                pass  # macOS says the second of a group of which only zombies are left
            server.wait()
        self.waker.close()
        if self.feeder and self.feeder is not threading.current_thread():
            self.feeder.join()
        for pipe in (self.woken, self.__dict__.get("control"), *self.pids):
            if pipe:
                pipe.close()


ELSE = "Its own output, above, may say why; workers=0 makes the batches in the main thread."
REMEDIES = {
    -signal.SIGKILL: "Systems kill like that when memory runs out: take fewer workers, a smaller "
                     "max_queue_size or smaller batches.",
    -signal.SIGSEGV: "A native library crashed: make the batch in the main thread, workers=0, "
                     "with `python -X faulthandler` to see where.",
} if os.name == "posix" else {}


def how_ended(code):
    """A process's end in words; `code` is its exit code, or the negative signal."""
    if code is None:
        return "ended"
    if code >= 0:
        return f"ended with exit code {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = "an unnamed signal"
    return f"was killed by signal {-code} ({name})"

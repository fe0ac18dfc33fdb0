"""The other end of processes.py: a server that loads a Sequence and forks the workers.

The server is a fresh interpreter with one thread, so that forking it is safe; the workers share
its memory, a large Sequence is there once. It is the leader of a process group of its own, in
which nothing outlives it: when its parent goes, it ends the group, and when it goes, so do they.
"""
import os
import pickle
import random
import signal
import sys
import threading
import traceback
from multiprocessing import spawn
from socket import socket

import numpy as np

from .wire import receive, send

in_server = False  # in the server and its workers: no further processes are started


def main(control, *fds):
    """The server.

    Arguments
        control: file descriptor of the socket to the parent, for orders and for news.
        fds: file descriptors of the sockets that the workers get.
    """
    global in_server
    in_server = True
    control = socket(fileno=control)
    pipes = [socket(fileno=fd) for fd in fds]
    try:
        order = receive(control)
        sequence = loaded(order)
    except BaseException:
        send(control, ("failed", traceback.format_exc()))
        return
    life, own = os.pipe()  # the workers see its end when the server goes
    signal.signal(signal.SIGCHLD, lambda *_: report_ends(control))
    pids = [forked(pipes, i, sequence, order["seed"], life, (own, control)) for i in
            range(len(pipes))]
    for pipe in pipes:
        pipe.close()
    try:
        send(control, ("ready", pids))
        receive(control)
    except (EOFError, OSError):
        pass
    os.killpg(0, signal.SIGKILL)


def loaded(order):
    """The Sequence that the parent sent, its main module imported first if it comes from there."""
    if order["main"]:
        spawn.prepare(order["main"])
    return pickle.loads(order["sequence"])


def report_ends(control):
    """Tell the parent which workers ended, and how."""
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not pid:
            return
        try:
            send(control, ("ended", pid, os.waitstatus_to_exitcode(status)))
        except OSError:
            return


def forked(pipes, i, sequence, seed, life, others):
    """The id of a new worker, which serves pipe number i."""
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.close(others[0])
        others[1].close()
        for pipe in pipes:
            if pipe is not pipes[i]:
                pipe.close()
        threading.Thread(target=end_with, args=(life,), daemon=True).start()
        serve(pipes[i], sequence, seed)
        code = 0
    finally:
        os._exit(code)


def end_with(life):
    """End this process when the server ends."""
    os.read(life, 1)
    os._exit(1)


def serve(pipe, sequence, seed):
    """What a worker does: item after item, until the parent closes the pipe."""
    while True:
        try:
            number, job = receive(pipe)
        except (EOFError, OSError):
            return
        if number is None:
            sequence = pickle.loads(job)
            continue
        try:
            answer(pipe, number, job, sequence, seed)
        except OSError:
            return


def answer(pipe, number, job, sequence, seed):
    """Send an item: (number, whether it worked, item or error).

    Random numbers are seeded by the number of the batch: which worker makes it changes nothing.
    """
    np.random.seed((seed + number) % 2**32)
    random.seed(seed + number)
    try:
        item = sequence[job]
    except BaseException as error:
        send(pipe, (number, False, (portable(error), traceback.format_exc())))
        return
    finally:
        sys.stdout.flush()
    try:
        send(pipe, (number, True, item))
    except OSError:
        raise
    except Exception as error:  # the item cannot be pickled
        send(pipe, (number, False, (portable(error), traceback.format_exc())))


def portable(error):
    """The exception, pickled; a RuntimeError with its text if it cannot be."""
    try:
        data = pickle.dumps(error, 5)
        pickle.loads(data)
        return data
    except Exception:
        return pickle.dumps(RuntimeError(f"{type(error).__name__}: {error}"), 5)

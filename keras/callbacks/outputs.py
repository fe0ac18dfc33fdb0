"""Callbacks that write logs elsewhere: to a table, to a server, to the user's own functions."""
import csv
import json
import os
import warnings
from collections.abc import Iterable

import numpy as np

from .base import Callback

TIMEOUT = 10.0  # seconds that a server is given for an answer


class CSVLogger(Callback):
    """Writes a line per epoch into a table: its number, and its logs in the order of their names.

    Arguments
        filename: path of the file.
        separator: character between two columns.
        append: whether to go on with a file that is there, rather than begin it anew.

    Arrays are written as "[1, 2]". A line is on the disk when its epoch ends.
    """

    backed_up = ("written",)

    def __init__(self, filename, separator=",", append=False):
        super().__init__()
        self.filename = os.fspath(filename)
        self.sep = separator
        self.append = append
        self.file = self.writer = self.keys = None
        self.written = 0  # bytes of the table so far

    def on_train_begin(self, logs=None):
        goes_on = self.append or self.params.get("resumed")
        self.file = open(self.filename, "a" if goes_on else "w", newline="")
        self.written = self.file.tell()
        self.writer = None

    def on_epoch_end(self, epoch, logs=None):
        logs = logs or {}
        if self.writer is None:
            self.file.truncate(self.written)  # a run that was killed may have written more
            self.keys = self.header()
            header = self.keys is None
            self.keys = sorted(logs) if header else self.keys
            self.writer = csv.DictWriter(self.file, ["epoch", *self.keys], restval="NA",
                                         extrasaction="ignore", delimiter=self.sep,
                                         lineterminator="\n")
            if header:
                self.writer.writeheader()
        self.writer.writerow({"epoch": epoch, **{key: cell(value) for key, value in logs.items()}})
        self.file.flush()
        self.written = self.file.tell()

    def header(self):
        """The names of the columns of a table that is there; None for an empty one."""
        with open(self.filename, newline="") as file:
            header = next(csv.reader(file, delimiter=self.sep), None)
        return header and header[1:]

    def on_train_end(self, logs=None):
        if self.file:
            self.file.close()
        self.file = self.writer = None


def cell(value):
    """A value as it stands in a table."""
    if isinstance(value, str) or not isinstance(value, Iterable) or np.ndim(value) == 0:
        return value
    return f"[{', '.join(map(str, value))}]"


class RemoteMonitor(Callback):
    """Sends the logs of each epoch to a server, by HTTP POST.

    Arguments
        root: address of the server.
        path: path on it.
        field: name of the form's field that holds the logs, as JSON.
        headers: dict of further HTTP headers.
        send_as_json: whether the logs are the body of the request, as application/json.

    A server that cannot be reached is a warning; training goes on.
    """

    def __init__(self, root="http://localhost:9000", path="/publish/epoch/end/", field="data",
                 headers=None, send_as_json=False):
        super().__init__()
        self.root = root
        self.path = path
        self.field = field
        self.headers = headers
        self.send_as_json = send_as_json

    def on_epoch_end(self, epoch, logs=None):
        sent = {"epoch": epoch, **{key: plain(value) for key, value in (logs or {}).items()}}
        try:
            self.post(sent)
        except OSError as error:
            warnings.warn(f"Warning: could not reach RemoteMonitor root server at {self.root}: "
                          f"{error}", stacklevel=3)

    def post(self, sent):
        """Send a dict. OSError if the server cannot be reached."""
        url = self.root + self.path
        try:
            import requests
        except ImportError:
            self.post_plainly(url, sent)
            return
        body = {"json": sent} if self.send_as_json else {"data": {self.field: json.dumps(sent)}}
        requests.post(url, headers=self.headers, timeout=TIMEOUT, **body)

    def post_plainly(self, url, sent):
        """As `post`, with Python's own library."""
        from urllib import error, parse, request
        body = json.dumps(sent)
        kind = "application/json"
        if not self.send_as_json:
            body = parse.urlencode({self.field: body})
            kind = "application/x-www-form-urlencoded"
        headers = {"Content-Type": kind, **(self.headers or {})}
        try:
            with request.urlopen(request.Request(url, body.encode(), headers), timeout=TIMEOUT):
                pass
        except error.HTTPError:
            pass  # it was reached; as with requests, its answer is not looked at


def plain(value):
    """A value that JSON knows."""
    return value.tolist() if isinstance(value, (np.ndarray, np.generic)) else value


class LambdaCallback(Callback):
    """Calls functions of the user's.

    Arguments
        on_epoch_begin, on_epoch_end: functions of (epoch, logs).
        on_batch_begin, on_batch_end: functions of (batch, logs).
        on_train_begin, on_train_end: functions of (logs).
        kwargs: attributes that the callback gets.
    """

    def __init__(self, on_epoch_begin=None, on_epoch_end=None, on_batch_begin=None,
                 on_batch_end=None, on_train_begin=None, on_train_end=None, **kwargs):
        super().__init__()
        self.__dict__.update(kwargs)
        given = {"on_epoch_begin": on_epoch_begin, "on_epoch_end": on_epoch_end,
                 "on_batch_begin": on_batch_begin, "on_batch_end": on_batch_end,
                 "on_train_begin": on_train_begin, "on_train_end": on_train_end}
        # Hooks that were not given stay the base's, so that nothing is read back for them.
        self.__dict__.update((hook, function) for hook, function in given.items()
                             if function is not None)

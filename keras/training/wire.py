"""Objects sent through a socket: arrays go as they are, straight from and into their memory."""
import pickle
import struct

import numpy as np


def send(socket, x):
    """Send an object. OSError if nobody is there.

    Arguments
        socket: of a pair.
        x: object that can be pickled; what pickling raises is raised before anything is sent.
    """
    buffers = []
    data = pickle.dumps(x, 5, buffer_callback=buffers.append)
    parts = [memoryview(data), *(buffer.raw() for buffer in buffers)]
    head = struct.pack(f"!I{len(parts)}Q", len(parts), *(part.nbytes for part in parts))
    socket.sendall(head + data)
    for part in parts[1:]:
        socket.sendall(part)


def receive(socket):
    """The next object. EOFError or OSError if the other side is gone."""
    count, = struct.unpack("!I", exactly(socket, 4))
    sizes = struct.unpack(f"!{count}Q", exactly(socket, 8 * count))
    data, *buffers = [exactly(socket, size) for size in sizes]
    return pickle.loads(data, buffers=buffers)


def exactly(socket, size):
    """The next `size` bytes, as an array of them that may be written to."""
    array = np.empty(size, "uint8")
    view, done = memoryview(array), 0
    while done < size:
        got = socket.recv_into(view[done:])
        if not got:
            raise EOFError("the other side is gone")
        done += got
    return array

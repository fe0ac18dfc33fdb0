"""Random numbers that are drawn within a pass: who records it sees them, who replays it draws them
in its place."""
import threading
from contextlib import contextmanager


class Drawing(threading.local):
    """By whom this thread's random numbers are drawn: a function (draw, stream, args), or None."""

    taker = None


drawing = Drawing()


def drawn(draw, stream, *args):
    """`draw(stream, *args)`, a tensor of random numbers: a replay draws anew."""
    taker = drawing.taker
    return draw(stream, *args) if taker is None else taker(draw, stream, args)


@contextmanager
def drawn_by(taker):
    """Within it `taker` draws."""
    before, drawing.taker = drawing.taker, taker
    try:
        yield
    finally:
        drawing.taker = before

"""What holds for all tests."""

import signal

# Started in the background by a shell, a program ignores Ctrl-C, and so do those it starts.
signal.signal(signal.SIGINT, signal.default_int_handler)

"""Settings of the process that TensorFlow reads when it is loaded."""
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # errors alone; a user's own setting holds

"""Callbacks: what is called while a model trains (manual, chapter 11)."""
from .backup import BackupAndRestore
from .base import BaseLogger, Callback, CallbackList, History, ProgbarLogger, checked
from .checkpoint import ModelCheckpoint
from .outputs import CSVLogger, LambdaCallback, RemoteMonitor
from .rates import LearningRateScheduler, ReduceLROnPlateau
from .stopping import EarlyStopping, TerminateOnNaN
from .tensorboard import TensorBoard

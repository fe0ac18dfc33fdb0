"""The exceptions of the symbolic graph. Each is a subclass of what Keras 2 raised in its place."""


class ShapeError(ValueError):
    """Shapes that do not fit together, or an axis that does not exist."""


class DtypeError(TypeError):
    """A dtype that an operation cannot take, or that no engine knows."""


class NotAValueError(TypeError):
    """A symbolic tensor used where a number is needed: `bool(x)`, `float(x)`, iteration."""


class ForeignError(RuntimeError):
    """A symbolic tensor in a function of an array library that cannot record it in the graph;
    `library` names it.

    No TypeError: jax would catch that.
    """

    def __init__(self, message, library):
        super().__init__(message)
        self.library = library


class UndispatchedError(ForeignError, TypeError):
    """As `ForeignError`, where a library then looks for others that know what to do."""

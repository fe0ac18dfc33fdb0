"""Functions of one element at a time, and of two broadcast against each other."""

import numpy as np

from .arrays import array


def square(x):
    """x * x"""
    return array(x) * array(x)


def abs(x):
    """|x|"""
    return np.abs(array(x))


def sqrt(x):
    """The root of x; 0 for negative x, as Keras 2 clips them."""
    return np.sqrt(np.maximum(array(x), 0.0))


def exp(x):
    """e ** x"""
    return np.exp(array(x))


def log(x):
    """The natural logarithm."""
    return np.log(array(x))


def sin(x):
    """The sine of x in radians."""
    return np.sin(array(x))


def cos(x):
    """The cosine of x in radians."""
    return np.cos(array(x))


def round(x):
    """The nearest whole number, the even one of two equally near."""
    x = array(x)
    below = np.floor(x)
    rest = x - below
    odd = below % 2 == 1
    return below + ((rest > 0.5) | ((rest == 0.5) & odd))


def sign(x):
    """-1, 0 or 1"""
    x = array(x)
    return (x > 0).astype(x.dtype) - (x < 0).astype(x.dtype)


def pow(x, a):
    """x ** a"""
    return array(x) ** a


def clip(x, min_value, max_value):
    """`x`, not below `min_value` nor above `max_value`; None is no bound, and min_value wins."""
    x = array(x)
    if min_value is not None and max_value is not None:
        max_value = max_value if max_value > min_value else min_value
    if max_value is not None:
        x = np.where(x > max_value, max_value, x)
    if min_value is not None:
        x = np.where(x < min_value, min_value, x)
    return x


def equal(x, y):
    """x == y"""
    return array(x) == array(y)


def not_equal(x, y):
    """x != y"""
    return array(x) != array(y)


def greater(x, y):
    """x > y"""
    return array(x) > array(y)


def greater_equal(x, y):
    """x >= y"""
    return array(x) >= array(y)


def less(x, y):
    """x < y"""
    return array(x) < array(y)


def less_equal(x, y):
    """x <= y"""
    return array(x) <= array(y)


def maximum(x, y):
    """The larger of x and y."""
    x, y = array(x), array(y)
    return np.where(x >= y, x, y)


def minimum(x, y):
    """The smaller of x and y."""
    x, y = array(x), array(y)
    return np.where(x <= y, x, y)


def relu(x, alpha=0.0, max_value=None, threshold=0.0):
    """max_value from there up, x above the threshold, alpha * (x - threshold) below it (2.2.4)."""
    x = array(x)
    passed = x if max_value is None else np.where(x < max_value, x, max_value)
    return np.where(x > threshold, passed, alpha * (x - threshold))


def elu(x, alpha=1.0):
    """x above 0, alpha * (e ** x - 1) below."""
    x = array(x)
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0.0)))


def softplus(x):
    """log(1 + e ** x)"""
    return np.logaddexp(0.0, array(x))


def softsign(x):
    """x / (1 + |x|)"""
    x = array(x)
    return x / (1 + np.abs(x))


def sigmoid(x):
    """1 / (1 + e ** -x)"""
    return np.exp(-np.logaddexp(0.0, -array(x)))


def hard_sigmoid(x):
    """0 below -2.5, 1 above 2.5, 0.2 * x + 0.5 between."""
    x = array(x)
    return np.where(x < -2.5, 0.0, np.where(x > 2.5, 1.0, 0.2 * x + 0.5))


def tanh(x):
    """The hyperbolic tangent."""
    return np.tanh(array(x))

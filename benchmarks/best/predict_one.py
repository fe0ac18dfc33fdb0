"""predict_one, as fast as we know: one row's products are NumPy's, 0.5 us each (torch: 1.5)."""
import numpy as np
from workloads import arrays, weights


def setup():
    w_1, b_1, w_2, b_2, w_3, b_3 = weights("tiny")
    maximum = np.maximum

    def predict(row):
        h = maximum(row @ w_1 + b_1, 0)
        h = maximum(h @ w_2 + b_2, 0)
        return 1 / (1 + np.exp(-(h @ w_3 + b_3)))

    return predict, arrays("tiny")[0][:1]

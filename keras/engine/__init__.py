"""Import paths of Keras 2; the code lives elsewhere."""

"""What is wrong with a model file, said once for all formats."""


class ModelFileError(OSError, ValueError):
    """A model file that cannot be read: truncated, damaged, foreign, or asking for what files may
    not have. The message names the file and the part, and says what to do."""


class ConfigError(ValueError):
    """A model's config that is not plain data of the form that Keras writes."""

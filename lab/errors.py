"""The one exception that people and tests see: what is wrong and what to do about it."""


class LabError(RuntimeError):
    pass

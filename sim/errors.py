"""Errors that a person can cause."""


class BadInput(ValueError):
    """Something given is wrong; the message is one line that names the field, what was given and what is allowed.

    Commands end with exit code 2 on it.
    """

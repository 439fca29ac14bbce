"""Exit codes of the commands, and which error ends with which."""

import click

OK, FAILED, BAD_INPUT, INFRASTRUCTURE, INTERRUPTED = 0, 1, 2, 3, 130


def verdict(error: Exception) -> tuple[int, str]:
    """Return exit code and message, in one line, of an error; one that no person caused is raised again."""
    from sim.chain.base import BadChain, NodeError
    from sim.errors import BadInput
    from sim.files import DISK_ERRORS
    from sim.world.opening import WorldError

    match error:
        case click.exceptions.Abort():
            code, message = INTERRUPTED, "interrupted"
        case click.ClickException():
            code, message = BAD_INPUT, error.format_message()
        case BadInput() | BadChain() | WorldError():
            code, message = BAD_INPUT, str(error)
        case NodeError():
            code, message = INFRASTRUCTURE, str(error)
        case OSError():
            code = INFRASTRUCTURE if error.errno in DISK_ERRORS else BAD_INPUT
            message = f"{error.filename or 'file system'}: {error.strerror or error}"
        case _:
            raise error
    return code, " ".join(message.split())

"""What a command says when it cannot do what was asked."""


class UserError(Exception):
    """The command was used wrongly; the text, one sentence, says what to do about it."""

    exit_code = 2


class NothingDoneError(UserError):
    """The command was used rightly, and what was asked for failed or may not be done."""

    exit_code = 1

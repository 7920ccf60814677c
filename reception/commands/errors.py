"""What a command says when it was used wrongly."""


class UserError(Exception):
    """The command cannot do what was asked; the text, one sentence, says what to do about it."""

    exit_code = 2

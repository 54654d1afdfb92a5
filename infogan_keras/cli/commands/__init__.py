"""The subcommands of `infogan`, one module each: its docstring is the help text."""

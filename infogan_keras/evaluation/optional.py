"""What comes with the extra `[evaluation]`."""

import importlib


def scikit_learn(module):
    """The module of scikit-learn with that name, imported when it is first needed.

    Raises:
        ImportError: without scikit-learn; it names the extra.
    """
    try:
        return importlib.import_module(f"sklearn.{module}")
    except ImportError as error:
        raise ImportError(f'{error}. Install the extra: pip install -e ".[evaluation]"') from None

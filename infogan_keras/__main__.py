"""`python -m infogan_keras`: the command `infogan`."""

from infogan_keras.cli import main

if __name__ == "__main__":
    main()

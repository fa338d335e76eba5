"""`python -m classchat` is the `classchat` command."""

from classchat.cli import main

if __name__ == "__main__":
    main()

"""`python -m services` is the command `leerlus`, for where nothing is installed as a command."""

from services.cli import main

if __name__ == "__main__":
    main()

"""``python -m gmmscope`` is the command ``gmmscope``."""

from ._binary import main

if __name__ == "__main__":
    main()

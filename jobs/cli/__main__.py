"""`python -m jobs.cli`: the command line without the installed script.

Room: shell.
"""

from jobs.cli import main

main()

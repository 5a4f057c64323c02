"""The shell: command line, settings, runner and the night itself.

Room: shell.
"""

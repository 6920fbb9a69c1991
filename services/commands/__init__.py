"""The command line, one module a group of commands.

What was asked for goes to standard output; everything said about it (remarks, progress, refusals) to standard error.
"""

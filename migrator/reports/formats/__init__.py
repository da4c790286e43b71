"""The formats of reports: one module each, whose `render(report)` gives the text.

A module whose name has no underscore at its front is a format of that name; nothing else lists it. One with a
`show(report, file)` prints itself to a terminal.
"""

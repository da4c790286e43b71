"""The parts that interactive reviews are made of: what draws lines, keys, diffs, lists and questions.

A review is a `Stage` with `Panel`s on it. A panel draws itself for any size of the screen and says what a key does:
nothing more, another panel over it, back, the end, or something that needs the terminal for itself (a question, an
editor). None of these parts knows what is reviewed.
"""

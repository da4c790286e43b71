"""A config that attacks whoever shows it, in names, images, scripts and comments."""

from __future__ import annotations

TAGS = "</script><script>window.pwned=1</script><img src=x onerror=window.pwned=2></style><!--"
BIDI = "\u202egnp.exe\u2066"
LONG = "x" * 1_000_000

CONFIG = f"""\
version: 2.1
# {TAGS} {BIDI} comment
jobs:
  "{TAGS}":
    docker:
      - image: "acme/{TAGS}:1" # {BIDI}
      - image: 'acme/{BIDI}:2'
      - image: acme/{LONG}:3
    environment:
      A: "\\e[2J\\e]0;title\\a\\u202e"
      B: {LONG}
    steps:
      - run: echo "{TAGS}" $(tput) `id`
  "javascript:window.pwned=3":
    docker: [{{image: acme/flow:1, name: "{LONG}"}}] # {LONG}
    steps: [checkout]
workflows:
  "{TAGS}":
    jobs:
      - "{TAGS}"
      - "javascript:window.pwned=3"
"""

STEERING = ("\x1b", "\u202e", "\u2066", "\x07")
"""What must not stand in any report as it is: it steers terminals and turns text around."""

TAGGED = ("<script>window", "</script><script>", "<img src=x", "</style><!--")
"""What must not stand in a page as it is."""

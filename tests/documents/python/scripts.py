"""Scripts that build configs, in many hands: written to be drawn by Hypothesis."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

IMAGES = ["cimg/go:1.22", "cimg/node:22.4", "quay.io/acme/app:1", "acme/own", "ghcr.io/acme/app:2"]
EXPRESSIONS = [
    "IMAGE",
    'f"cimg/go:{VERSION}"',
    'f"{REGISTRY}/go:{VERSION}"',
    '"cimg/go:" + VERSION',
    '"cimg/go:{}".format(VERSION)',
    "unknown()",
]


@dataclass(frozen=True)
class Hand:
    quote: str
    newline: str
    step: str
    many: bool
    trailing: bool
    comments: bool


hands = st.builds(
    Hand,
    quote=st.sampled_from(['"', "'"]),
    newline=st.sampled_from(["\n", "\r\n"]),
    step=st.sampled_from(["    ", "  ", "\t"]),
    many=st.booleans(),
    trailing=st.booleans(),
    comments=st.booleans(),
)


@st.composite
def scripts(draw: st.DrawFn) -> str:
    """A whole module; every draw of it can be run."""
    hand = draw(hands)
    writer = _Writer(draw, hand)
    count = draw(st.integers(1, 4))
    names = [f"job{number}" for number in range(count)]
    jobs = {name: writer.job() for name in names}
    auth = {"username": writer.text("$DOCKERHUB_USERNAME"), "password": writer.text("$DOCKERHUB_PASSWORD")}
    shared = "[" + writer.mapping({"image": "image"}, hand.step) + ", SERVICE]"
    heads = ["", "# -*- coding: utf-8 -*-", "#!/usr/bin/env python3", '"""Écrit la config 🐳."""']
    oddities = ["", "\x0c", 'odd = "\u2028"', "deep = [[]]  # ]"]
    lines = [
        draw(st.sampled_from(heads)),
        "import copy",
        "from collections import OrderedDict",
        f"VERSION = {writer.text('1.22')}",
        f"REGISTRY = {writer.text('quay.io/acme')}",
        f"IMAGE = {writer.text('cimg/base:stable')}",
        f"AUTH = {writer.mapping(auth, '')}",
        "def unknown():",
        f"{hand.step}return {writer.text('cimg/base:stable')} or {writer.text('x')}",
        f"SERVICE = {writer.image('')}",
        draw(st.sampled_from(oddities)),
        "def build(image):",
        f"{hand.step}return {writer.mapping({'docker': shared}, hand.step)}",
    ]
    way = draw(st.sampled_from(["literal", "statements", "function", "ordered"]))
    invocations = "[" + ", ".join(writer.invocation(name) for name in names) + "]"
    if way == "statements":
        lines.append("jobs = {}")
        lines += [f"jobs[{writer.text(name)}] = {body}" for name, body in jobs.items()]
        lines.append("invocations = []")
        lines += [f"invocations.append({writer.invocation(name)})" for name in names]
        invocations = "invocations"
    elif way == "function":
        lines.append("def make_jobs():")
        lines.append(f"{hand.step}return {writer.mapping(jobs, hand.step)}")
        lines.append("jobs = make_jobs()")
    elif way == "ordered":
        lines.append("jobs = OrderedDict([" + ", ".join(f"({writer.text(k)}, {v})" for k, v in jobs.items()) + "])")
    else:
        lines.append(f"jobs = {writer.mapping(jobs, '')}")
    workflow = writer.mapping({"main": writer.mapping({"jobs": invocations}, "")}, "")
    config = writer.mapping({"version": "2.1", "jobs": "jobs", "workflows": workflow}, "")
    lines += [f"config = {config}", draw(st.sampled_from(["", "# end"]))]
    text = "\n".join(lines) + draw(st.sampled_from(["\n", ""]))
    return text.replace("\n", hand.newline)


class _Writer:
    def __init__(self, draw: st.DrawFn, hand: Hand) -> None:
        self.draw = draw
        self.hand = hand

    def text(self, value: str) -> str:
        return self.hand.quote + value + self.hand.quote

    def mapping(self, values: dict[str, str], pad: str) -> str:
        hand = self.hand
        if self.draw(st.booleans()) or not values:
            return "{" + ", ".join(f"{self.text(k)}: {v}" for k, v in values.items()) + "}"
        inner = pad + hand.step
        lines = []
        for number, (key, value) in enumerate(values.items()):
            comma = "," if number + 1 < len(values) or hand.trailing else ""
            comment = "  # why, [not]" if hand.comments and self.draw(st.booleans()) else ""
            lines.append(f"{inner}{self.text(key)}: {value}{comma}{comment}")
        return "\n".join(["{", *lines, pad + "}"])

    def image(self, pad: str) -> str:
        value = self.draw(st.sampled_from([self.text(image) for image in IMAGES] + EXPRESSIONS))
        kind = self.draw(st.sampled_from(["dict", "dict", "call", "pairs", "shared", "merged", "auth"]))
        if kind == "call":
            return f"dict(image={value})"
        if kind == "pairs":
            return f"OrderedDict([({self.text('image')}, {value})])"
        if kind == "shared" and pad:
            return "SERVICE"
        if kind == "merged" and pad:
            return f"{{**SERVICE, {self.text('name')}: {self.text('db')}}}"
        if kind == "auth":
            return self.mapping({"image": value, "auth": "AUTH"}, pad)
        return self.mapping(
            {"image": value, "name": self.text("x")} if self.draw(st.booleans()) else {"image": value}, pad
        )

    def job(self) -> str:
        if self.draw(st.integers(0, 4)) == 0:
            return f"build({self.draw(st.sampled_from([self.text(image) for image in IMAGES]))})"
        images = ", ".join(self.image(self.hand.step) for _ in range(self.draw(st.integers(1, 2))))
        return self.mapping({"docker": f"[{images}]", "steps": f"[{self.text('checkout')}]"}, "")

    def invocation(self, name: str) -> str:
        bodies = {
            "name": self.text(name),
            "empty": f"{{{self.text(name)}: {{}}}}",
            "one": f"{{{self.text(name)}: {{{self.text('context')}: {self.text('org')}}}}}",
            "many": f"{{{self.text(name)}: {{{self.text('context')}: [{self.text('org')}]}}}}",
            "other": f"{{{self.text(name)}: {{{self.text('requires')}: []}}}}",
        }
        return bodies[self.draw(st.sampled_from(sorted(bodies)))]

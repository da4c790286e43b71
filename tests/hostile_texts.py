"""Files that are made to be slow to read, by how often something is repeated in them.

One table for the tests, which count what is done, and for `make soak`, which measures it. Each is a file that a person
might meet, or an attack on one reader: of shell words, statements, here-documents and logins, of YAML in both styles,
anchors and comments, of Python, of templates, of names that stand for secrets, of images, and of Makefiles and headers.
"""

# ruff: noqa: E501 - one file, one line

from __future__ import annotations

from collections.abc import Callable
from typing import Final

YAML: Final = "config.yml"
PYTHON: Final = "generate.py"
TEMPLATE: Final = "config.yml.j2"


def step(script: str) -> str:
    body = "".join(f"          {line}\n" for line in script.split("\n"))
    return (
        "version: 2.1\njobs:\n  build:\n    docker:\n      - image: cimg/go:1.20\n    steps:\n      - run: |\n"
        + body
        + "workflows:\n  w:\n    jobs: [build]\n"
    )


def image(text: str) -> str:
    return f"version: 2.1\njobs:\n  b:\n    docker:\n      - image: {text}\n    steps: [checkout]\n"


def jobs(number: int, body: str) -> str:
    names = [f"b{n}" for n in range(number)]
    listed = "".join(f"  {name}:\n    {body.replace('@', name)}\n    steps: [checkout]\n" for name in names)
    return f"version: 2.1\njobs:\n{listed}workflows:\n  w:\n    jobs: [{', '.join(names)}]\n"


# fmt: off
FILES: Final[dict[str, tuple[str, Callable[[int], str]]]] = {
    "unreadable": (YAML, lambda n: "a: [ "+"w"*n * 8),
    "login -p one line": (YAML, lambda n: step("docker login -p x "*n)),
    "login -p comment": (YAML, lambda n: step("echo")+"# "+"docker login -p x "*n+"\n"),
    "url": (YAML, lambda n: step("curl https://u:passw0rdXyz@"+"w"*n * 8)),
    "url2": (YAML, lambda n: step("x ://u:passw0rdXyz@h "+"w"*n * 8)),
    "curl": (YAML, lambda n: step("curl "*n)),
    "curl in comment": (YAML, lambda n: step("x")+"# "+"curl "*n+"\n"),
    "curl -u": (YAML, lambda n: step("curl -u "*n)),
    "curl lines": (YAML, lambda n: step("curl -u $A:$B https://x\n"*n)),
    "password=": (YAML, lambda n: step("password=" * n * 40)),
    "password= lines": (YAML, lambda n: step("password=\n"*n)),
    "password": (YAML, lambda n: step("password "*n)),
    "heredocs": (YAML, lambda n: step("docker login <<E\n"*n)),
    "heredocs closed": (YAML, lambda n: step("docker login -u a --password-stdin <<E\nx\nE\n"*n)),
    "logins": (YAML, lambda n: step("docker login -u $A -p $B\n"*n)),
    "logins behind": (YAML, lambda n: step("make\n"+"docker login -u $A -p $B\n"*n)),
    "logins literal": (YAML, lambda n: step("docker login -u a -p s3cretXyz99\n"*n)),
    "logins literal distinct": (YAML, lambda n: step("".join(f"docker login -u a -p s3cretXyz{i}\n" for i in range(n)))),
    "logins;": (YAML, lambda n: step("docker login -u $A -p $B; "*n)),
    "logins &&": (YAML, lambda n: step(" && ".join(["docker login -u $A -p $B"]*n))),
    "logins |": (YAML, lambda n: step(" | ".join(["docker login -u $A -p $B"]*n))),
    "login opts": (YAML, lambda n: step("docker "+"-x "*n+"login -u $A -p $B")),
    "docker docker": (YAML, lambda n: step("docker -"+" docker -"*n+" login")),
    "echo logins": (YAML, lambda n: step("echo x\ndocker login -u $A -p $B\n"*n)),
    "ifs": (YAML, lambda n: step("if x; then\n"*(n // 4)+"docker login -u $A -p $B\n"+"fi\n"*(n // 4))),
    "subst": (YAML, lambda n: step("echo "+"$("*(n // 4)+"docker login"+")"*(n // 4))),
    "parens": (YAML, lambda n: step("("*n+"docker login -u $A -p $B"+")"*n)),
    "braces": (YAML, lambda n: step("${A:-"*n+"docker login -u $A -p $B"+"}"*n)),
    "quotes": (YAML, lambda n: step("docker login -u '"+"\"'"*n)),
    "templates": (YAML, lambda n: step("docker login -u $A -p $B\necho "+"<< parameters.x >> "*n)),
    "openers": (YAML, lambda n: step("docker login -u $A -p $B\necho "+"<< "*n)),
    "openers esc": (YAML, lambda n: step("docker login -u $A -p $B\necho "+"\\<< "*n)),
    "backslashes": (YAML, lambda n: step("docker login -u $A -p $B\necho "+"\\"*n * 4+"\n\nx")),
    "cont": (YAML, lambda n: step("docker login "+"\\\n"*n+" -u $A -p $B")),
    "cuts": (YAML, lambda n: step("echo a\n\n"+"docker login -u $A -p $B\n\n"*n+"make\n")),
    "pulls": (YAML, lambda n: step("docker login -u $A -p $B\n"+"docker pull a/b\n"*n+"make\n")),
    "nl": (YAML, lambda n: step("docker login -u $A -p $B"+"\n"*n * 4+"make\n")),
    "tokens": (YAML, lambda n: step("".join(f"echo ghp_{i:036d}\n" for i in range(n)))),
    "exports": (YAML, lambda n: step("".join(f"export DB_PASSWORD=Xk7Qm{i}ZpLw9Vt4Rb\n" for i in range(n)))),
    "exports2": (YAML, lambda n: step("export A='"*n)),
    "images": (YAML, lambda n: "version: 2.1\njobs:\n"+"".join(f"  b{i}:\n    docker: [{{image: a/b:{i}}}]\n    steps: [checkout]\n" for i in range(n))+"workflows:\n  w:\n    jobs: ["+",".join(f"b{i}" for i in range(n))+"]\n"),
    "auths literal": (YAML, lambda n: "version: 2.1\njobs:\n"+"".join(f"  b{i}:\n    docker: [{{image: a/b:{i}, auth: {{username: u, password: Xk7{i}Pq}}}}]\n    steps: [checkout]\n" for i in range(n))+"workflows:\n  w:\n    jobs: ["+",".join(f"b{i}" for i in range(n))+"]\n"),
    "flow deep": (YAML, lambda n: "a: "+"["*n),
    "flow map deep": (YAML, lambda n: "a: "+"{a: "*n),
    "block deep": (YAML, lambda n: "- "*n),
    "question": (YAML, lambda n: "? "*n),
    "inner colons": (YAML, lambda n: "a: ["+"x:y, "*n+"]"),
    "odd colons": (YAML, lambda n: "a: ["+"\"x\":y, "*n+"]"),
    "anchors": (YAML, lambda n: "".join(f"a{i}: &a{i} [x]\n" for i in range(n))+"b: ["+",".join(f"*a{i}" for i in range(n))+"]\n"),
    "merges": (YAML, lambda n: "version: 2.1\na0: &a0 {image: x}\n"+"".join(f"a{i}: &a{i}\n  <<: *a{i-1}\n" for i in range(1,n))+f"jobs:\n  b:\n    docker:\n    - *a{n-1}\n    steps: [checkout]\n"),
    "bombs": (YAML, lambda n: "version: 2.1\na0: &a0 {docker: [{image: x}]}\n"+"".join(f"a{i}: &a{i} [*a{i-1}, *a{i-1}]\n" for i in range(1,n))+f"jobs:\n  b:\n    docker:\n    - *a{n-1}\n    steps: [checkout]\n"),
    "dup keys unreadable": (YAML, lambda n: "password: x1y2z3\n"*n),
    "aliases unreadable": (YAML, lambda n: "a: *"+"b"*n * 8),
    "comments": (YAML, lambda n: "# migrator: ignore[unauthenticated-image] x\n"*n+step("docker login -u $A -p $B")),
    "comments behind": (YAML, lambda n: "version: 2.1\njobs:\n  b:\n    docker:\n"+"      - image: a/b # migrator: ignore[unauthenticated-image] x\n"*n+"    steps: [checkout]\n"),
    "comments above": (YAML, lambda n: "version: 2.1\njobs:\n  b:\n    docker:\n"+"      # migrator: ignore[unauthenticated-image] x\n      - image: a/b\n"*n+"    steps: [checkout]\n"),
    "hashes": (YAML, lambda n: "# "+"#"*n * 8+"migrator:\na: b\n"),
    "hashes2": (YAML, lambda n: "# "+"# "*n * 8+"migrator:\na: b\n"),
    "header comment": (YAML, lambda n: "# this "+"w "*n+"generated\na: b\n"),
    "blanks": (YAML, lambda n: "version: 2.1\njobs:\n  b:\n    docker:\n      - image: a/b"+" "*n * 8+"\n    steps: [checkout]\n"),
    "image text": (YAML, lambda n: "version: 2.1\njobs:\n  b:\n    docker:\n      - image: "+"a/"*n * 4+"\n    steps: [checkout]\n"),
    "image tpl": (YAML, lambda n: "version: 2.1\njobs:\n  b:\n    docker:\n      - image: "+"<<"*n * 4+"\n    steps: [checkout]\n"),
    "image dollar": (YAML, lambda n: "version: 2.1\njobs:\n  b:\n    docker:\n      - image: "+"${"*n * 4+"\n    steps: [checkout]\n"),
    "image ecr": (YAML, lambda n: "version: 2.1\njobs:\n  b:\n    docker:\n      - image: 123456789012.dkr.ecr.us-east-1.amazonaws.com/a"+"-"*n * 4+"\n    steps: [checkout]\n"),
    "ecr in script": (YAML, lambda n: step("docker pull 123456789012.dkr.ecr.us-east-1.amazonaws.com/a\n"*n)),
    "ecr words": (YAML, lambda n: step("123456789012.dkr.ecr.us-east-1.amazonaws.com/"+"<<"*n)),
    "wrapped": (YAML, lambda n: step("bash -c \"docker login -u a -p s3cretXyz99\"\n"*n)),
    "nested bash": (YAML, lambda n: step("bash -c "+"'bash -c "*n+" docker login -u a -p x")),
    "nested heredocs": (YAML, lambda n: step("".join(f"ssh h <<E{i}\n" for i in range(n // 4))+" docker login -u a -p s3cretXyz99\n"+"".join(f"E{i}\n" for i in reversed(range(n // 4))))),
    "py dict": (PYTHON, lambda n: "c = "+"{'a': "*n+"{'docker': 1}"+"}"*n),
    "py jobs": (PYTHON, lambda n: "jobs = {\n"+"".join(f"  'b{i}': {{'docker': [{{'image': 'a/b'}}]}},\n" for i in range(n))+"}\nprint({'version': 2.1, 'jobs': jobs})\n"),
    "py adds": (PYTHON, lambda n: "import yaml\njobs = {}\n"+"".join(f"jobs['b{i}'] = {{'docker': [{{'image': 'a/b'}}]}}\n" for i in range(n))+"print(yaml.dump({'version': 2.1, 'jobs': jobs}))\n"),
    "py vars": (PYTHON, lambda n: "import yaml\na0 = 'x'\n"+"".join(f"a{i} = a{i-1}\n" for i in range(1,n))+f"print(yaml.dump({{'version': 2.1, 'jobs': {{'b': {{'docker': [{{'image': a{n-1}}}]}}}}}}))\n"),
    "py concat": (PYTHON, lambda n: "import yaml\nx = "+"+".join(["'a'"]*n)+"\nprint(yaml.dump({'version': 2.1, 'jobs': {'b': {'docker': [{'image': x}]}}}))\n"),
    "py str": (PYTHON, lambda n: "import yaml\nx = '''jobs:\n"+"  b:\n"*n+"'''\nprint(x)\n"),
    "py fstr": (PYTHON, lambda n: "import yaml\nx = '''docker: "+"{"*n * 4+"'''\nprint(x)\n"),
    "py calls": (PYTHON, lambda n: "import yaml\ndef f(x):\n  return {'docker': [{'image': x}]}\njobs = {"+"".join(f"'b{i}': f('a{i}'), " for i in range(n))+"}\nprint(yaml.dump({'version': 2.1, 'jobs': jobs}))\n"),
    "py subprocess": (PYTHON, lambda n: "import subprocess\n"+"subprocess.run(['docker','login','-u','a','-p','s3cretXyz99'])\n"*(n)+"print({'jobs': {}})\n"),
    "py parens": (PYTHON, lambda n: "x = "+"("*n+"1"+")"*n+"\n"),
    "py formfeed": (PYTHON, lambda n: "\f\n"*n+"x = {'jobs': {}}\n"),
    "tpl tags": (TEMPLATE, lambda n: "version: 2.1\n"+"{{ a }}\n"*n+"jobs: {}\n"),
    "tpl open": (TEMPLATE, lambda n: "version: 2.1\nx: y "+"{% "*n+"\njobs: {}\n"),
    "tpl raw": (TEMPLATE, lambda n: "version: 2.1\n# "+"{% raw %}"*n+"\njobs: {}\n"),
    "tpl open2": (TEMPLATE, lambda n: "version: 2.1\nx: y "+"{{ "*n+"{# "*n+"\njobs: {}\n"),
    "tpl if": (TEMPLATE, lambda n: "version: 2.1\n"+"{% if a %}\na: b\n{% else %}\na: c\n{% endif %}\n"*n+"jobs: {}\n"),
    "tpl nest": (TEMPLATE, lambda n: "version: 2.1\n"+"{% if a %}\n"*n+"a: b\n"+"{% else %}\na: c\n{% endif %}\n"*n+"jobs: {}\n"),
    "tpl line": (TEMPLATE, lambda n: "version: 2.1\nx: "+"{{ a }} "*n+"\njobs: {}\n"),
    "tpl scalars": (TEMPLATE, lambda n: "version: 2.1\n{{ x }}\n"+"".join(f"a{i}: |\n  b\n" for i in range(n))),
    "tpl scalars2": (TEMPLATE, lambda n: "version: 2.1\n{{ x }}\na: "+"- | "*n+"\n"),
    "tpl brackets": (TEMPLATE, lambda n: "version: 2.1\nx: y "+"[["*n+" a"*n+"\njobs: {}\n"),
    "tpl brackets2": (TEMPLATE, lambda n: "version: 2.1\nx: y [["+" "*n * 4+"\njobs: {}\n"),
    "words of secrets in one word": (YAML, lambda n: step("echo " + "a_token_" * n + "=x")),
    "a secret in each line": (YAML, lambda n: step("".join(f"curl -H 'X-Token: Xk7Qm{i}ZpLw9Vt4Rb' x\n" for i in range(n)))),
    "dollars": (YAML, lambda n: step("docker login -u $A -p " + "$" * n + "{" * n)),
    "open commands": (YAML, lambda n: step("curl -u " + "$(" * n + ":x")),
    "open expansions": (YAML, lambda n: image("acme/app:" + "${A:-" * n)),
    "open quotes": (YAML, lambda n: step("docker login -u a -p \"" + "\\\"" * n)),
    "backticks": (YAML, lambda n: step("export TOKEN=" + "`a" * n + "\ndocker login -p $TOKEN")),
    "words of a login": (YAML, lambda n: step("docker login " + "-x y " * n)),
    "assigned": (YAML, lambda n: step("".join(f"P{i}=Xk7Qm{i}ZpLw\ndocker login -u u -p $P{i}\n" for i in range(n)))),
    "mysql": (YAML, lambda n: step("mysql -pXk7QmZpLw9Vt4Rb " * n)),
    "json in a script": (YAML, lambda n: step("curl -d '" + "{\"password\":\"Xk7QmZ2pLw9Vt4Rb\"}" * n + "'")),
    "escaped json": (YAML, lambda n: step("curl -d \"" + "{\\\"password\\\":\\\"" * n + "\"")),
    "urls": (YAML, lambda n: step("echo " + "https://u:Xk7QmZ2pLw@h " * n)),
    "netrc": (YAML, lambda n: step("echo " + "machine h login l password " * n)),
    "parameters": (YAML, lambda n: jobs(n, "parameters: {p: {type: string, default: 'a/b'}}\n    docker: [{image: << parameters.p >>}]")),
    "uses of parameters": (YAML, lambda n: "version: 2.1\nparameters:\n" + "".join(f"  p{i}: {{type: string, default: '123456789012.dkr.ecr.eu-west-1.amazonaws.com/a'}}\n" for i in range(n)) + "jobs:\n" + "".join(f"  b{i}:\n    docker: [{{image: << pipeline.parameters.p{i} >>}}]\n    steps: [checkout]\n" for i in range(n)) + "workflows:\n  w:\n    jobs: [" + ",".join(f"b{i}" for i in range(n)) + "]\n"),
    "matrix": (YAML, lambda n: "version: 2.1\njobs:\n  b:\n    parameters: {v: {type: string}}\n    docker: [{image: 'a/b:<< parameters.v >>'}]\n    steps: [checkout]\nworkflows:\n  w:\n    jobs:\n      - b: {matrix: {parameters: {v: [" + ",".join(f"'{i}'" for i in range(n)) + "]}}}\n"),
    "executors": (YAML, lambda n: "version: 2.1\nexecutors:\n" + "".join(f"  e{i}: {{docker: [{{image: a/b}}]}}\n" for i in range(n)) + "jobs:\n" + "".join(f"  b{i}: {{executor: e{i}, steps: [checkout]}}\n" for i in range(n)) + "workflows:\n  w:\n    jobs: [" + ",".join(f"b{i}" for i in range(n)) + "]\n"),
    "commands": (YAML, lambda n: "version: 2.1\ncommands:\n  c0: {steps: [checkout]}\n" + "".join(f"  c{i}: {{steps: [c{i - 1}, run: docker login -u $A -p $B]}}\n" for i in range(1, n)) + f"jobs:\n  b: {{machine: true, steps: [c{n - 1}]}}\nworkflows: {{w: {{jobs: [b]}}}}\n"),
    "shared steps": (YAML, lambda n: "version: 2.1\nx: &s\n  - run: docker login -u $A -p $B\n" + "jobs:\n" + "".join(f"  b{i}: {{machine: true, steps: *s}}\n" for i in range(n)) + "workflows:\n  w:\n    jobs: [" + ",".join(f"b{i}" for i in range(n)) + "]\n"),
    "environment": (YAML, lambda n: "version: 2.1\njobs:\n  b:\n    machine: true\n    environment:\n" + "".join(f"      API_TOKEN_{i}: Xk7Qm{i}ZpLw9Vt4Rb\n" for i in range(n)) + "    steps: [checkout]\n"),
    "services": (YAML, lambda n: "version: 2.1\njobs:\n  b:\n    docker:\n" + "".join(f"      - {{image: a/b, environment: {{API_TOKEN: Xk7Qm{i}ZpLw9Vt4Rb}}}}\n" for i in range(n)) + "    steps: [checkout]\n"),
    "workflows": (YAML, lambda n: "version: 2.1\njobs:\n  b: {docker: [{image: a/b}], steps: [checkout]}\nworkflows:\n" + "".join(f"  w{i}: {{jobs: [b]}}\n" for i in range(n))),
    "invocations": (YAML, lambda n: "version: 2.1\njobs:\n  b: {docker: [{image: a/b}], steps: [checkout]}\nworkflows:\n  w:\n    jobs:\n" + "".join(f"      - b: {{name: b{i}}}\n" for i in range(n))),
    "orbs": (YAML, lambda n: "version: 2.1\norbs:\n" + "".join(f"  o{i}: acme/o{i}@1\n" for i in range(n)) + "jobs:\n  b: {machine: true, steps: [" + ",".join(f"o{i}/x" for i in range(n)) + "]}\nworkflows: {w: {jobs: [b]}}\n"),
    "bad auth": (YAML, lambda n: jobs(n, "docker: [{image: a/b, Auth: {username: u, password: Xk7@Pq}}]")),
    "version 2": (YAML, lambda n: "version: 2\njobs:\n  build:\n    machine: true\n    steps:\n" + "      - run: docker login -u $A -p $B && echo << x >> <<EOF\n" * n),
    "text in python": (PYTHON, lambda n: "import subprocess\nconfig = '''\nversion: 2.1\njobs:\n" + "".join(f"  b{i}: {{docker: [{{image: a/b}}], steps: [checkout]}}\n" for i in range(n)) + "'''\nprint(config)\n"),
    "filled text in python": (PYTHON, lambda n: "config = f'''\nversion: 2.1\njobs:\n" + "".join(f"  b{i}: {{{{docker: [{{{{image: a/b:{{tag}}}}}}], steps: [checkout]}}}}\n" for i in range(n)) + "'''\nprint(config)\n"),
    "defaults in python": (PYTHON, lambda n: "import os\njobs = {'docker': 1}\n" + "".join(f"a{i} = os.environ.get('DB_PASSWORD', 'Xk7Qm{i}ZpLw9')\n" for i in range(n))),
    "loops in python": (PYTHON, lambda n: "import yaml\njobs = {}\n" + "for x in []:\n    jobs[x] = {'docker': [{'image': 'a/b'}]}\n" * n + "print(yaml.dump({'jobs': jobs}))\n"),
    "updates in python": (PYTHON, lambda n: "import yaml\njobs = {'b': {'docker': [{'image': 'a/b'}]}}\n" + "jobs['b'].update({'steps': ['checkout']})\n" * n + "print(yaml.dump({'jobs': jobs}))\n"),
    "functions in python": (PYTHON, lambda n: "import yaml\n" + "".join(f"def f{i}():\n    return {{'docker': [{{'image': 'a/b'}}]}}\n" for i in range(n)) + "print(yaml.dump({'jobs': {" + ",".join(f"'b{i}': f{i}()" for i in range(n)) + "}}))\n"),
    "environment in python": (PYTHON, lambda n: "import yaml\njobs = {'b': {'machine': True, 'environment': {" + "".join(f"'A{i}_TOKEN': 'Xk7Qm{i}ZpLw9Vt4Rb', " for i in range(n)) + "'X': 'y'}, 'steps': ['checkout']}}\nprint(yaml.dump({'version': 2.1, 'jobs': jobs}))\n"),
    "tags in scalars": (TEMPLATE, lambda n: "version: 2.1\njobs:\n" + "".join(f"  b{i}:\n    docker:\n      - image: a/{{{{ x }}}}:1\n    steps:\n      - run: |\n          {{{{ y }}}}\n" for i in range(n))),
    "conditions around images": (TEMPLATE, lambda n: "version: 2.1\njobs:\n" + "".join(f"  b{i}:\n    docker:\n      {{% if x %}}\n      - image: a/b\n      {{% endif %}}\n    steps: [checkout]\n" for i in range(n))),
}
# fmt: on

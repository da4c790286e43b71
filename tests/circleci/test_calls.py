"""Who runs what: invocations of jobs, executors by any name, and the values of parameters."""

from __future__ import annotations

import pytest

from tests.circleci.views import config_of, image, invoked


def test_an_executor_runs_what_parameters_and_matrices_pass_on() -> None:
    config = config_of("""
        executors:
          one: {docker: [{image: cimg/one}]}
          two: {docker: [{image: cimg/two}]}
        jobs:
          a:
            parameters: {e: {type: executor, default: two}}
            executor: << parameters.e >>
          b:
            parameters: {e: {type: executor}}
            executor: << parameters.e >>
          c:
            executor: << pipeline.parameters.e >>
        workflows:
          w:
            jobs:
              - a
              - a: {e: one}
              - b: {e: {name: one}}
              - b: {matrix: {parameters: {e: [one, two]}}}
              - orb/job: {executor: two}
              - orb/other: {name: one}
              - hold: {type: approval, executor: one}
        """)
    assert invoked(config, "cimg/one") == ["a", "b", "b"]
    assert invoked(config, "cimg/two") == ["a", "b", "orb/job"]
    assert [job.name for job in config.calls.undecided] == ["c"]


def test_what_a_matrix_excludes_in_every_combination_runs_nowhere() -> None:
    config = config_of("""
        executors:
          one: {docker: [{image: cimg/one}]}
          two: {docker: [{image: cimg/two}]}
        jobs:
          a: &job
            parameters: {e: {type: executor}, v: {type: integer, default: 1}}
            executor: << parameters.e >>
          b: *job
          c: *job
          d: *job
          i:
            parameters: {tag: {type: string}}
            docker: [{image: "<< parameters.tag >>/x"}]
        workflows:
          w:
            jobs:
              - a: {matrix: {parameters: {e: [one, two]}, exclude: [{e: one}]}}
              - b: {matrix: {parameters: {e: [one, two], v: [1, 2]}, exclude: [{e: one, v: 1}, {v: 2, e: one}]}}
              - c: {matrix: {parameters: {e: [one, two], v: [1, 2]}, exclude: [{e: one, v: 1}, {e: two, v: 2}]}}
              - d: {matrix: {parameters: {e: [one, two], v: [1, 2]}, exclude: [{e: one}, {e: {name: one}, v: 1}]}}
              - i: {matrix: {parameters: {tag: [acme, quay.io]}, exclude: [{tag: quay.io}]}}
        """)
    assert invoked(config, "cimg/one") == ["c", "d"]
    assert invoked(config, "cimg/two") == ["a", "b", "c", "d"]
    references = config.calls.references(image(config, "<< parameters.tag >>/x"))
    assert references is not None
    assert [reference.text for reference in references] == ["acme/x"]


def test_a_job_of_a_type_that_runs_nothing_runs_nowhere() -> None:
    config = config_of("""
        executors:
          e: {docker: [{image: cimg/go}]}
        jobs:
          build: {type: build, executor: e}
          plain: {type: , executor: e}
          go-on: {type: no-op, executor: e}
          ship: {type: release, plan_name: p, executor: e}
        workflows: {w: {jobs: [build, plain, go-on, ship, ship: {name: again}]}}
        """)
    assert invoked(config, "cimg/go") == ["build", "plain"]


def test_names_in_an_inline_orb_mean_the_orbs_own() -> None:
    config = config_of("""
        executors:
          e: {docker: [{image: cimg/outer}]}
        orbs:
          o:
            executors:
              e: {docker: [{image: cimg/inner}]}
            jobs:
              j: {executor: e}
        jobs:
          a: {executor: e}
          b: {executor: o/e}
        workflows: {w: {jobs: [a, b, o/j]}}
        """)
    assert invoked(config, "cimg/outer") == ["a"]
    assert sorted(invoked(config, "cimg/inner")) == ["b", "o/j"]


def test_values_come_from_defaults_invocations_matrices_and_executor_calls() -> None:
    config = config_of("""
        parameters:
          major: {type: enum, enum: ["1", "2"], default: "1"}
        executors:
          e:
            parameters: {image: {type: string, default: cimg/base}}
            docker: [{image: << parameters.image >>}]
        jobs:
          a:
            parameters: {tag: {type: string, default: x}}
            executor: {name: e, image: "cimg/go:<< parameters.tag >>"}
          b: {executor: e}
        workflows:
          w:
            jobs:
              - a: {tag: y}
              - a: {matrix: {parameters: {tag: [z, << pipeline.parameters.major >>]}}}
              - b
        """)
    found = config.calls.references(image(config, "<< parameters.image >>"))
    assert found is not None
    assert sorted(reference.text for reference in found) == [
        "cimg/base",
        "cimg/go:1",
        "cimg/go:2",
        "cimg/go:y",
        "cimg/go:z",
    ]


def test_a_default_counts_where_somebody_leaves_the_parameter_to_it() -> None:
    config = config_of("""
        executors:
          e:
            parameters: {image: {type: string, default: cimg/base}}
            docker: [{image: << parameters.image >>}]
        jobs:
          a:
            parameters: {tag: {type: string, default: x}}
            executor: {name: e, image: "cimg/go:<< parameters.tag >>"}
        workflows:
          w:
            jobs: [a, {a: {name: b, tag: y}}]
        """)
    found = config.calls.references(image(config, "<< parameters.image >>"))
    assert found is not None
    assert sorted(reference.text for reference in found) == ["cimg/go:x", "cimg/go:y"]


def test_what_another_job_passes_to_an_executor_is_not_of_this_job() -> None:
    config = config_of("""
        executors:
          e:
            parameters:
              image: {type: string, default: cimg/base}
              size: {type: string, default: large}
            docker: [{image: << parameters.image >>}]
            resource_class: << parameters.size >>
        jobs:
          a: {executor: e}
          b: {executor: {name: e, image: alpine, size: acme/own}}
          c:
            parameters: {image: {type: string}}
            executor: {name: e, image: << parameters.image >>}
        workflows:
          w: {jobs: [a, b, {c: {image: x}}, {c: {name: d, image: y}}]}
        """)
    of = image(config, "<< parameters.image >>")
    calls, executor = config.calls, config.executors["e"]

    def texts(job: str) -> list[str]:
        return [reference.text for reference in calls.references(of, config.jobs[job]) or ()]

    assert (texts("a"), texts("b"), texts("c")) == (["cimg/base"], ["alpine"], ["x", "y"])
    assert calls.texts(executor, "<< parameters.size >>", config.jobs["a"]) == ("large",)
    assert calls.texts(executor, "<< parameters.size >>", config.jobs["b"]) == ("acme/own",)
    assert sorted(reference.text for reference in calls.references(of) or ()) == ["alpine", "cimg/base", "x", "y"]


@pytest.mark.parametrize(
    "text",
    [
        "<< pipeline.git.branch >>",
        "<< parameters.unknown >>",
        "<< pipeline.parameters.unknown >>",
        "<< parameters.bare >>",
        "<< matrix.x >>",
        "<< parameters.given or parameters.bare >>",
    ],
)
def test_a_value_that_nothing_tells_is_not_guessed(text: str) -> None:
    config = config_of(f"""
        jobs:
          a:
            parameters: {{bare: {{type: string}}, given: {{type: string, default: x}}}}
            docker: [{{image: "{text}"}}]
        workflows: {{w: {{jobs: [a]}}}}
        """)
    assert config.calls.references(config.images[0]) is None


@pytest.mark.parametrize(
    ("path", "version"), [("src/@orb.yml", ""), ("src/orb.yml", "version: 2.1"), (".circleci/orb.yml", "")]
)
def test_a_parameter_of_an_orb_may_be_anything_but_for_an_enumeration(path: str, version: str) -> None:
    text = f"""
        {version}
        description: An orb
        executors:
          a:
            parameters: {{image: {{type: string, default: cimg/go}}}}
            docker: [{{image: << parameters.image >>}}]
          b:
            parameters: {{image: {{type: enum, enum: [cimg/go, cimg/node], default: cimg/go}}}}
            docker: [{{image: << parameters.image >>}}]
        """
    config = config_of(text, path)
    assert config.is_orb_source
    references = [config.calls.references(i) for i in config.images]
    assert references[0] is None
    assert [r.text for r in references[1] or ()] == ["cimg/go", "cimg/node"]


def test_the_name_of_an_executor_is_made_of_parameters() -> None:
    config = config_of("""
        parameters: {os: {type: string, default: linux}}
        executors:
          go-1: {docker: [{image: cimg/one}]}
          go-2: {docker: [{image: cimg/two}]}
          linux: {docker: [{image: cimg/linux}]}
        jobs:
          partly:
            parameters: {v: {type: string, default: "1"}}
            executor: go-<< parameters.v >>
          mapped:
            parameters: {e: {type: enum, enum: [go-1, go-2], default: go-2}}
            executor: {name: << parameters.e >>}
          pipeline:
            executor: << pipeline.parameters.os >>
          passed:
            parameters: {e: {type: executor}}
            executor: << parameters.e >>
        workflows:
          w:
            jobs:
              - partly
              - partly: {v: "2"}
              - partly: {matrix: {parameters: {v: ["1", "2"]}}}
              - mapped
              - mapped: {e: go-1}
              - pipeline
              - passed: {e: << pipeline.parameters.os >>}
              - passed: {e: "go-<< matrix.v >>", matrix: {parameters: {v: ["1"]}}}
        """)
    assert invoked(config, "cimg/one") == ["partly", "partly", "mapped", "passed"]
    assert invoked(config, "cimg/two") == ["partly", "partly", "mapped"]
    assert invoked(config, "cimg/linux") == ["pipeline", "passed"]
    assert config.calls.undecided == []
    assert config.calls.executor_names(config.jobs["partly"]) == ["go-1", "go-2"]


@pytest.mark.parametrize(
    "executor", ["<< pipeline.git.branch >>", "go-<< parameters.v >>", "{name: << parameters.v >>, tag: x}"]
)
def test_an_executor_that_nothing_tells_is_undecided(executor: str) -> None:
    config = config_of(f"""
        executors: {{e: {{docker: [{{image: cimg/go}}]}}}}
        jobs:
          a:
            parameters: {{v: {{type: string}}}}
            executor: {executor}
        workflows: {{w: {{jobs: [a, a: {{v: << pipeline.number >>}}]}}}}
        """)
    assert invoked(config, "cimg/go") == []
    assert [job.name for job in config.calls.undecided] == ["a"]
    assert config.calls.executor_names(config.jobs["a"]) is None


def test_only_a_mapping_or_the_name_of_a_parameter_tells_that_an_orb_takes_an_executor() -> None:
    config = config_of("""
        orbs: {acme: acme/ci@1}
        executors:
          default: {docker: [{image: cimg/go}]}
        workflows:
          w:
            jobs:
              - acme/a: {executor: default}
              - acme/b: {on: {name: default, tag: "1"}}
              - acme/c: {on: default, name: default, context: default}
              - acme/d: {matrix: {parameters: {on: [default, other]}}}
              - acme/e: {executor: acme/default, on: other}
        """)
    assert invoked(config, "cimg/go") == ["acme/a", "acme/b"]
    handed = [(invocation.name, parameter) for invocation, parameter in config.calls.handed["default"]]
    assert handed == [("acme/c", "on"), ("acme/d", "on")]


@pytest.mark.parametrize(
    ("path", "beside", "known"),
    [
        (".circleci/continue/jobs.yml", {}, None),
        (".circleci/config.yml", {}, None),
        ("src/@jobs.yml", {"src/@config.yml": "version: 2.1\n"}, None),
        ("src/@jobs.yml", {"src/@config.yml": "version: 2.1\nworkflows: {w: {jobs: [a]}}\n"}, "cimg/go"),
    ],
)
def test_a_parameter_of_a_fragment_may_be_anything_unless_the_workflows_are_known(
    path: str, beside: dict[str, str], known: str | None
) -> None:
    text = """
        jobs:
          a:
            parameters: {image: {type: string, default: cimg/go}}
            docker: [{image: << parameters.image >>}]
        """
    config = config_of(text, path, beside)
    found = config.calls.references(config.images[0])
    assert [reference.text for reference in found or ()] == ([known] if known else [])

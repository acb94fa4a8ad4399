-- A build node: jobs may use all of it, and its agent still answers.

rule "node/agent" {
  match = process { name = { "gitlab-runner", "buildkite-agent", "Runner.Listener", "woodpecker-agent" } },
  tag   = "agent",
  want  = { nice = -5, oom_score_adj = -800 },
}

-- Everything that an agent started, at any depth.
rule "node/job" {
  match = process { under = process { tag = "agent" } },
  tag   = "job",
  want  = { qos = "utility", oom_score_adj = 200 },
}

-- A linker needs most memory at once: rather one of them than the job's shell.
rule "node/linker" {
  match    = process { tag = "job", name = { "ld", glob "ld.*", glob "*-ld.{bfd,gold}", "lld", "mold", "gold", "rust-lld" } },
  priority = 10,
  want     = { oom_score_adj = 600 },
}

rule "node/linker threads" {
  match = thread { name = glob "{ld.lld,mold}*", of = process { tag = "job" } },
  want  = { sched = "idle" },
}

rule "node/short of memory" {
  match    = process { tag = "job", name = { "cc1", "cc1plus", "rustc", "clang", glob "clang-[0-9]*" } },
  when     = host { memory_pressure = at_least "warn" },
  priority = 10,
  want     = { qos = "background" },
}

-- Jobs are other people's code: they get no more than anybody.
rule "node/jobs are bounded" {
  match = process { under = process { tag = "agent" } },
  cap   = { nice = at_least(0), oom_score_adj = at_least(0), sched = { "other", "batch", "idle" } },
}

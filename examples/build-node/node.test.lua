local function job (sim)
  local agent = sim:exec { name = "gitlab-runner", unit = "gitlab-runner.service" }
  local shell = sim:exec { name = "bash", uid = 999, parent = agent }
  return agent, shell
end

test "the agent outlives its jobs" (function (sim)
  local agent, shell = job (sim)
  expect (agent) { nice = -5, oom_score_adj = -800 }
  expect (shell) { qos = "utility", nice = 10, oom_score_adj = 200 }
end)

test "a job is one at any depth, also when its parent has left" (function (sim)
  local _, shell = job (sim)
  local make = sim:exec { name = "make", uid = 999, parent = shell }
  local cc   = sim:exec { name = "cc1", uid = 999, parent = make }
  sim:exit (make)
  sim:memory_pressure "warn"
  expect (cc) { qos = "background", oom_score_adj = 200 }
  sim:memory_pressure "normal"
  expect (cc) { qos = "utility" }
end)

test "a linker is the first to die, and its threads wait" (function (sim)
  local _, shell = job (sim)
  local ld     = sim:exec { name = "ld.lld", uid = 999, parent = shell }
  local worker = sim:thread (ld, { name = "ld.lld" })
  local io     = sim:thread (ld, { name = "io" })
  expect (ld) { oom_score_adj = 600 }
  expect (sim:main (ld)) { sched = "idle", nice = 10 }
  expect (worker) { sched = "idle", nice = 10 }
  expect (io) { sched = "batch", nice = 10 }
end)

test "a job's fork that never execs is part of it" (function (sim)
  local _, shell = job (sim)
  local child = sim:fork (shell)
  sim:pass "1s"
  expect (child) { qos = "utility", oom_score_adj = 200 }
end)

test "who is no job is left alone" (function (sim)
  local cc = sim:exec { name = "cc1", uid = 1000 }
  expect (cc) { qos = untouched, nice = untouched, oom_score_adj = untouched }
end)

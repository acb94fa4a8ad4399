test "compilers step aside, and further on battery" (function (sim)
  local cc = sim:exec { name = "cc1plus", uid = 1000 }
  expect (cc) { qos = "utility", nice = 10, sched = "batch" }
  sim:host { on_battery = true }
  expect (cc) { qos = "background", nice = 19, sched = "idle" }
  sim:host { on_battery = false }
  expect (cc) { qos = "utility", nice = 10, sched = "batch" }
end)

test "linker threads go batch, its other threads too" (function (sim)
  local ld = sim:exec { name = "ld.lld", uid = 1000 }
  local t  = sim:thread (ld, { name = "ld.lld worker" })
  expect (t) { sched = "batch" }
  expect (ld) { qos = "utility" }
end)

test "whatever a build runs is part of it, at any depth" (function (sim)
  local make = sim:exec { name = "make", uid = 1000 }
  local sh   = sim:exec { name = "sh", uid = 1000, parent = make }
  local tool = sim:exec { name = "generate-tables", uid = 1000, parent = sh }
  expect (make) { nice = 5 }
  expect (tool) { nice = 10 }
  sim:exit (sh)
  local late = sim:exec { name = "cc1", uid = 1000, parent = make }
  expect (late) { qos = "utility" }
  expect (tool) { nice = 10 }
end)

test "short of memory, builds are the first to give way" (function (sim)
  local cc = sim:exec { name = "rustc", uid = 1000 }
  expect (cc) { oom_score_adj = untouched }
  sim:memory_pressure "critical"
  expect (cc) { qos = "background", oom_score_adj = 500 }
  sim:memory_pressure "normal"
  expect (cc) { qos = "utility", oom_score_adj = untouched }
end)

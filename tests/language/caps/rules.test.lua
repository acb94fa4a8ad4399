test "every setting is held" (function (sim)
  local w = sim:exec { name = "w", uid = 1000 }
  expect (w) {
    nice = 5, sched = "other", ionice = "best-effort:4", affinity = "2-3", timer_slack = "1ms",
    oom_score_adj = -10, autogroup_nice = 0, role = "default", precedence = 3, slice = "1ms",
    uclamp_min = "50%", uclamp_max = "60%", cpu_time = "1h", freeze = false, reclaim = "1MiB",
    cpu_limit = "2 cores",
  }
  expect (w) { pool = untouched }           -- that one is not for it
  expect (sim:exec { name = "group", uid = 1000 }) {
    weight = 100, io_weight = 199, cpu_limit = "2 cores", cpuset = "4-5",
    memory_low = "1GiB", memory_high = "2GiB", swap = "3GiB",
  }
  expect (w) { qos = "utility", io = "utility" }
  local t = sim:thread (w, { name = "rt" })
  expect (t) { realtime = untouched }
  expect (sim:exec { name = "lim", uid = 1000 }) { cpu_limit = "2 cores" }
end)

test "a task is in one pool" (function (sim)
  expect (sim:exec { name = "pox" }) { pool = "one" }
  expect (sim:exec { name = "poo" }) { pool = "two" }
  expect (sim:exec { name = "poe" }) { pool = "each", weight = 70 }
end)

test "untouched is of a class, or of one knob" (function (sim)
  expect (sim:exec { name = "n1" }) { qos = untouched, nice = untouched, sched = untouched }
  expect (sim:exec { name = "n2" }) { qos = "utility", nice = untouched, sched = "batch" }
  expect (sim:exec { name = "n3" }) { nice = 3, sched = untouched }
end)

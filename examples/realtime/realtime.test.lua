local loop_of = { realtime = { period = "1ms", computation = "300us", constraint = "800us" } }

test "the loop runs in real time, the rest of its program early" (function (sim)
  local servo = sim:exec { name = "servo-control", exe = "/usr/bin/servo-control", uid = 1000 }
  local loop  = sim:thread (servo, { name = "control-loop" })
  local log   = sim:thread (servo, { name = "log-writer" })
  expect (loop) (loop_of)
  expect (log) { realtime = untouched, nice = -5 }
end)

test "a borrowed name gets nothing" (function (sim)
  local fake = sim:exec { name = "servo-control", exe = "/home/mallory/servo-control", uid = 1000 }
  local loop = sim:thread (fake, { name = "control-loop" })
  expect (loop) { realtime = untouched }
end)

test "what can wait does" (function (sim)
  local cc = sim:exec { name = "cc1", uid = 1000 }
  expect (cc) { sched = "idle", autogroup_nice = 19 }
end)

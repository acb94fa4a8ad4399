test "a database outlives its connections" (function (sim)
  local main = sim:exec { name = "postgres", uid = 110 }
  local one  = sim:fork (main)
  sim:pass "1s"
  expect (main) { oom_score_adj = -500, ionice = "best-effort:2" }
  expect (one) { oom_score_adj = 0, ionice = "best-effort:2" }
end)

test "a web server's forked workers are judged like it" (function (sim)
  local main   = sim:exec { name = "nginx", uid = 33 }
  local worker = sim:fork (main)
  sim:pass "1s"
  expect (main) { nice = -2 }
  expect (worker) { nice = -2 }
end)

test "a dump waits for everyone" (function (sim)
  local dump = sim:exec { name = "pg_dump", uid = 110 }
  expect (dump) { qos = "background" }
end)

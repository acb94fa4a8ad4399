local unit = "postgresql@15-main.service"

local function server (sim)
  local main = sim:exec { name = "postgres", uid = 110, unit = unit }
  local one  = sim:fork (main)
  sim:pass "1s"
  return main, one
end

test "the server is the last to die, a connection is not" (function (sim)
  local main, one = server (sim)
  expect (main) { oom_score_adj = -900, nice = -5, io = "important" }
  expect (one) { oom_score_adj = 0, nice = -5, io = "important" }
end)

test "upkeep is known by its title" (function (sim)
  local main = server (sim)
  local vacuum = sim:fork (main)
  sim:set (vacuum, { title = "postgres: 15/main: autovacuum worker shop" })
  sim:pass "2s"
  expect (vacuum) { nice = 5, io = "utility" }
  expect.rule (vacuum, "nice") "database/upkeep"
end)

test "another program of that name is no server" (function (sim)
  local other = sim:exec { name = "postgres", uid = 1000 }
  expect (other) { qos = "utility", oom_score_adj = untouched }
end)

test "a dump stands still while memory is short, and goes on" (function (sim)
  local dump = sim:exec { name = "pg_dump", uid = 110 }
  expect (dump) { qos = "background", oom_score_adj = 500, freeze = untouched }
  sim:memory_pressure "critical"
  expect (dump) { freeze = true }
  sim:memory_pressure "normal"
  sim:pass "21s"
  expect (dump) { freeze = untouched }
end)

test "what people run by hand stays below" (function (sim)
  local psql = sim:exec { name = "psql", uid = 1000 }
  expect (psql) { qos = "utility", nice = 10 }
end)

test "of more rules than there is room for the strongest wins" (function (sim)
  expect (sim:exec { name = "lots" }) { nice = 10 }
  expect.rule (sim:exec { name = "lots" }, "nice") "lots 70"
end)

test "and of those that come through a tree" (function (sim)
  local root = sim:exec { name = "root" }
  expect (root) { nice = 10 }
  expect (sim:exec { name = "leaf", parent = root }) { nice = 10 }
end)

test "256 tasks are sent along to a handler" (function (sim)
  local task = { }
  for i = 1, 300 do task[i] = sim:exec { name = "many" } end
  sim:memory_pressure "critical"
  expect (task[1]) { nice = 9 }
  expect (task[256]) { nice = 9 }
  expect (task[257]) { nice = untouched }
  sim:memory_pressure "normal":pass "11s"
  expect (task[1]) { nice = untouched }
end)

test "a state is counted up by each turn of a timer" (function (sim)
  local counted = sim:exec { name = "counted" }
  sim:pass "16s"
  expect (counted) { nice = 3 }
end)

test "a tree has want, tag and cap, its threads too" (function (sim)
  local a = sim:exec { name = "t1" }
  local b = sim:exec { name = "b", parent = a }
  local t = sim:thread (b, { name = "foo" })
  local c = sim:exec { name = "t2", parent = b }
  local d = sim:exec { name = "d", parent = c }
  expect (a) { nice = 7, oom_score_adj = 100 }
  expect (b) { nice = 7 }
  expect.tag (b) "treed"
  expect (b) { oom_score_adj = 100 }
  expect (t) { nice = 7 }
  expect (c) { nice = 9 }
  expect (d) { nice = 9 }
  sim:exit (a)
  expect (b) { nice = 7 }
  expect (d) { nice = 9 }
end)

test "who was born before the tree is in it" (function (sim)
  local b = sim:exec { name = "b0" }
  local d = sim:exec { name = "d", parent = b }
  sim:exec_again (b, { name = "t1" })
  expect (d) { nice = 7 }
  sim:exec_again (b, { name = "b0" })
  expect (b) { nice = untouched }
  expect (d) { nice = untouched }
end)

test "a parent has want and cap, and no tag" (function (sim)
  local sh = sim:exec { name = "sh" }
  local p = sim:exec { name = "p1", parent = sh }
  expect (sh) { nice = 6 }
  expect (p) { nice = untouched }
  expect.tag (p) "par"
  expect.no_tag (sh) "par"
  expect (sh) { oom_score_adj = 10 }
  sim:exit (p)
  expect (sh) { nice = untouched }
end)

test "a unit has want and cap, and no tag" (function (sim)
  local sh = sim:exec { name = "sh", unit = "a.service" }
  local p = sim:exec { name = "u1", unit = "a.service" }
  expect (sh) { nice = 7 }
  expect.tag (p) "uni"
  expect.no_tag (sh) "uni"
  expect (sh) { oom_score_adj = 20 }
end)

test "of two trees the later rule wins each setting, and a priority both" (function (sim)
  local a = sim:exec { name = "ta" }
  local b = sim:exec { name = "tb", parent = a }
  local c = sim:exec { name = "tc", parent = b }
  local x = sim:exec { name = "x", parent = c }
  expect (a) { nice = 3 }
  expect (b) { nice = 9, sched = "batch" }
  expect (c) { nice = 1, sched = "batch" }
  expect (x) { nice = 1, sched = "batch" }
  sim:exit (c)
  expect (x) { nice = 1 }
  sim:exit (b)
  expect (x) { nice = 1, sched = "batch" }
end)

test "whichever tree is within the other" (function (sim)
  local b = sim:exec { name = "tb" }
  local a = sim:exec { name = "ta", parent = b }
  local x = sim:exec { name = "x", parent = a }
  expect (a) { nice = 3 }
  expect (x) { nice = 9, sched = "batch" }
end)

test "rules may wait for each other to run" (function (sim)
  local x = sim:exec { name = "ru1" }
  expect (x) { nice = untouched }
  local y = sim:exec { name = "ru2" }
  expect (x) { nice = 1 }
  expect (y) { nice = 1 }
  sim:exit (y)
  expect (x) { nice = untouched }
end)

test "a process that lasted lasts for its new threads" (function (sim)
  local p = sim:exec { name = "ofp" }
  local t = sim:thread (p, { name = "w1" })
  expect (t) { nice = untouched }
  sim:pass "5s"
  expect (t) { nice = 3 }
  local t2 = sim:thread (p, { name = "w1" })
  expect (t2) { nice = 3 }
end)

test "so does an ancestor and a parent for what they start" (function (sim)
  local p = sim:exec { name = "up" }
  local s = sim:exec { name = "sh", parent = p }
  local t = sim:exec { name = "u1", parent = s }
  local q = sim:exec { name = "pa1", parent = p }
  expect (t) { nice = untouched }
  sim:pass "5s"
  expect (t) { nice = 3 }
  expect (q) { nice = 3 }
end)

test "an except that must last spares later" (function (sim)
  local p = sim:exec { name = "e1", uid = 1000 }
  expect (p) { nice = 3 }
  sim:pass "5s"
  expect (p) { nice = untouched }
end)

test "and is looked at for what drifts" (function (sim)
  local p = sim:exec { name = "e2", uid = 1000, cpu = "60%" }
  sim:pass "3s"
  expect (p) { nice = 3 }
  sim:pass "6s"
  expect (p) { nice = untouched }
  sim:set (p, { cpu = "10%" }):pass "3s"
  expect (p) { nice = 3 }
end)

test "an except with a threshold is released below it" (function (sim)
  local p = sim:exec { name = "e3", uid = 1000, cpu = "60%" }
  sim:pass "3s"
  expect (p) { nice = untouched }
  sim:set (p, { cpu = "47%" }):pass "3s"
  expect (p) { nice = untouched }
  sim:set (p, { cpu = "40%" }):pass "3s"
  expect (p) { nice = 3 }
end)

test "a threshold is released a tenth past it, on each side" (function (sim)
  local a = sim:exec { name = "h1", cpu = "79%" }
  local b = sim:exec { name = "h2", cpu = "21%" }
  local c = sim:exec { name = "h3", rss = "900MiB" }
  sim:pass "3s"
  expect (a) { nice = untouched } expect (b) { nice = untouched } expect (c) { nice = untouched }
  sim:set (a, { cpu = "81%" })
  sim:set (b, { cpu = "19%" })
  sim:set (c, { rss = "1500MiB" })
  sim:pass "3s"
  expect (a) { nice = 3 } expect (b) { nice = 3 } expect (c) { nice = 3 }
  sim:set (a, { cpu = "73%" })
  sim:set (b, { cpu = "20%" })
  sim:set (c, { rss = "2150MiB" })
  sim:pass "3s"
  expect (a) { nice = 3 } expect (b) { nice = 3 } expect (c) { nice = 3 }
  sim:set (a, { cpu = "71%" })
  sim:set (b, { cpu = "23%" })
  sim:set (c, { rss = "2300MiB" })
  sim:pass "3s"
  expect (a) { nice = untouched } expect (b) { nice = untouched } expect (c) { nice = untouched }
end)

test "and one of the machine" (function (sim)
  local a = sim:exec { name = "h4" }
  sim:host { cpu = "55%" }:pass "3s"
  expect (a) { nice = 3 }
  sim:host { cpu = "46%" }:pass "3s"
  expect (a) { nice = 3 }
  sim:host { cpu = "44%" }:pass "3s"
  expect (a) { nice = untouched }
end)

test "what a function wanted outlives its cause" (function (sim)
  local a = sim:exec { name = "k1" }
  sim:host { on_battery = true }
  expect (a) { nice = 4 }
  sim:host { on_battery = false }
  expect (a) { nice = 4 }
  sim:pass "9s"
  expect (a) { nice = 4 }
  sim:pass "2s"
  expect (a) { nice = untouched }
end)

test "the last answer is what outlives" (function (sim)
  local a = sim:exec { name = "k1" }
  sim:host { on_battery = true }
  sim:host { on_battery = false }
  sim:pass "5s"
  sim:host { on_battery = true }
  sim:memory_pressure "warn"
  expect (a) { nice = 8 }
  sim:host { on_battery = false }
  sim:pass "9s"
  expect (a) { nice = 8 }
  sim:pass "2s"
  expect (a) { nice = untouched }
end)

test "a function that wants nothing any more is outlived too" (function (sim)
  local a = sim:exec { name = "k2" }
  sim:host { on_battery = true }
  expect (a) { nice = 4 }
  sim:host { on_battery = false }
  sim:pass "9s"
  expect (a) { nice = 4 }
  sim:pass "2s"
  expect (a) { nice = untouched }
end)

test "short of memory, a hog in the background stands still for a while" (function (sim)
  local hog = sim:exec { name = "restic", uid = 1000, rss = "600MiB" }
  expect (hog) { freeze = untouched }
  sim:memory_pressure "warn"
  expect (hog) { freeze = untouched }
  sim:memory_pressure "critical"
  expect (hog) { freeze = true, oom_score_adj = 800 }
  sim:memory_pressure "normal":pass "5s"
  expect (hog) { freeze = true }
  sim:pass "6s"
  expect (hog) { freeze = untouched, oom_score_adj = untouched }
end)

test "a linker that grows while memory runs short is stopped then" (function (sim)
  local ld = sim:exec { name = "ld.lld", uid = 1000, rss = "100MiB" }
  sim:memory_pressure "critical":pass "2s"
  expect (ld) { freeze = untouched, oom_score_adj = 500 }
  sim:set (ld, { rss = "900MiB" })
  sim:pass "2s"
  expect (ld) { freeze = true, oom_score_adj = 800 }
end)

test "what a person works with goes on, however large" (function (sim)
  local browser = sim:exec { name = "firefox", uid = 1000, rss = "4GiB" }
  local unknown = sim:exec { name = "simulation", uid = 1000, rss = "4GiB" }
  sim:memory_pressure "critical"
  expect (browser) { freeze = untouched, oom_score_adj = untouched }
  expect (unknown) { freeze = untouched, oom_score_adj = untouched }
end)

test "what one types into is the last to die" (function (sim)
  local editor = sim:exec { name = "nvim", uid = 1000, rss = "1GiB" }
  expect (editor) { freeze = untouched, oom_score_adj = untouched }
  sim:memory_pressure "warn"
  expect (editor) { freeze = untouched, oom_score_adj = -100 }
end)

test "the largest are asked to give back first" (function (sim)
  local large = sim:exec { name = "ld.lld", uid = 1000, rss = "2GiB" }
  local small = sim:exec { name = "rclone", uid = 1000, rss = "20MiB" }
  sim:memory_pressure "warn"
  expect (large) { reclaim = "128MiB", ionice = "idle" }
  expect (small) { reclaim = untouched }
end)

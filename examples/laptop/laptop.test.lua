test "sync waits on battery, on two cores" (function (sim)
  local sync = sim:exec { name = "syncthing", uid = 1000 }
  expect (sync) { qos = "utility", affinity = untouched }
  sim:host { on_battery = true }
  expect (sync) { qos = "background", affinity = "0-1", timer_slack = "100ms" }
  sim:host { on_battery = false }
  expect (sync) { qos = "utility", affinity = untouched, timer_slack = "1ms" }
end)

test "what a terminal runs counts less than the terminal" (function (sim)
  local term  = sim:exec { name = "kitty", uid = 1000 }
  local shell = sim:exec { name = "bash", uid = 1000, parent = term }
  local tool  = sim:exec { name = "grep", uid = 1000, parent = shell }
  expect (term) { qos = "user-initiated", nice = -5 }
  expect (tool) { qos = "default", nice = 0 }
end)

test "an editor in a terminal is typed into" (function (sim)
  local term  = sim:exec { name = "foot", uid = 1000 }
  local shell = sim:exec { name = "bash", uid = 1000, parent = term }
  local vim   = sim:exec { name = "nvim", uid = 1000, parent = shell }
  expect (vim) { qos = "user-initiated" }
end)

test "a meeting comes first, within the bounds" (function (sim)
  local zoom = sim:exec { name = "zoom", uid = 1000 }
  expect (zoom) { qos = "user-interactive", nice = -10, sched = "other" }
end)

test "another program's choice is left alone" (function (sim)
  local sync = sim:exec { name = "rclone", uid = 1000 }
  sim:set (sync, { nice = 3 })
  sim:host { on_battery = true }:pass "1s"
  expect (sync) { nice = 3, sched = "idle" }
end)

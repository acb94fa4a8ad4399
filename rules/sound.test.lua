test "callback threads of a real sound server run in real time" (function (sim)
  local pw = sim:exec { name = "pipewire", exe = "/usr/bin/pipewire", uid = 1000 }
  local rt = sim:thread (pw, { name = "data-loop.0" })
  local ui = sim:thread (pw, { name = "module-rt" })
  expect (rt) { sched = "fifo:20" }
  expect (ui) { sched = "other" }
  expect (pw) { qos = "user-interactive" }
end)

test "a borrowed name gets nothing" (function (sim)
  local fake = sim:exec { name = "pipewire", exe = "/home/mallory/pipewire", uid = 1000 }
  local rt   = sim:thread (fake, { name = "data-loop.0" })
  expect (rt) { sched = "other" }
end)

test "a studio is served first, within the bounds of people" (function (sim)
  local studio = sim:exec { name = "ardour-8.4", uid = 1000 }
  expect (studio) { qos = "user-interactive", nice = -10, sched = "other" }
  local other = sim:exec { name = "ardour-8.4", uid = 0 }
  expect (other) { qos = untouched }
end)

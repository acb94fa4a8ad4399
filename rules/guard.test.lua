test "a person's program cannot be made real-time or too eager" (function (sim)
  local shell = sim:exec { name = "kwin_wayland", uid = 1000 }
  expect (shell) { qos = "user-interactive", sched = "other", nice = -10 }
end)

test "nobody changes the way in" (function (sim)
  local ssh = sim:exec { name = "sshd", uid = 0 }
  expect (ssh) { nice = untouched, sched = untouched, ionice = untouched, timer_slack = untouched }
end)

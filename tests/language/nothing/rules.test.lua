test.each "whoever has none is not excepted" {
  "f2", "f3", "f4", "f5", "f6", "f7", "f8", "f9", "g1", "g2", "g3", "g8",
} (function (sim, name)
  expect (sim:exec { name = name, uid = 1000 }) { nice = 3 }
end)

test "whose program is foreign is known by nobody" (function (sim)
  expect (sim:exec { name = "f1" }) { nice = 3 }
  expect (sim:exec { name = "f1", exe = "/usr/bin/zz" }) { nice = untouched }
  expect (sim:exec { name = "f1", foreign = true }) { nice = untouched }
end)

test "an empty list has nothing" (function (sim)
  expect (sim:exec { name = "any", args = { "any" } }) { nice = untouched, oom_score_adj = untouched }
  expect (sim:exec { name = "any", args = { "any", "-x" } }) { nice = 3 }
  expect (sim:exec { name = "any", env = { FLATPAK_ID = "org.any" } }) { oom_score_adj = 3 }
end)

test "script and container are told from arguments and control group" (function (sim)
  local docker = "/docker/0123456789ab0123456789ab0123456789ab0123456789ab0123456789abcdef"
  expect (sim:exec { name = "python3.11", args = { "python3", "/home/a.py" }, cgroup = docker }) { nice = 3 }
  expect (sim:exec { name = "python3.11", args = { "python3", "/home/b.py" }, cgroup = docker }) { nice = untouched }
end)

test.each "an application is told from its unit, wherever that is said" {
  { "unit", unit = "app-flatpak-com.obsproject.Studio-1234.scope" },
  { "cgroup", cgroup = "/user.slice/user@1000.service/app.slice/app-flatpak-com.obsproject.Studio-1234.scope" },
  { "variable", env = { FLATPAK_ID = "com.obsproject.Studio" } },
} (function (sim, case)
  expect (sim:exec { name = "obs", unit = case.unit, cgroup = case.cgroup, env = case.env }) { nice = 3 }
end)

test "the unit is in the path of the control group" (function (sim)
  expect (sim:exec { name = "g7", cgroup = "/user.slice/app-flatpak-com.obsproject.Studio-1234.scope" }) { nice = 3 }
  expect (sim:exec { name = "f3", cgroup = "/user.slice", uid = 1000 }) { nice = untouched }
end)

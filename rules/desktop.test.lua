test "the compositor is served first" (function (sim)
  local shell = sim:exec { name = "gnome-shell", uid = 1000 }
  expect (shell) { qos = "user-interactive", nice = -10, ionice = "best-effort:0" }
end)

test "a page counts less than its browser, and less still on battery" (function (sim)
  local browser = sim:exec { name = "chrome", uid = 1000 }
  local page = sim:exec { name = "chrome", uid = 1000, parent = browser,
                          args = { "chrome", "--type=renderer", "--lang=en" } }
  expect (browser) { qos = "user-initiated" }
  expect (page) { qos = "default" }
  sim:host { on_battery = true }
  expect (page) { qos = "utility" }
  expect (browser) { qos = "user-initiated" }
end)

test "a language server steps aside only under an editor" (function (sim)
  local editor = sim:exec { name = "nvim", uid = 1000 }
  local shell  = sim:exec { name = "bash", uid = 1000, parent = editor }
  local server = sim:exec { name = "clangd", uid = 1000, parent = shell }
  local alone  = sim:exec { name = "clangd", uid = 1000 }
  expect (server) { qos = "utility" }
  expect (alone) { qos = untouched, nice = untouched }
end)

test "root's editor is nobody's business" (function (sim)
  local vim = sim:exec { name = "vim", uid = 0 }
  expect (vim) { nice = untouched }
end)

test.each "a terminal answers at once, a person's alone" {
  { "kitty", uid = 1000, qos = "user-initiated" },
  { "gnome-terminal-server", uid = 1000, qos = "user-initiated" },
  { "xterm", uid = 0, qos = untouched },
} (function (sim, case)
  expect (sim:exec { name = case[1], uid = case.uid }) { qos = case.qos }
end)

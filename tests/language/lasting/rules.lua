-- What must last inside of other selectors, thresholds, and what outlives.

rule "of" {
  match = thread { name = "w1", of = process { name = "ofp", lasting = "5s" } },
  want = { nice = 3 },
}
rule "under" {
  match = process { name = "u1", under = process { name = "up", lasting = "5s" } },
  want = { nice = 3 },
}
rule "parent" {
  match = process { name = "pa1", parent = process { name = "up", lasting = "5s" } },
  want = { nice = 3 },
}
rule "exc" {
  match = process { name = "e1" },
  except = process { uid = 1000, lasting = "5s" },
  want = { nice = 3 },
}
rule "excdrift" {
  match = process { name = "e2" },
  except = process { cpu = above "50%", lasting = "5s" },
  want = { nice = 3 },
}
rule "excd" { match = process { name = "e3" }, except = process { cpu = above "50%" }, want = { nice = 3 } }
rule "hys" { match = process { name = "h1", cpu = above "80%" }, want = { nice = 3 } }
rule "hysb" { match = process { name = "h2", cpu = below "20%" }, want = { nice = 3 } }
rule "hysr" { match = process { name = "h3", rss = between ("1GiB", "2GiB") }, want = { nice = 3 } }
rule "hysh" { match = process { name = "h4" }, when = host { cpu = above "50%" }, want = { nice = 3 } }
rule "kf" {
  match = process { name = "k1" },
  when = host { on_battery = true },
  want = function (p, host) return { nice = host.memory_pressure == "normal" and 4 or 8 } end,
  keep = "10s",
}
rule "kf2" {
  match = process { name = "k2" },
  want = function (p, host) if host.on_battery then return { nice = 4 } end end,
  keep = "10s",
}

-- Whom a want, a tag and a cap reach.

rule "tr" {
  match = process { name = "t1" },
  to = tree,
  want = { nice = 7 },
  cap = { oom_score_adj = at_least(100) },
  tag = "treed",
}
rule "trt" { match = process { tag = "treed" }, want = { oom_score_adj = 50 } }
rule "tr2" { match = process { name = "t2" }, to = tree, want = { nice = 9 } }
rule "run1" {
  match = process { name = "ru1" },
  when = host { running = "c2" },
  want = { nice = 1 },
  tag = "c1",
}
rule "run2" {
  match = process { name = "ru2" },
  when = host { running = "c1" },
  want = { nice = 1 },
  tag = "c2",
}
rule "p" {
  match = process { name = "p1" },
  to = parent,
  want = { nice = 6 },
  tag = "par",
  cap = { oom_score_adj = at_least(10) },
}
rule "u" {
  match = process { name = "u1" },
  to = unit,
  want = { nice = 7 },
  tag = "uni",
  cap = { oom_score_adj = at_least(20) },
}
rule "x" { match = process { name = "sh" }, want = { oom_score_adj = 0 } }
rule "t1" { match = process { name = "ta" }, to = tree, want = { nice = 3, sched = "batch" } }
rule "t2" { match = process { name = "tb" }, to = tree, want = { nice = 9 } }
rule "t3" { match = process { name = "tc" }, to = tree, priority = 5, want = { nice = 1 } }

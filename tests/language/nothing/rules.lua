-- To have none of something is an answer; not to know is none.

rule "f2" { match = process { name = "f2" }, except = process { unit = "a.service" }, want = { nice = 3 } }
rule "f3" { match = process { name = "f3" }, except = process { unit = any }, want = { nice = 3 } }
rule "f4" { match = process { name = "f4" }, except = process { container = any }, want = { nice = 3 } }
rule "f5" { match = process { name = "f5" }, except = process { title = any }, want = { nice = 3 } }
rule "f6" { match = process { name = "f6" }, except = process { script = any }, want = { nice = 3 } }
rule "f7" { match = process { name = "f7" }, except = process { app = any }, want = { nice = 3 } }
rule "f8" { match = process { name = "f8" }, except = process { env = { FOO = any } }, want = { nice = 3 } }
rule "f9" { match = process { name = "f9" }, except = process { args = any }, want = { nice = 3 } }
rule "g1" { match = process { name = "g1" }, except = process { parent = "x" }, want = { nice = 3 } }
rule "g2" {
  match = process { name = "g2" },
  except = process { under = process { name = "x" } },
  want = { nice = 3 },
}
rule "g3" {
  match = process { name = "g3" },
  except = process { under = process { exe = "/usr/bin/x" } },
  want = { nice = 3 },
}
rule "g4" {
  match = process { name = "g4", container = "docker/0123456789ab", script = "a.py" },
  want = { nice = 3 },
}
rule "g5" {
  match = process { name = "python3.11", script = "a.py", container = glob "docker/*" },
  want = { nice = 3 },
}
rule "g6" { match = process { name = "obs", app = "com.obsproject.Studio" }, want = { nice = 3 } }
rule "g7" {
  match = process { name = "g7", unit = "app-flatpak-com.obsproject.Studio-1234.scope" },
  want = { nice = 3 },
}
rule "g8" { match = process { name = "g8" }, except = process { cgroup = "/x" }, want = { nice = 3 } }

-- That the unit is looked at for this, too, hides nothing.
rule "unit" { match = process { name = "leader" }, to = unit, want = { oom_score_adj = 5 } }
rule "foreign" {
  match = process { name = "f1" },
  except = process { exe = "/usr/bin/zz" },
  want = { nice = 3 },
}
rule "some args" { match = process { name = "any", args = any }, want = { nice = 3 } }
rule "some app" { match = process { name = "any", app = any }, want = { oom_score_adj = 3 } }

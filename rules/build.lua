-- Builds use whatever nobody else wants.

rule "build/compiler" {
  match = process { name = {
    "cc1", "cc1plus", "cc1obj", "clang", glob "clang-[0-9]*", "rustc", "ghc", "javac", "swiftc", "zig", "as", glob "*-linux-gnu*-as",
    "lto1", "lto-wrapper", "tsc", "dmd", "ldc2", "gnat1", "f951",
  } },
  tag   = "build",
  want  = function (p, host)
    if host.on_battery then return { qos = "background" } end
    return { qos = "utility" }
  end,
}

rule "build/linker" {
  match = process { name = { "ld", glob "ld.*", glob "*-ld.{bfd,gold}", "lld", "mold", "gold", "collect2" } },
  tag   = "build",
  want  = { qos = "utility" },
}

rule "build/linker threads" {
  match = thread { name = glob "{ld.lld,mold,lld}*", of = process { tag = "build" } },
  want  = { sched = "batch" },
}

rule "build/driver" {
  match = process { name = { "make", "gmake", "ninja", "samu", "cargo", "bazel", "cmake", "meson", "gradle", "mvn" } },
  tag   = "build driver",
  want  = { nice = 5 },
}

-- Tests and tools that a build runs are part of it.
rule "build/everything below" {
  match    = process { under = process { tag = "build driver" } },
  priority = -10,
  want     = { nice = 10 },
}

rule "build/short of memory" {
  match    = process { tag = "build" },
  when     = host { memory_pressure = "critical" },
  want     = { qos = "background", oom_score_adj = 500 },
  priority = 10,
}

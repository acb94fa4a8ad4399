-- A laptop: what one types into answers at once, and the battery lasts.

rule "laptop/typed into" {
  match = process {
    name = { "code", "emacs", "nvim", "vim", glob "vim.*", "kitty", "foot", glob "gnome-terminal*", "firefox" },
    uid  = people,
  },
  tag   = "typed into",
  want  = { qos = "user-initiated" },
}

rule "laptop/meeting" {
  match = process { name = { "zoom", "teams-for-linux", "jitsi-meet", "Signal" }, uid = people },
  want  = { qos = "user-interactive" },
}

-- Whatever a shell in a terminal or an editor runs is asked for, but not typed into.
rule "laptop/run by hand" {
  match    = process { uid = people, under = process { tag = "typed into" } },
  except   = process { tag = "typed into" },
  priority = -10,
  want     = { qos = "default" },
}

rule "laptop/sync" {
  match = process { name = { "nextcloud", "dropbox", "syncthing", "rclone", "restic", glob "onedrive*" } },
  tag   = "sync",
  want  = function (p, host)
    if host.on_battery then return { qos = "background" } end
    return { qos = "utility" }
  end,
}

-- Two cores awake for what can wait, the others asleep.
rule "laptop/few cores on battery" {
  match = process { tag = "sync" },
  when  = host { on_battery = true },
  want  = { affinity = "0-1", timer_slack = "100ms" },
}

rule "laptop/nothing above the desktop" {
  match = process { uid = people },
  cap   = { nice = at_least(-10), sched = { "other", "batch", "idle" } },
}

-- What nobody waits for: indexers, updaters, backups.

rule "background/indexer" {
  match = process { name = {
    glob "tracker-*", glob "tracker3*", glob "localsearch*", "baloo_file", "baloo_file_extractor", glob "updatedb*",
    "mandb", "locate", "recollindex", "zeitgeist-fts",
  } },
  tag   = "background",
  want  = { qos = "background" },
}

rule "background/updater" {
  match = process { name = {
    "packagekitd", "fwupd", "snapd", "unattended-upgrade", "dpkg", "apt-get", "flatpak", "pacman", "dnf", "gnome-software",
  } },
  tag   = "background",
  want  = function (p, host)
    if host.on_battery or host.memory_pressure ~= "normal" then return { qos = "background" } end
    return { qos = "utility" }
  end,
}

rule "background/backup" {
  match = process { name = { "restic", "borg", "duplicity", "rclone", "deja-dup", "bacula-fd", "kopia" } },
  tag   = "background",
  want  = { qos = "background" },
}

-- A service that systemd starts by the clock and that is only maintenance.
rule "background/maintenance units" {
  match = process { unit = {
    "man-db.service", "plocate-updatedb.service", "fstrim.service", "logrotate.service", "e2scrub_all.service",
    glob "btrfs-*.service",
  } },
  want  = { qos = "background" },
}

rule "background/give memory back first" {
  match = process { tag = "background" },
  when  = host { memory_pressure = "critical" },
  want  = { oom_score_adj = 300 },
}

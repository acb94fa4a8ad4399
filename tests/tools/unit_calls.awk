# unit_calls.awk: systemd-analyze syscall-filter | awk -f unit_calls.awk - UNIT
# The system calls that the unit's SystemCallFilter= leaves, one a line.
function take(name, on,    all, n, i) {
	if (name !~ /^@/) {
		if (on) left[name]; else delete left[name]
		return
	}
	n = split(group[name], all, " ")
	for (i = 1; i <= n; i++)
		take(all[i], on)
}
NR == FNR && /^@/       { name = $1 }
NR == FNR && /^ +[^# ]/ { group[name] = group[name] " " $1 }
NR != FNR && sub(/^SystemCallFilter=/, "") {
	on = !sub(/^~/, "")
	for (i = 1; i <= NF; i++)
		take($i, on)
}
END { for (name in left) print name }

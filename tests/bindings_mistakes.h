/* bindings_mistakes.h -- every mistake that a rule file can be told of. */
#ifndef TESTS_BINDINGS_MISTAKES_H
#define TESTS_BINDINGS_MISTAKES_H

#define RULE(fields) "rule \"r\" { match = process { }, " fields " }"
#define WANT(fields) RULE("want = { " fields " }")
#define CAP(fields)  RULE("cap = { " fields " }")
#define MATCH(what)  "rule \"r\" { match = " what ", tag = \"t\" }"

/* Every mistake there is, once. */
static const struct {
	const char *source;
	int         line;
	const char *sentence;
} wrong[] = {
	/* rule */
	{ "rule { }", 1,
	  "a rule begins with its name: rule \"name\" { ... }" },
	{ "rule \"\" { }", 1, "a rule's name is 1 to 200 bytes of plain text" },
	{ "\nrule \"a\"", 2, "a rule has a name and no table" },
	{ "rule \"a\"\nrule \"b\" { match = process { }, tag = \"t\" }", 1,
	  "a rule has a name and no table" },
	{ "rule \"a\" (5)", 1, "a rule takes a table after its name, not 5" },
	{ "rule \"a\" { mach = process { }, tag = \"t\" }", 1,
	  "a rule has no field 'mach'; did you mean 'match'?" },
	{ RULE("tag = \"t\", zzzzzz = 1"), 1, "a rule has no field 'zzzzzz'" },
	{ RULE("tag = \"t\", 5"), 1, "a rule has fields with names; value 1 has "
	  "none" },
	{ "rule \"a\" { }", 1, "rule 'a' has no match" },
	{ "rule \"a\" { tag = \"t\" }", 1, "rule 'a' has no match" },
	{ "rule \"a\" { match = process { } }", 1,
	  "rule 'a' does nothing: give it a want, a cap or a tag" },
	{ MATCH("{ name = \"x\" }"), 1,
	  "match takes process { } or thread { }, not a table" },
	{ MATCH("host { on_battery = true }"), 1,
	  "match takes process { } or thread { }; what is true of the host "
	  "belongs into when" },
	{ RULE("tag = \"t\", except = 3"), 1,
	  "except takes process { } or thread { }, not 3" },
	{ RULE("tag = \"t\", when = process { name = \"x\" }"), 1,
	  "when takes host { }; what is true of a process belongs into match" },
	{ RULE("tag = \"t\", when = true"), 1, "when takes host { }, not true" },
	{ RULE("want = 5"), 1,
	  "want takes a table of settings or a function, not 5" },
	{ RULE("want = { }"), 1, "want is empty" },
	{ RULE("cap = function () end"), 1,
	  "cap cannot be a function; only want can" },
	{ RULE("cap = 5"), 1, "cap takes a table of settings, not 5" },
	{ RULE("cap = { }"), 1, "cap is empty" },
	{ RULE("tag = 5"), 1, "tag takes text, not 5" },
	{ RULE("tag = \"\""), 1, "a tag is 1 to 64 bytes of plain text" },
	{ RULE("tag = \"t\", priority = \"5\""), 1,
	  "priority takes a whole number, not \"5\"" },
	{ RULE("tag = \"t\", priority = 2000"), 1,
	  "priority = 2000 is outside -1000 to 1000" },
	{ RULE("tag = \"t\"") "\n" RULE("tag = \"t\""), 2,
	  "rule 'r' was given before, at rules/a.lua:1" },
	{ MATCH("process { tag = \"biuld\" }") "\nrule \"b\" { match = "
	  "process { }, tag = \"build\" }", 1,
	  "no rule gives the tag 'biuld'; did you mean 'build'?" },
	{ "rule \"a\" { match = process { tag = \"x\\27[2J\" }, "
	  "want = { nice = 1 } }", 1, "no rule gives the tag 'x?[2J'" },
	{ "rule \"a\" { match = process { tag = \"y\" }, tag = \"x\" }\n"
	  "rule \"b\" { match = process { tag = \"x\" }, tag = \"y\" }", 2,
	  "rules wait for each other's tags: b, a" },

	/* selectors */
	{ MATCH("process \"x\""), 1,
	  "process takes a table of facts, not \"x\"" },
	{ MATCH("process { \"x\" }"), 1,
	  "a process has fields with names; value 1 has none" },
	{ MATCH("process { nmae = \"x\" }"), 1,
	  "a process has no field 'nmae'; did you mean 'name'?" },
	{ MATCH("process { of = process { } }"), 1,
	  "a process has no field 'of'" },
	{ MATCH("thread { nmae = \"x\" }"), 1,
	  "a thread has no field 'nmae'; did you mean 'name'?" },
	{ MATCH("process { name = 5 }"), 1,
	  "name takes text, glob, any, or a list of these, not 5" },
	{ MATCH("process { name = { } }"), 1,
	  "name takes a list that is not empty" },
	{ MATCH("process { name = { \"a\", x = \"b\" } }"), 1,
	  "name takes a list without names or gaps" },
	{ MATCH("process { name = { \"a\", { \"b\" } } }"), 1,
	  "name takes text, glob, any, or a list of these, not a table" },
	{ MATCH("process { name = \"a\\0b\" }"), 1,
	  "name takes at most 4095 bytes of text and no zero byte" },
	{ MATCH("process { comm = \"0123456789abcdef\" }"), 1,
	  "comm = \"0123456789abcdef\" can never match: the kernel keeps 15 "
	  "bytes of it" },
	{ MATCH("thread { name = \"0123456789abcdef\" }"), 1,
	  "name = \"0123456789abcdef\" can never match: the kernel keeps 15 "
	  "bytes of a thread's name" },
	{ MATCH("process { name = \"\" }"), 1,
	  "name = \"\" can never match: what is empty counts as not there" },
	{ MATCH("process { name = \"/bin/x\" }"), 1,
	  "name = \"/bin/x\" can never match: it is the file's name alone; "
	  "exe has the path" },
	{ MATCH("process { parent = \"/bin/x\" }"), 1,
	  "parent = \"/bin/x\" can never match: it is the file's name alone; "
	  "exe has the path" },
	{ MATCH("process { exe = { \"/bin/x\", \"x\" } }"), 1,
	  "exe = \"x\" can never match: it is a whole path; name is the "
	  "file's name" },
	{ MATCH("process { name = \"fire*\" }"), 1,
	  "name = \"fire*\" is taken as it stands; for a pattern write glob "
	  "\"fire*\"" },
	{ MATCH("thread { comm = \"*\" }"), 1,
	  "comm = \"*\" is taken as it stands; for a pattern write glob "
	  "\"*\"" },
	{ MATCH("process { name = glob \"a{b\" }"), 1,
	  "glob \"a{b\": its braces do not match" },
	{ MATCH("process { name = glob \"{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}"
	        "{a,b}{a,b}\" }"), 1,
	  "glob \"{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}\" stands for "
	  "too many names" },
	{ MATCH("process { name = glob (5) }"), 1,
	  "glob takes one text: glob \"ld.*\"" },
	{ MATCH("process { name = glob \"\" }"), 1,
	  "glob takes 1 to 4095 bytes of text" },
	{ MATCH("process { focused = 1 }"), 1,
	  "focused takes true or false, not 1" },
	{ MATCH("process { uid = \"root\" }"), 1,
	  "uid takes a whole number, above, below, between, at_least, at_most, "
	  "people, any, or a list of these, not \"root\"; for a name write "
	  "user = \"root\"" },
	{ MATCH("process { uid = -1 }"), 1,
	  "uid = -1 can never match: it is never below 0" },
	{ MATCH("process { gid = people }"), 1,
	  "gid takes a whole number, above, below, between, at_least, at_most, "
	  "any, or a list of these, not people" },
	{ MATCH("process { age = \"5 parsecs\" }"), 1,
	  "age takes a time like \"5s\", above, below, between, at_least, "
	  "at_most, any, or a list of these, not \"5 parsecs\"" },
	{ MATCH("process { age = 5 }"), 1,
	  "age takes a time like \"5s\", above, below, between, at_least, "
	  "at_most, any, or a list of these, not 5" },
	{ MATCH("process { age = above (5) }"), 1,
	  "age: 5 has no unit; write \"5s\" or \"20ms\"" },
	{ MATCH("process { age = above \"5x\" }"), 1,
	  "age: \"5x\" is no time; write \"5s\" or \"20ms\"" },
	{ MATCH("process { pid = above \"5s\" }"), 1,
	  "pid: \"5s\" is no whole number" },
	{ MATCH("process { pid = between (5, 4) }"), 1,
	  "pid: nothing lies in that range" },
	{ MATCH("process { pid = above (math.maxinteger) }"), 1,
	  "pid: nothing lies in that range" },
	{ MATCH("process { pid = above { } }"), 1,
	  "above takes one bound, like 5 or \"5s\"" },
	{ MATCH("process { pid = above (1, 2) }"), 1,
	  "above takes one bound, like 5 or \"5s\"" },
	{ MATCH("process { pid = between (1) }"), 1,
	  "between takes two bounds, like 5 or \"5s\"" },
	{ MATCH("process { tag = 5 }"), 1,
	  "tag takes the name of a tag or a list of names, not 5" },
	{ MATCH("process { under = \"sshd\" }"), 1,
	  "under takes process { }, not \"sshd\"" },
	{ MATCH("thread { of = thread { } }"), 1,
	  "of takes process { }, not thread { }" },
	{ MATCH("process { parent = thread { } }"), 1,
	  "parent takes process { }, not thread { }" },
	{ "local p = process { }\nfor i = 1, 8 do p = process { under = p } end\n"
	  MATCH("p"), 2, "at most 8 selectors go inside each other" },
	{ RULE("tag = \"t\", when = host { on_batery = true }"), 1,
	  "the host has no field 'on_batery'; did you mean 'on_battery'?" },
	{ RULE("tag = \"t\", when = host { on_battery = \"yes\" }"), 1,
	  "on_battery takes true or false, not \"yes\"" },
	{ RULE("tag = \"t\", when = host { memory_pressure = true }"), 1,
	  "memory_pressure takes normal, warn, critical, a range, or a list of "
	  "these, not true" },
	{ RULE("tag = \"t\", when = host { memory_pressure = \"high\" }"), 1,
	  "memory_pressure knows no \"high\"; it takes normal, warn, "
	  "critical, a range, or a list of these" },
	{ RULE("tag = \"t\", when = host { memory_pressure = \"critcal\" }"), 1,
	  "memory_pressure knows no \"critcal\"; did you mean 'critical'?" },
	{ RULE("tag = \"t\", when = host { memory_pressure = above \"wran\" }"),
	  1, "memory_pressure knows no \"wran\"; did you mean 'warn'?" },
	{ RULE("tag = \"t\", when = host { memory_pressure = above (5) }"), 1,
	  "memory_pressure: nothing lies in that range" },

	/* settings */
	{ WANT("ncie = 5"), 1, "nobody can want 'ncie'; did you mean 'nice'?" },
	{ WANT("5"), 1, "settings have names, as in nice = 5; value 1 has none" },
	{ WANT("nice = 40"), 1, "nice = 40 is outside -20 to 19" },
	{ WANT("nice = \"5\""), 1,
	  "nice takes a whole number from -20 to 19, not \"5\"" },
	{ WANT("nice = 5.0"), 1,
	  "nice takes a whole number from -20 to 19, not 5.0" },
	{ WANT("nice = 1/0"), 1,
	  "nice takes a whole number from -20 to 19, not inf" },
	{ WANT("qos = \"utilty\""), 1,
	  "qos knows no \"utilty\"; did you mean 'utility'?" },
	{ WANT("qos = \"\\27[2J\""), 1,
	  "qos knows no \"?[2J\"; it takes background, utility, default, "
	  "user-initiated, user-interactive" },
	{ WANT("qos = 3"), 1,
	  "qos takes text (background, utility, default, user-initiated, "
	  "user-interactive), not 3" },
	{ WANT("sched = \"fifi:10\""), 1,
	  "sched knows no \"fifi:10\"; did you mean 'fifo'?" },
	{ WANT("sched = \"fifo:200\""), 1,
	  "sched = \"fifo:200\" is out of range; it takes idle, batch, other, "
	  "rr, fifo" },
	{ WANT("ionice = \"best-efort\""), 1,
	  "ionice knows no \"best-efort\"; did you mean 'best-effort'?" },
	{ WANT("timer_slack = \"2s\""), 1,
	  "timer_slack = \"2s\" is out of range; it takes 1ns to 1s" },
	{ WANT("affinity = { 0, -1 }"), 1,
	  "affinity takes numbers of CPUs, not -1" },
	{ WANT("affinity = \"all\""), 1,
	  "affinity knows no \"all\"; it takes a list of CPUs such as "
	  "\"0-3,8\"" },
	{ WANT("rt_priority = 5"), 1,
	  "rt_priority needs sched = \"fifo\" or \"rr\" beside it" },
	{ WANT("rt_priority = 5, sched = \"batch\""), 1,
	  "rt_priority needs sched = \"fifo\" or \"rr\" beside it" },
	{ WANT("rt_priority = untouched, sched = \"fifo\""), 1,
	  "rt_priority takes a whole number from 1 to 99, not untouched" },

	/* caps */
	{ CAP("rt_priority = at_most (100)"), 1,
	  "rt_priority = 100 is outside 1 to 99" },
	{ CAP("qos = untouched"), 1,
	  "untouched is a want; a cap bounds values" },
	{ CAP("sched = \"untouched\""), 1,
	  "untouched is a want; a cap bounds values" },
	{ CAP("sched = { \"fifo:5\" }"), 1,
	  "a cap on sched names classes only, not \"fifo:5\"" },
	{ CAP("sched = { }"), 1,
	  "a cap on sched takes a list that is not empty" },
	{ CAP("nice = at_least \"5\""), 1,
	  "a cap on nice takes whole numbers in a range" },
	{ CAP("qos = at_most (3)"), 1, "a cap on qos takes text in a range" },
	{ CAP("nice = at_least (-30)"), 1, "nice = -30 is outside -20 to 19" },
	{ CAP("nice = above (19)"), 1, "the cap on nice allows nothing" },
	{ CAP("qos = below \"background\""), 1, "the cap on qos allows nothing" },
	{ CAP("sched = above \"untouched\""), 1,
	  "the cap on sched allows nothing" },
	{ CAP("affinity = at_most \"3\""), 1,
	  "a cap on affinity takes a list of CPUs, not a range" },
	{ CAP("nice = { 1, 2 }"), 1,
	  "nice takes a whole number from -20 to 19, not a table" },

	/* Lua itself */
	{ "\n" MATCH("process { name = glbo \"x\" }"), 2,
	  "nobody knows 'glbo'; did you mean 'glob'?" },
	{ "foo = 5", 1, "'foo' is not local: write local foo = ..." },
	{ RULE("want = function (p)\nreturn { nice = pp.pid } end"), 2,
	  "nobody knows 'pp'" },
	{ RULE("want = function (p)\n\ncount = 1\ncount = count + 1 end"), 3,
	  "'count' is not local: write local count = ..." },
	{ "local x = string.gmatch (\"a\", \"b\")", 1,
	  "string has no 'gmatch'" },
	{ "local x = math.flor (1)", 1,
	  "math has no 'flor'; did you mean 'floor'?" },
	{ "math.pi = 3", 1, "the language's own tables cannot be changed" },
	{ "local x = nil\n\nx.y = 5", 3,
	  "attempt to index a nil value (local 'x')" },
	{ "table.sort (\n5)", 1, "sort takes a table, not number" },
	{ "error \"on purpose\"", 1, "on purpose" },
	{ "local x = {\n5,, }", 2, "unexpected symbol near ','" },
	{ "\33Lua", 0, "is compiled Lua; only text is read" },
	{ "while true do end", 1, "used up its instructions" },
	{ "local t = { } while true do t[#t + 1] = { } end", 0,
	  "used up its memory" },
};

#endif

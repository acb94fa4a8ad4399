/* table.c -- all commands and all options, once: what --help says, the manual
 * and the completion of shells. */

#include "command/command.h"

/* Options that several commands take mean the same in all of them. */
const struct command_option command_options[] = {
	{ 'o', "observe", NULL, "decide and print, but turn nothing" },
	{ 'c', "config", "FILE",
	  "read FILE instead of /etc/pqs/pqs.yaml or "
	  "~/.config/pqs/pqs.yaml; none is needed" },
	{ 'l', "log", "text|json", "print changes as lines of text or of JSON" },
	{ 's', "strict", NULL,
	  "tell doubts as well: what can never match, is there twice, or does "
	  "nothing here" },
	{ 'j', "json", NULL, "print JSON, an object a line, instead of text" },
	{ 'f', "filter", "TEXT",
	  "only tests whose name contains TEXT, or fits it when it is a glob" },
	{ 'v', "coverage", NULL, "say which rules no test has tried" },
	{ 'r', "format", "text|tap|junit|json", "how to write the report" },
	{ 'w', "output", "FILE",
	  "write the report to FILE, and the text to the terminal as well" },
	{ 'F', "force", NULL,
	  "replace files that this command did not write" },
	{ 'S', "socket", "FILE",
	  "ask the pqs that listens at FILE, instead of where pqs.yaml says" },
	{ 'L', "follow", NULL, "go on with what comes; also -f" },
	{ 't', "task", "PID[/TID]", "only of that process, or of that thread" },
	{ 'R', "rule", "NAME", "only of the rule of that name" },
	{ 'e', "since", "TIME", "only what is no older: 30s, 10min, 2h" },
	{ 'x', "stats", NULL, "say what came of each" },
	{ 'K', "keep", "TIME", "only for so long: 30s, 10min, 2h" },
	{ 'W', "wait", NULL, "until it has ended, and say how" },
	{ 'd', "dry-run", NULL, "change nothing, only say what would change" },
	{ 'h', "shadow", "TIME", "the same, looked at again for so long" },
	{ 'a', "all", NULL, "of everything" },
	{ 'T', "tree", NULL, "also on what it has started and will start" },
	{ 'q', "qos", "CLASS", "background, utility, default, user-initiated or "
	  "user-interactive; as --set qos=CLASS" },
	{ 'A', "set", "NAME=VALUE", "one setting; may be given several times" },
	{ 'b', "best-effort", NULL,
	  "go on without what cannot be had, and say what that is" },
	/* The keeper's own word to its core; not for people. */
	{ 'k', "keeper-fd", "FD", NULL },
};

const size_t command_options_count =
	sizeof command_options / sizeof command_options[0];

const struct command commands[] = {
	{ "run", "oclj", "[RULES...]",
	  "apply rules to everything that runs, until told to stop",
	  "Runs in the foreground.  RULES are rule files or folders; without any,\n"
	  "the folders that pqs.yaml names.  Prints one line for each change and a\n"
	  "summary at the end.  SIGINT and SIGTERM end it, and every value is put back\n"
	  "first.  SIGHUP makes it read the rules again, as do files that change.\n\n"
	  "Without root it works on your own processes, as far as the system lets\n"
	  "you put back what is changed.\n", command_run },
	{ "check", "csj", "[RULES...]",
	  "read rules and say what is wrong with them, turning nothing",
	  "Each mistake is one line: file:line:column: what is wrong, and the nearest\n"
	  "right thing.  Folders are searched for *.lua, without *.test.lua.\n\n"
	  "With --strict, what is right and hardly meant is a warning, and what may\n"
	  "well be meant, or is so on this machine alone, a note.  One mistake or one\n"
	  "warning makes the exit code 1; a note does not.  Settings are tried on a\n"
	  "process made for it, as 'pqs doctor' does; nothing else is touched.\n",
	  command_check },
	{ "test", "fvrwj", "[PATHS...]",
	  "run the *.test.lua files beside rules, on a simulated machine",
	  "A test file is run with the rules of its own folder.  Time is virtual:\n"
	  "sim:pass \"10min\" takes no time.\n", command_test },
	{ "explain", "cjS", "PID[/TID] [RULES...]",
	  "say what the rules want of one task, who won, and what it has now",
	  "By the running pqs, with leases and the last changes; without one, or with\n"
	  "RULES, by rules that are read for it.\n\n"
	  "Prints the facts that rules looked at, every rule that matched, who won\n"
	  "each setting and who lost, the wanted and the present value, and what a\n"
	  "change would do.  Turns nothing.\n", command_explain },
	{ "status", "cjS", "",
	  "say how the running pqs does, in numbers",
	  "Rules in force and since when, events and judgings, what became of\n"
	  "changes, what had to wait or was left out, the workers, memory and CPU\n"
	  "time.\n", command_status },
	{ "log", "cjSLtRe", "",
	  "say what the running pqs has changed lately",
	  "The last changes and notes that it keeps in memory.  With --follow also\n"
	  "those that come, until you end it; who does not keep up is told how many\n"
	  "were missed.\n", command_log },
	{ "rules", "cjSx", "",
	  "list the rules that the running pqs has in force",
	  "The strongest layer last, as they are in the files.  --stats says how often\n"
	  "each matched, how many settings it won, how often its function answered or\n"
	  "failed and what CPU time that took, since the rules were loaded.  Rules\n"
	  "that never matched are marked.\n", command_rules },
	{ "doctor", "cj", "",
	  "say of every setting whether it works on this machine",
	  "Tries each setting on a process of its own and reads it back: works\n"
	  "here, needs what, or does nothing because.\n", command_doctor },
	{ "preview", "cjS", "[RULES...]",
	  "say what these rules would change of what runs now, touching nothing",
	  "As if they were all rules that there are: RULES, or without any those in the\n"
	  "folders that pqs.yaml names.  A line for each task and setting: what it has\n"
	  "now, what it would have, and by which rule.\n\n"
	  "Beside a running pqs that includes what this one has in force and the rules\n"
	  "do not want; 'pqs reload --dry-run' asks it the same of its own folders.\n"
	  "Needs none to run.  What must last some time is taken as not having lasted.\n",
	  command_preview },
	{ "reload", "cjSWdh", "",
	  "have the running pqs read its rules again",
	  "--wait says how it ended: exit 0 when the new rules are in force or are the\n"
	  "same, 1 when they are refused, with file and line.  --dry-run tells what they\n"
	  "would change of what runs now, --shadow what they would have changed by the\n"
	  "end of that time; both change nothing.\n", command_reload },
	{ "rollback", "cjS", "[GENERATION]",
	  "have the running pqs go back to earlier rules",
	  "To that generation, which 'pqs status' names among those that are kept, or to\n"
	  "the one before.  Says how it ended, as 'pqs reload --wait' does.\n",
	  command_rollback },
	{ "set", "cjSKT", "PID[/TID] NAME=VALUE...",
	  "set something on one task, above every rule and below every cap",
	  "In force at once, until the task ends or --keep is over; 'NAME=' takes it\n"
	  "back.  Who may not command can lower their own tasks.  Exit 4 when something\n"
	  "of it is not in force.\n", command_set },
	{ "exec", "cjSqAb", "[--] COMMAND [ARGUMENT...]",
	  "run a command with these settings, before its first instruction",
	  "In force on the command and on what it starts, as long as that lives.\n"
	  "The running pqs sees to it, above every rule and below every cap; where\n"
	  "none runs, they are set as far as you may, and inherited as the kernel\n"
	  "has it.  What cannot be had is told, and nothing is run, unless with\n"
	  "--best-effort.  The exit code is the command's; 125 when it was not run,\n"
	  "126 when it cannot be, 127 when there is none of that name.  --json tells\n"
	  "on standard error what is in force.\n", command_exec },
	{ "focus", "cjS", "PID",
	  "tell the running pqs that you look at that program now",
	  "It and what belongs to it is 'focused' from now on, and nothing else of\n"
	  "that kind.\n", command_focus },
	{ "undo", "cljSRa", "[PID]",
	  "put back what pqs has changed",
	  "With a PID, --rule or --all it is the running pqs that puts it back: a\n"
	  "process is left alone until its next exec, a rule is not heard until rules\n"
	  "are loaded again.\n\n"
	  "Without, what a pqs that died had changed, from the journal.  A value that\n"
	  "somebody else has changed since is left alone and reported (exit 3).\n",
	  command_undo },
	{ "facts", "j", "[NAME]",
	  "list what a rule can look at, or say all about one fact",
	  "Of processes and threads, and of the machine; 'pqs facts host.NAME' where\n"
	  "both have a fact of that name.\n", command_facts },
	{ "settings", "j", "[NAME]",
	  "list what a rule can want, or say all about one setting",
	  "'pqs doctor' says which of them work on this machine.\n",
	  command_settings },
	{ "stubs", "Fj", "DIR",
	  "write files into DIR by which an editor knows the rule language",
	  "DIR/.luarc.json and DIR/.pqs/language.lua for editors with LuaLS (the Lua\n"
	  "language server), DIR/.luacheckrc for luacheck: with these, p. and\n"
	  "want = { qos = are completed, and a wrong word is marked while you write.\n"
	  "pqs itself reads none of them.\n", command_stubs },
	{ "version", "j", "", "print the version", "", command_version },
	{ "help", "j", "[COMMAND | exit]",
	  "print this list, or all about one command", "", command_help },
	/* Started by the keeper; not for people. */
	{ "core", "oclkj", NULL, NULL, "", command_core },
};

const size_t commands_count = sizeof commands / sizeof commands[0];

const struct exit_meaning exit_meanings[] = {
	{ "0", "done" },
	{ "1", "rules, configuration or tests are wrong" },
	{ "2", "the command line is wrong" },
	{ "3", "something could not be put back" },
	{ "4", "the system refused what is needed" },
	{ "5", "no pqs is running that could be asked" },
	{ "6", "the running pqs refused: not yours to ask, or no such task" },
	{ "70", "the core or the sealed rules program could not be started" },
	{ "125", "'pqs exec' did not run the command" },
	{ "126", "'pqs exec': the command is there and cannot be run" },
	{ "127", "'pqs exec': there is no such command" },
	{ "128+n", "ended by signal n" },
};

const size_t exit_meanings_count =
	sizeof exit_meanings / sizeof exit_meanings[0];

/* undo.c -- 'pqs undo': put back what a pqs that died had changed. */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "command/ask.h"
#include "command/command.h"
#include "command/show.h"
#include "command/start.h"

struct undo {
	struct start    start;
	struct os       os;
	struct journal *journal;
	struct show     show;
};

static void on_change(void *ctx, const struct change *c)
{
	show_change(&((struct undo *)ctx)->show, c, NULL);
}

static void note(void *ctx, const char *sentence)
{
	(void)ctx;
	(void)sentence;         /* about doors that undo does not use */
}

static int open_journal(struct undo *u)
{
	struct linux_options o = start_linux(&u->start, false);

	o.journal = u->start.journal_file;
	if (start_doors(&o, &u->os, note, u) != EXIT_OK)
		return EXIT_SYSTEM;
	return start_journal(&u->start, &u->os, &u->journal);
}

static int put_back(struct undo *u)
{
	struct enforcer en = { .os = &u->os, .sets = u->start.sets,
	                       .journal = u->journal, .report = on_change,
	                       .report_ctx = u };
	size_t          left = 0;
	int             n = enforce_undo(&en, &left);

	if (n < 0) {
		fprintf(stderr, "pqs: cannot undo: %s\n", strerror(-n));
		return EXIT_LEFT;
	}
	n = show_undone(&u->show, NULL, n, left, en.not_put_back);
	return journal_damaged(u->journal) > 0 ? EXIT_LEFT : n;
}

/* Who wants a running one to undo something is told how to say what. */
static void say_how(const struct undo *u)
{
	struct client c;

	if (client_open(&c, u->start.socket) < 0)
		return;
	client_close(&c);
	fputs("'pqs undo' with a PID, --rule or --all asks the running one\n",
	      stderr);
}

int command_undo(int argc, char **argv)
{
	static struct undo u;
	int code = start_options(&u.start, argc, argv);

	if (code == EXIT_OK && (u.start.rest_count != 0 || u.start.all ||
	                        u.start.rule != NULL))
		return order_undo_living(argc, argv);
	if (code == EXIT_OK && u.start.ask_at != NULL)
		code = command_misused(argv[0], "--socket is for a running pqs: "
		                       "name a PID, --rule or --all");
	if (code == EXIT_OK)
		code = start_config(&u.start);
	if (code != EXIT_OK)
		return code;
	u.show.sets = u.start.sets;
	u.show.json = u.start.log_json;
	if (access(u.start.journal_file, F_OK) != 0) {
		show_note(&u.show, "undo", "there is nothing to put back");
	} else {
		code = open_journal(&u);
		if (code == EXIT_OK)
			code = put_back(&u);
		else
			say_how(&u);
	}
	show_flush(&u.show);
	journal_close(u.journal);
	if (u.os.sensor.name != NULL)
		linux_close(&u.os);
	start_clear(&u.start);
	return code;
}
